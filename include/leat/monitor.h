/* SPDX-License-Identifier: 0BSD
 *
 * monitor.h - writing a synchroniser of your own.
 *
 * What waits for something else than a value is a monitor: a lock for a few instructions, and a line of waiters, first
 * come first served. Each waiter says what it asks for, so that whoever has something to give can look at who is first,
 * give it, and wake it. This is the heart of leat_semaphore:
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
 * Inside, do little, block in nothing but leat_monitor_wait, and enter no other monitor that could lead back.
 */
#ifndef LEAT_MONITOR_H
#define LEAT_MONITOR_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct { leat_byte_ taken, pauses; } leat_lock_;

/* Ready when zeroed, or set to LEAT_MONITOR. The members are private. */
typedef struct leat_monitor {
	leat_lock_ lock_;
	struct leat_turn *first_, *last_;
} leat_monitor;

void leat_monitor_enter(leat_monitor *monitor);
void leat_monitor_leave(leat_monitor *monitor);

/* From inside: leave, wait in line for a wake-up, and enter again. `ask` must not be NULL.
 *   blocks    until leat_monitor_wake comes to this waiter, done is over or has a value, or t has passed
 *   returns   1: woken, also when that came together with another end (and a value of done is gone then). -1 with
 *             ECANCELED, ETIMEDOUT or EAGAIN (LEAT_NOW): no longer in line, or with LEAT_NOW never. errno is left
 *             alone by leat_monitor_leave */
int leat_monitor_wait(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* The same, first in line: for who was woken in vain, as another came before it, and must not lose its place. */
int leat_monitor_wait_again(leat_monitor *monitor, void *ask, leat_rx done, leat_time t);

/* From inside: what the first in line asks for, or NULL when nobody waits. */
void *leat_monitor_first(const leat_monitor *monitor);

/* From inside: wake the first in line, which leaves the line at once: 1, or 0 when nobody waits. */
int leat_monitor_wake(leat_monitor *monitor);

/* ---- private ------------------------------------------------------------------------------------ */

#define LEAT_MONITOR { { 0, 0 }, LEAT_NULL_, LEAT_NULL_ }

#ifdef __cplusplus
}
#endif
#endif
