/* leat_cond - wait, with a lock held, until another thread signals that things have changed.
 *
 *     lock; while (!condition) [wait: unlock, sleep, lock]; unlock
 *     lock; change; unlock; [signal] wakes the longest waiter, [broadcast] all
 *
 * No wake-up is lost, because the waiter stands in line before it unlocks. A thread that then takes the lock, changes
 * something and signals finds the waiter in line. The waiter unlocks outside of the monitor, because the function may
 * be the user's.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t)
{
	leat_until_ until = { .done = done, .what = "a condition" };
	int result, error;

	if (!locker.lock || !locker.unlock)
		return leat_refuse(EINVAL);
	leat_monitor_enter(&cond->monitor_);
	result = leat_monitor_wait_calling_(&cond->monitor_, cond, until, t, locker.unlock, locker.self);
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
