/* SPDX-License-Identifier: 0BSD
 *
 * atomics.h - tells helgrind and drd about C11's atomic operations, because they only know those of pthread. leat hands
 * everything over by atomic objects. Without this header, valgrind would report all of that as races.
 *
 * In the build named valgrind, the Makefile includes this before every file, so the library need not mention it. An
 * operation that releases tells valgrind so before it runs, and an operation that acquires tells it so afterwards, each
 * with the address of its object. A relaxed operation tells nothing, so an order that is too weak is found. Accesses to
 * the object itself are not checked, because they are atomic.
 *
 * An acquire counts as if it had read all that was released on its object so far, even if it read an older value. So
 * each report is a real race, but some races may be missed.
 *
 * The next line silences the compiler's warnings about its extensions. These macros cannot be written without them.
 */
#pragma GCC system_header
#ifndef TEST_ATOMICS_H
#define TEST_ATOMICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <valgrind/drd.h>
#include <valgrind/helgrind.h> /* second, because both have macros of the same names */

static inline void tell_before(const volatile void *object, size_t size, memory_order order)
{
	VALGRIND_HG_DISABLE_CHECKING((void *)object, size);
	VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_START_SUPPRESSION, object, size, 0, 0, 0);
	if (order == memory_order_relaxed || order == memory_order_acquire)
		return;
	ANNOTATE_HAPPENS_BEFORE((void *)object);
	VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_ANNOTATE_HAPPENS_BEFORE, object, 0, 0, 0, 0);
}

static inline void tell_after(const volatile void *object, memory_order order)
{
	if (order == memory_order_relaxed || order == memory_order_release)
		return;
	ANNOTATE_HAPPENS_AFTER((void *)object);
	VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_ANNOTATE_HAPPENS_AFTER, object, 0, 0, 0, 0);
}

/* The type of the object's value, without _Atomic. */
#define VALUE_OF(object) __typeof__((void)0, *(object))

#undef atomic_init
#define atomic_init(object, value) atomic_store_explicit(object, value, memory_order_relaxed)

#undef atomic_store_explicit
#define atomic_store_explicit(object, value, order) \
	({ \
		__auto_type told_ = (object); \
		VALUE_OF(told_) stored_ = (value); \
		tell_before(told_, sizeof stored_, order); \
		__atomic_store(told_, &stored_, order); \
	})

/* A plain load never releases. */
#undef atomic_load_explicit
#define atomic_load_explicit(object, order) \
	({ \
		__auto_type told_ = (object); \
		VALUE_OF(told_) loaded_; \
		tell_before(told_, sizeof loaded_, memory_order_relaxed); \
		__atomic_load(told_, &loaded_, order); \
		tell_after(told_, order); \
		loaded_; \
	})

#undef atomic_exchange_explicit
#define atomic_exchange_explicit(object, value, order) \
	({ \
		__auto_type told_ = (object); \
		VALUE_OF(told_) stored_ = (value), loaded_; \
		tell_before(told_, sizeof stored_, order); \
		__atomic_exchange(told_, &stored_, &loaded_, order); \
		tell_after(told_, order); \
		loaded_; \
	})

/* An exchange that fails has released nothing. But that is not known before it runs. */
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(object, expected, value, order, failed) \
	({ \
		__auto_type told_ = (object); \
		VALUE_OF(told_) stored_ = (value); \
		_Bool done_; \
		tell_before(told_, sizeof stored_, order); \
		done_ = __atomic_compare_exchange(told_, expected, &stored_, 0, order, failed); \
		tell_after(told_, done_ ? order : failed); \
		done_; \
	})
#undef atomic_compare_exchange_weak_explicit
#define atomic_compare_exchange_weak_explicit atomic_compare_exchange_strong_explicit

#define TELL_FETCH(operation, object, value, order) \
	({ \
		__auto_type told_ = (object); \
		VALUE_OF(told_) loaded_; \
		tell_before(told_, sizeof loaded_, order); \
		loaded_ = __atomic_fetch_##operation(told_, value, order); \
		tell_after(told_, order); \
		loaded_; \
	})
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#define atomic_fetch_add_explicit(object, value, order) TELL_FETCH(add, object, value, order)
#define atomic_fetch_sub_explicit(object, value, order) TELL_FETCH(sub, object, value, order)
#define atomic_fetch_or_explicit(object, value, order) TELL_FETCH(or, object, value, order)
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_or
#define atomic_fetch_add(object, value) TELL_FETCH(add, object, value, memory_order_seq_cst)
#define atomic_fetch_sub(object, value) TELL_FETCH(sub, object, value, memory_order_seq_cst)
#define atomic_fetch_or(object, value) TELL_FETCH(or, object, value, memory_order_seq_cst)

#endif
