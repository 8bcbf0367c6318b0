/* SPDX-License-Identifier: 0BSD
 *
 * orders.h - gives each atomic operation of the sources an entry, so that its memory order can be listed and weakened
 * (orders.c). The Makefile includes this before each instrumented file, which need not mention it.
 *
 * The macros of <stdatomic.h> are defined anew, with the same meaning. With STEPS, each operation is a step, before
 * which another thread may go on. lib/ has its own steps (leati_step).
 *
 * The next line silences the compiler's warnings about extensions.
 */
#pragma GCC system_header
#ifndef WEAK_ORDERS_H
#define WEAK_ORDERS_H

#include <stdatomic.h>

typedef struct {
	const char *file, *function, *operation, *object;
	int order;
} order_entry;

int orders_of(const order_entry *entry);
void schedule_step(void);
unsigned schedule_thread(void);

#ifdef STEPS
#define STEP schedule_step()
#else
#define STEP (void)0
#endif

/* The order of this operation, after the step before it. */
#define ORDER_OF(operation, object, order)                                                                             \
	__extension__({                                                                                                \
		static order_entry here_ = { __FILE__, __func__, operation, object, order };                           \
		static order_entry *const entry_ __attribute__((section("order_entries"), used)) = &here_;             \
		STEP;                                                                                                  \
		orders_of(&here_);                                                                                     \
	})

#undef atomic_init
#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_weak_explicit
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and
#undef atomic_fetch_and_explicit
#undef atomic_thread_fence

/* The calls inside the macros are of the compiler. `(void)0, *at` has the type without _Atomic. */
#define VALUE_OF(at) __typeof__((void)0, *(at))

#define LOAD(at, order) \
	__extension__({ VALUE_OF(at) loaded_; __atomic_load(at, &loaded_, ORDER_OF("load", #at, order)); loaded_; })
#define STORE(name, at, value, order) \
	__extension__({ VALUE_OF(at) stored_ = (value); __atomic_store(at, &stored_, ORDER_OF(name, #at, order)); })
#define EXCHANGE(at, value, order)                                                                                     \
	__extension__({                                                                                                \
		VALUE_OF(at) stored_ = (value), former_;                                                               \
		__atomic_exchange(at, &stored_, &former_, ORDER_OF("exchange", #at, order));                           \
		former_;                                                                                               \
	})
#define EXCHANGE_IF(weak, at, expected, value, order, fail)                                                            \
	__extension__({                                                                                                \
		VALUE_OF(at) stored_ = (value);                                                                        \
		__atomic_compare_exchange(at, expected, &stored_, weak, ORDER_OF("exchange_if", #at, order), fail);    \
	})

#define atomic_init(at, value) STORE("init", at, value, __ATOMIC_RELAXED)
#define atomic_load(at) LOAD(at, __ATOMIC_SEQ_CST)
#define atomic_load_explicit(at, order) LOAD(at, order)
#define atomic_store(at, value) STORE("store", at, value, __ATOMIC_SEQ_CST)
#define atomic_store_explicit(at, value, order) STORE("store", at, value, order)
#define atomic_exchange(at, value) EXCHANGE(at, value, __ATOMIC_SEQ_CST)
#define atomic_exchange_explicit(at, value, order) EXCHANGE(at, value, order)
#define atomic_compare_exchange_strong(at, expected, value) \
	EXCHANGE_IF(0, at, expected, value, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define atomic_compare_exchange_strong_explicit(at, expected, value, order, fail) \
	EXCHANGE_IF(0, at, expected, value, order, fail)
#define atomic_compare_exchange_weak(at, expected, value) \
	EXCHANGE_IF(1, at, expected, value, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define atomic_compare_exchange_weak_explicit(at, expected, value, order, fail) \
	EXCHANGE_IF(1, at, expected, value, order, fail)
#define atomic_fetch_add(at, n) __atomic_fetch_add(at, n, ORDER_OF("fetch_add", #at, __ATOMIC_SEQ_CST))
#define atomic_fetch_add_explicit(at, n, order) __atomic_fetch_add(at, n, ORDER_OF("fetch_add", #at, order))
#define atomic_fetch_sub(at, n) __atomic_fetch_sub(at, n, ORDER_OF("fetch_sub", #at, __ATOMIC_SEQ_CST))
#define atomic_fetch_sub_explicit(at, n, order) __atomic_fetch_sub(at, n, ORDER_OF("fetch_sub", #at, order))
#define atomic_fetch_or(at, n) __atomic_fetch_or(at, n, ORDER_OF("fetch_or", #at, __ATOMIC_SEQ_CST))
#define atomic_fetch_or_explicit(at, n, order) __atomic_fetch_or(at, n, ORDER_OF("fetch_or", #at, order))
#define atomic_fetch_and(at, n) __atomic_fetch_and(at, n, ORDER_OF("fetch_and", #at, __ATOMIC_SEQ_CST))
#define atomic_fetch_and_explicit(at, n, order) __atomic_fetch_and(at, n, ORDER_OF("fetch_and", #at, order))
#define atomic_thread_fence(order) __atomic_thread_fence(ORDER_OF("fence", "", order))

/* gcc does not instrument the inside of these. */
#define memcpy(...) weak_memcpy(__VA_ARGS__)
#define memmove(...) weak_memmove(__VA_ARGS__)
#define memset(...) weak_memset(__VA_ARGS__)

/* once.c knows a thread by the address of this thread-local variable. Here all threads are one thread of the system. */
#ifdef ONCE
#define _Thread_local
#define once_self once_selves[__builtin_choose_expr(sizeof __func__ == 1, 4, schedule_thread())]
#endif

#endif
