/* SPDX-License-Identifier: 0BSD
 *
 * tsan.c - the functions that gcc's -fsanitize=thread calls instead of reading and writing memory. gcc's own libtsan is
 * not linked: these lead to the weak memory. The names and types are gcc's.
 *
 * gcc does not instrument the inside of memcpy and the like. orders.h makes instrumented files call the ones at the
 * end of this file.
 */
#include "atomics.h"

#include <string.h>

#define CALLER __builtin_return_address(0)

void __tsan_init(void);
void __tsan_read_range(void *at, size_t size);
void __tsan_write_range(void *at, size_t size);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_init(void)
{
}

void __tsan_read_range(void *at, size_t size)
{
	races_plain(at, size, false, CALLER);
}

void __tsan_write_range(void *at, size_t size)
{
	races_plain(at, size, true, CALLER);
}

#define PLAIN(name, size, write)       \
	void __tsan_##name(void *at);  \
	void __tsan_##name(void *at)   \
	{                              \
		races_plain(at, size, write, CALLER); \
	}

#define OF_SIZE(size)                          \
	PLAIN(read##size, size, false)         \
	PLAIN(write##size, size, true)         \
	PLAIN(volatile_read##size, size, false) \
	PLAIN(volatile_write##size, size, true) \
	PLAIN(unaligned_read##size, size, false) \
	PLAIN(unaligned_write##size, size, true)

OF_SIZE(1)
OF_SIZE(2)
OF_SIZE(4)
OF_SIZE(8)
OF_SIZE(16)

#define MODIFY(bits, type, name, how)                                            \
	type __tsan_atomic##bits##_##name(volatile type *at, type by, int order); \
	type __tsan_atomic##bits##_##name(volatile type *at, type by, int order)  \
	{                                                                        \
		return (type)atomics_modify(at, sizeof *at, how, by, order, CALLER); \
	}

#define EXCHANGE_IF(bits, type, name, weak)                                                                        \
	int __tsan_atomic##bits##_##name(volatile type *at, type *expected, type value, int order, int fail); \
	int __tsan_atomic##bits##_##name(volatile type *at, type *expected, type value, int order, int fail)  \
	{                                                                                                    \
		return atomics_exchange_if(at, sizeof *at, expected, value, weak, order, fail, CALLER);      \
	}

#define ATOMIC(bits, type)                                                             \
	type __tsan_atomic##bits##_load(const volatile type *at, int order);           \
	type __tsan_atomic##bits##_load(const volatile type *at, int order)            \
	{                                                                              \
		return (type)atomics_load(at, sizeof *at, order, CALLER);              \
	}                                                                              \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order);    \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order)     \
	{                                                                              \
		atomics_store(at, sizeof *at, value, order, CALLER);                   \
	}                                                                              \
	MODIFY(bits, type, exchange, EXCHANGE)                                         \
	MODIFY(bits, type, fetch_add, ADD)                                             \
	MODIFY(bits, type, fetch_sub, SUB)                                             \
	MODIFY(bits, type, fetch_and, AND)                                             \
	MODIFY(bits, type, fetch_or, OR)                                               \
	MODIFY(bits, type, fetch_xor, XOR)                                             \
	MODIFY(bits, type, fetch_nand, NAND)                                           \
	EXCHANGE_IF(bits, type, compare_exchange_strong, false)                        \
	EXCHANGE_IF(bits, type, compare_exchange_weak, true)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int order)
{
	atomics_fence(order);
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

void *weak_memcpy(void *to, const void *from, size_t size);
void *weak_memmove(void *to, const void *from, size_t size);
void *weak_memset(void *at, int value, size_t size);

void *weak_memcpy(void *to, const void *from, size_t size)
{
	return weak_memmove(to, from, size);
}

void *weak_memmove(void *to, const void *from, size_t size)
{
	races_plain(from, size, false, CALLER);
	races_plain(to, size, true, CALLER);
	return memmove(to, from, size);
}

void *weak_memset(void *at, int value, size_t size)
{
	races_plain(at, size, true, CALLER);
	return memset(at, value, size);
}
