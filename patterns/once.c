/* leat_once - a function that is called once, however many threads ask for it; a value that is computed once.
 *
 *     do ---\
 *     do ----> [f], once -> all go on
 *     do ---/
 *
 * A thread that would wait for itself gets EDEADLK instead. Each thread says which once it waits for, and each once
 * says which thread is in its function. These pointers lead from the wanted once to a thread that is at work, or back
 * to the thread that asks.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ONCE_NEW, ONCE_CALLED };

/* A thread, and the once that it waits for, if any. */
struct leat_once_call { const leat_once *waits_for; };

static _Thread_local struct leat_once_call once_self;

/* One monitor protects waits_for of all threads and by_ of all onces. So if two threads would wait for each other, the
 * second of them sees that the first waits. A thread may enter it inside a once's monitor, never the other way
 * round. */
static leat_monitor once_ways;

/* Called in the child of a fork. The thread that was inside exists only in the parent. */
static void once_forget_ways(void)
{
	leat_monitor_leave(&once_ways);
}

static void once_set_caller(leat_once *once, struct leat_once_call *by)
{
	leat_monitor_enter(&once_ways);
	once->by_ = by;
	leat_monitor_leave(&once_ways);
}

/* Returns whether this thread may wait: no chain of pointers leads back to it. If so, it says what it waits for before
 * it leaves the monitor. */
static int once_begin_wait(const leat_once *once)
{
	const struct leat_once_call *by;

	leat_monitor_enter(&once_ways);
	by = once->by_;
	while (by && by != &once_self)
		by = by->waits_for ? by->waits_for->by_ : NULL;
	once_self.waits_for = by ? NULL : once;
	leat_monitor_leave(&once_ways);
	return !by;
}

static void once_end_wait(void)
{
	leat_monitor_enter(&once_ways);
	once_self.waits_for = NULL;
	leat_monitor_leave(&once_ways);
}

/* The caller is inside the once's monitor, and the function runs: in another thread, or further up in this one. */
static int once_join(leat_once *once)
{
	if (!once_begin_wait(once))
		return leat_refuse(EDEADLK);
	(void)leat_monitor_wait_until_(&once->monitor_, once, (leat_until_){ .what = "a once" }, LEAT_NEVER); /* 1, always */
	once_end_wait();
	return 0;
}

/* Release: a thread that reads only the state sees all that the function has written. */
static void once_end_call(void *of_once)
{
	leat_once *once = of_once;

	leat_monitor_enter(&once->monitor_);
	once_set_caller(once, NULL);
	atomic_store_explicit(&once->state_, ONCE_CALLED, memory_order_release);
	leat_monitor_wake_all(&once->monitor_);
	leat_monitor_leave(&once->monitor_);
}

/* pthread_exit ends the call too, so nobody waits for a thread that has gone. */
static void once_call(leat_once *once, void (*fn)(void *arg), void *arg)
{
	pthread_cleanup_push(once_end_call, once);
	fn(arg);
	pthread_cleanup_pop(1);
}

static int once_do_slowly(leat_once *once, void (*fn)(void *arg), void *arg)
{
	static leat_byte_ prepared;
	int result = 0;

	(void)leat_prepare_fork_(&prepared, once_forget_ways); /* ENOMEM: the next call tries again */
	leat_monitor_enter(&once->monitor_);
	if (once->by_) {
		result = once_join(once);
	} else if (atomic_load_explicit(&once->state_, memory_order_relaxed) == ONCE_NEW) { /* set inside the monitor */
		once_set_caller(once, &once_self);
		result = 1;
	}
	leat_monitor_leave(&once->monitor_);
	if (result > 0)
		once_call(once, fn, arg);
	return result;
}

int leat_once_do(leat_once *once, void (*fn)(void *arg), void *arg)
{
	if (!fn)
		return leat_refuse(EINVAL);
	/* Acquire: this thread sees all that the function has written. */
	if (atomic_load_explicit(&once->state_, memory_order_acquire) == ONCE_CALLED)
		return 0;
	return once_do_slowly(once, fn, arg);
}

/* ------------------------------------------------------------------------------------------- a value -- */

struct once_computation { leat_once_value *once; int (*fn)(void *arg, void **value); void *arg; };

/* If fn leaves by pthread_exit, error_ stays as it was set before. */
static void once_compute(void *of_computation)
{
	const struct once_computation *self = of_computation;
	int result;

	self->once->error_ = EOWNERDEAD;
	result = self->fn(self->arg, &self->once->value_);
	self->once->error_ = result >= 0 ? 0 : leat_errno_of_(result);
}

int leat_once_value_get(leat_once_value *once, int (*fn)(void *arg, void **value), void *arg, void **value)
{
	struct once_computation computation = { once, fn, arg };

	if (!fn || !value)
		return leat_refuse(EINVAL);
	if (leat_once_do(&once->once_, once_compute, &computation) < 0)
		return -1;
	if (once->error_)
		return leat_refuse(once->error_);
	*value = once->value_;
	return 1;
}
