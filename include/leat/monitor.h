/* SPDX-License-Identifier: 0BSD
 *
 * monitor.h - writing a synchroniser of your own.
 *
 * A synchroniser makes threads wait for something else than a value: a lock, free units, a turn. It is built on a
 * monitor: a lock that is held for a few instructions, and a queue of waiting threads, first come, first served. Each
 * waiter leaves an `ask` that says what it wants. The thread that has something to give looks at the first ask, gives
 * what was asked for, and wakes that waiter. This is the heart of leat_semaphore:
 *
 *     int leat_semaphore_acquire(leat_semaphore *s, long n, leat_rx done, leat_time t)
 *     {
 *             int result = 1;
 *
 *             leat_monitor_enter(&s->monitor_);
 *             if (!leat_monitor_first(&s->monitor_) && n <= s->size_ - s->held_) {
 *                     s->held_ += n;
 *             } else if ((result = leat_monitor_wait(&s->monitor_, &n, done, t)) < 0) {
 *                     semaphore_admit(s);
 *             }
 *             leat_monitor_leave(&s->monitor_);
 *             return result;
 *     }
 *
 *     static void semaphore_admit(leat_semaphore *s)
 *     {
 *             for (long *n; (n = leat_monitor_first(&s->monitor_)) != NULL && *n <= s->size_ - s->held_;) {
 *                     s->held_ += *n;
 *                     leat_monitor_wake(&s->monitor_);
 *             }
 *     }
 *
 * Between enter and leave do little, and block in nothing but leat_monitor_wait. Code that enters one monitor inside
 * another must always do so in the same order.
 */
#ifndef LEAT_MONITOR_H
#define LEAT_MONITOR_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct { leat_byte_ taken, pauses; } leat_lock_;

/* A monitor is ready when zeroed, or initialised: leat_monitor m = LEAT_MONITOR; It owns nothing and need not be
 * destroyed. It must not be copied or freed while it is in use. The members are private. */
typedef struct leat_monitor {
	leat_lock_ lock_;
	struct leat_turn *first_, *last_;
} leat_monitor;

/* Take its lock, and give it back. These and leat_monitor_wake do not change errno. */
void leat_monitor_enter(leat_monitor *monitor);
void leat_monitor_leave(leat_monitor *monitor);

/* Call all that follows between enter and leave. */

/* Leave, wait at the end of the queue to be woken, and enter again. With LEAT_NOW the thread does not join the queue.
 *   blocks    until leat_monitor_wake wakes this waiter, `done` comes, or t has passed
 *   returns   1: woken; `done` may have come too, and then the next call finds it. -1 with ECANCELED, ETIMEDOUT
 *             or EAGAIN: not woken, and no longer in the queue
 *   handles   borrows `done`. `ask` must not be NULL, and must stay valid until the call returns */
int leat_monitor_wait(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* Like leat_monitor_wait, but joins at the front: for a waiter that was woken and then lost to a newcomer. */
int leat_monitor_wait_again(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* The ask of the first waiter, or NULL when the queue is empty. */
void *leat_monitor_first(const leat_monitor *monitor);

/* Take the first waiter off the queue and wake it. Returns 1, or 0 when the queue is empty. */
int leat_monitor_wake(leat_monitor *monitor);

/* Wake all waiters. */
static inline void leat_monitor_wake_all(leat_monitor *monitor)
{
	while (leat_monitor_wake(monitor))
		;
}

/* ---- private ------------------------------------------------------------------------------------- */

/* Where a synchroniser keeps an address on the stack of the thread that has it locked: for reports. */
#ifdef __cplusplus
typedef const void *leat_holder_;
#else
typedef _Atomic(const void *) leat_holder_;
#endif

/* Both waits, for a call that a stage makes for itself too. If `stage` is not NULL, this is its thread, and its wait
 * also ends with ECANCELED when it is time for the stage to return. `done` is not watched then.
 * For reports: `what` says what the line waits for, such as "a mutex"; `holder` says which thread can end the wait. */
struct leat_stage;
typedef struct leat_until_ {
	leat_rx done;
	struct leat_stage *stage;
	const char *what;
	const leat_holder_ *holder;
} leat_until_;

int leat_monitor_wait_until_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t);
int leat_monitor_wait_again_until_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t);

/* As leat_monitor_wait, but fn(arg) is called outside of the monitor when this thread stands in the queue. */
int leat_monitor_wait_calling_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t, void (*fn)(void *arg),
                               void *arg);

#define LEAT_MONITOR { { 0, 0 }, LEAT_NULL_, LEAT_NULL_ }

#ifdef __cplusplus
}
#endif
#endif
