/* leat_cond - wait, with a lock held, until somebody says that things have changed.
 *
 *     lock; while (!condition) [wait: unlock, sleep, lock]; unlock
 *     lock; change; unlock; [signal] wakes who waits longest, [broadcast] all
 *
 * The lock is let go inside of the monitor, with the waiter all but in line. So who changes something after that, and
 * then signals with or without the lock, comes through the monitor later, and finds the waiter in line.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t)
{
	int result, error;

	if (!locker.lock || !locker.unlock) {
		errno = EINVAL;
		return -1;
	}
	leat_monitor_enter(&cond->monitor_);
	locker.unlock(locker.self);
	result = leat_monitor_wait(&cond->monitor_, cond, done, t); /* all ask for the same: something not NULL */
	error = errno;
	leat_monitor_leave(&cond->monitor_);
	locker.lock(locker.self);
	errno = error;
	return result;
}

void leat_cond_signal(leat_cond *cond)
{
	leat_monitor_enter(&cond->monitor_);
	(void)leat_monitor_wake(&cond->monitor_); /* or nobody waits, and nothing is remembered */
	leat_monitor_leave(&cond->monitor_);
}

void leat_cond_broadcast(leat_cond *cond)
{
	leat_monitor_enter(&cond->monitor_);
	while (leat_monitor_wake(&cond->monitor_))
		;
	leat_monitor_leave(&cond->monitor_);
}
