/* leat_semaphore - a number of units for all; a thread that wants more than are free waits in line.
 *
 *     acquire 2 --\
 *     acquire 7 ---> [2 2 . . . .] 7, then 1 -> release 2
 *     acquire 1 --/
 *
 * A thread that comes while others wait goes behind them, even if there is enough for it. So a large demand comes to
 * the front in the end, and then the units that others release are kept for it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* The caller is inside the monitor. Give units to the first in line, as long as there are enough. */
static void semaphore_admit(leat_semaphore *semaphore)
{
	const long *n;

	while ((n = leat_monitor_first(&semaphore->monitor_)) != NULL && *n <= semaphore->size_ - semaphore->held_) {
		semaphore->held_ += *n;
		(void)leat_monitor_wake(&semaphore->monitor_); /* 1: it waits */
	}
}

/* The caller is inside the monitor. A waiter that gives up may have held up those behind it. */
static int semaphore_take(leat_semaphore *semaphore, long n, leat_rx done, leat_time t)
{
	leat_until_ until = { .done = done, .what = "a semaphore" };
	int result;

	if (!leat_monitor_first(&semaphore->monitor_) && n <= semaphore->size_ - semaphore->held_) {
		semaphore->held_ += n;
		return 1;
	}
	result = leat_monitor_wait_until_(&semaphore->monitor_, &n, until, t);
	if (result < 0)
		semaphore_admit(semaphore);
	return result;
}

/* done is checked first. Otherwise a loop that always finds enough free units would never notice it. */
int leat_semaphore_acquire(leat_semaphore *semaphore, long n, leat_rx done, leat_time t)
{
	int result;

	if (n < 0 || n > semaphore->size_)
		return leat_refuse(EINVAL);
	if (!leat_is_nil(done) && leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(ECANCELED);
	leat_monitor_enter(&semaphore->monitor_);
	result = semaphore_take(semaphore, n, done, t);
	leat_monitor_leave(&semaphore->monitor_);
	return result;
}

void leat_semaphore_release_(leat_semaphore *semaphore, long n, const char *where)
{
	long held;

	leat_monitor_enter(&semaphore->monitor_);
	held = semaphore->held_;
	if (n >= 0 && n <= held) {
		semaphore->held_ -= n;
		semaphore_admit(semaphore);
	}
	leat_monitor_leave(&semaphore->monitor_);
	if (n < 0 || n > held)
		leat_panic_(where, "%ld units of a semaphore are released while %ld are held", n, held);
}
