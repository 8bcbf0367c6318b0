/* leat_once - a function that is called once, however many come for it.
 *
 *     do ---\
 *     do ----> [f], once -> all go on
 *     do ---/
 *
 * Who would wait for itself is told so instead. Each thread says which once it waits for, and each once which thread is
 * in its function: from the once that is wanted these lead to a thread that is at work, or back to the one that asks.
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

/* Of every waits_for and by_: of two threads whose waits would close a circle the second sees the first. Entered from
 * inside a once's monitor, and never the other way. */
static leat_monitor once_ways;

/* In the child of a fork: whoever was inside is in the parent. */
static void once_forget_ways(void)
{
	leat_monitor_leave(&once_ways);
}

static void once_prepare_for_fork(void)
{
	(void)pthread_atfork(NULL, NULL, once_forget_ways); /* or there is no memory: then a child may hang, not we */
}

static void once_set_caller(leat_once *once, struct leat_once_call *by)
{
	leat_monitor_enter(&once_ways);
	once->by_ = by;
	leat_monitor_leave(&once_ways);
}

/* Whether this thread may wait for it, and then it says so: no way leads back from there. */
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

/* From inside, while another call, or one further out in this thread, is in the function. */
static int once_join(leat_once *once)
{
	leat_rx never = LEAT_NIL;

	if (!once_begin_wait(once)) {
		errno = EDEADLK;
		return -1;
	}
	(void)leat_monitor_wait(&once->monitor_, once, never, LEAT_NEVER); /* which can only be woken */
	once_end_wait();
	return 0;
}

/* Release: who looks at the state alone sees what the function has written. */
static void once_end_call(void *of_once)
{
	leat_once *once = of_once;

	leat_monitor_enter(&once->monitor_);
	once_set_caller(once, NULL);
	atomic_store_explicit(&once->state_, ONCE_CALLED, memory_order_release);
	while (leat_monitor_wake(&once->monitor_))
		;
	leat_monitor_leave(&once->monitor_);
}

/* pthread_exit ends it too, so that nobody waits for a thread that has gone. */
static void once_call(leat_once *once, void (*fn)(void *arg), void *arg)
{
	pthread_cleanup_push(once_end_call, once);
	fn(arg);
	pthread_cleanup_pop(1);
}

static int once_do_slowly(leat_once *once, void (*fn)(void *arg), void *arg)
{
	static pthread_once_t prepared = PTHREAD_ONCE_INIT;
	int result = 0;

	(void)pthread_once(&prepared, once_prepare_for_fork); /* cannot fail */
	leat_monitor_enter(&once->monitor_);
	if (once->by_) {
		result = once_join(once);
	} else if (atomic_load_explicit(&once->state_, memory_order_relaxed) == ONCE_NEW) { /* set inside */
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
	if (!fn) {
		errno = EINVAL;
		return -1;
	}
	/* Acquire: what the function has written. */
	if (atomic_load_explicit(&once->state_, memory_order_acquire) == ONCE_CALLED)
		return 0;
	return once_do_slowly(once, fn, arg);
}
