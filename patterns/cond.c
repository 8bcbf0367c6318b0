/* leat_cond - wait, with a lock held, until another thread signals that things have changed.
 *
 *     lock; while (!condition) [wait: unlock, sleep, lock]; unlock
 *     lock; change; unlock; [signal] wakes the longest waiter, [broadcast] all
 *
 * No wake-up is lost, because the waiter unlocks inside the monitor and stands in line before it leaves the monitor. A
 * thread that takes the lock, changes something and signals must enter the monitor later, so it finds the waiter in
 * line.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t)
{
	int result, error;

	if (!locker.lock || !locker.unlock)
		return leat_refuse(EINVAL);
	leat_monitor_enter(&cond->monitor_);
	locker.unlock(locker.self);
	result = leat_monitor_wait(&cond->monitor_, cond, done, t); /* nobody reads what a waiter asks for */
	error = errno;
	leat_monitor_leave(&cond->monitor_);
	locker.lock(locker.self);
	errno = error;
	return result;
}

void leat_cond_signal(leat_cond *cond)
{
	leat_monitor_enter(&cond->monitor_);
	(void)leat_monitor_wake(&cond->monitor_); /* 0: nobody waits, and the signal is not remembered */
	leat_monitor_leave(&cond->monitor_);
}

void leat_cond_broadcast(leat_cond *cond)
{
	leat_monitor_enter(&cond->monitor_);
	leat_monitor_wake_all(&cond->monitor_);
	leat_monitor_leave(&cond->monitor_);
}
