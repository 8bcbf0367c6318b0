/* leat_mutex - a lock that chooses who goes next.
 *
 *     unlock -> [barging]  it is free: the first in line wakes, and competes with whoever comes
 *               [hand-off] it is the first one's in line
 *               [adaptive] the first one's who has waited for 1 ms; else free
 *
 * At most one of those who waited competes at a time. Who loses stands first in line again, and its wait counts from
 * its beginning. It is handed the lock also while it competes: woken, it may not have run yet, for as long as those
 * who have the processors only take turns with each other.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdbool.h>

struct leat_mutex_waiter {
	leat_time since;
	bool owns; /* it was handed the lock */
};

static const leat_time mutex_patience = 1000000;

/* Inside. Whoever comes first; also past those who wait, unless the lock is handed on, for then it is never free. */
static bool mutex_take(leat_mutex *mutex)
{
	if (mutex->locked_)
		return false;
	mutex->locked_ = 1;
	return true;
}

/* Inside: until we were handed the lock, or were woken and won it, or it is too late. */
static int mutex_compete(leat_mutex *mutex, struct leat_mutex_waiter *self, leat_time t)
{
	leat_rx never = LEAT_NIL;
	int result = leat_monitor_wait(&mutex->monitor_, self, never, t);

	while (result > 0 && !self->owns) {
		mutex->competitor_ = NULL;
		if (mutex_take(mutex))
			break;
		result = leat_monitor_wait_again(&mutex->monitor_, self, never, t);
	}
	return result;
}

/* Inside. */
static int mutex_wait(leat_mutex *mutex, leat_time t)
{
	struct leat_mutex_waiter self = { .owns = false };
	leat_time waited;
	int result;

	if (t == LEAT_NOW) {
		errno = EAGAIN;
		return -1;
	}
	self.since = leat_now();
	mutex->stats_.waits++;
	result = mutex_compete(mutex, &self, t);
	waited = leat_now() - self.since;
	if (waited > mutex->stats_.longest_wait)
		mutex->stats_.longest_wait = waited;
	return result;
}

int leat_mutex_lock_by(leat_mutex *mutex, leat_time t)
{
	int result;

	leat_monitor_enter(&mutex->monitor_);
	result = mutex_take(mutex) ? 1 : mutex_wait(mutex, t);
	mutex->stats_.locks += result > 0;
	leat_monitor_leave(&mutex->monitor_);
	return result;
}

void leat_mutex_lock(leat_mutex *mutex)
{
	(void)leat_mutex_lock_by(mutex, LEAT_NEVER); /* which does not come */
}

static bool mutex_is_handed(const leat_mutex *mutex, const struct leat_mutex_waiter *next)
{
	return mutex->mode_ == LEAT_HANDOFF ||
	       (mutex->mode_ == LEAT_ADAPTIVE && leat_now() - next->since >= mutex_patience);
}

/* Inside: whose turn it is owns the lock, or may compete for it. While one competes nobody else need be woken: it gets
 * the lock, or stands first in line again when whoever has won unlocks. */
static void mutex_pass_on(leat_mutex *mutex)
{
	struct leat_mutex_waiter *next = mutex->competitor_;

	if (!next && (next = leat_monitor_first(&mutex->monitor_)) != NULL)
		(void)leat_monitor_wake(&mutex->monitor_); /* it is there, and comes back when we have left */
	mutex->locked_ = next && mutex_is_handed(mutex, next);
	mutex->competitor_ = mutex->locked_ ? NULL : next;
	if (mutex->locked_) {
		next->owns = true;
		mutex->stats_.handoffs++;
	}
}

void leat_mutex_unlock_(leat_mutex *mutex, const char *where)
{
	bool locked;

	leat_monitor_enter(&mutex->monitor_);
	locked = mutex->locked_;
	if (locked)
		mutex_pass_on(mutex);
	leat_monitor_leave(&mutex->monitor_);
	if (!locked)
		leat_panic_(where, "leat_mutex_unlock of a mutex that is not locked");
}

leat_mutex_stats leat_mutex_stats_of(leat_mutex *mutex)
{
	leat_mutex_stats stats;

	leat_monitor_enter(&mutex->monitor_);
	stats = mutex->stats_;
	leat_monitor_leave(&mutex->monitor_);
	return stats;
}

static void mutex_locker_lock(void *self)
{
	leat_mutex_lock(self);
}

static void mutex_locker_unlock(void *self)
{
	leat_mutex_unlock_(self, NULL); /* who called is not known here */
}

leat_locker leat_mutex_locker(leat_mutex *mutex)
{
	return (leat_locker){ mutex_locker_lock, mutex_locker_unlock, mutex };
}
