/* leat_mutex - a lock that chooses who goes next.
 *
 *     unlock -> [barging]  the lock is free; the first waiter wakes, and competes with threads that come
 *               [hand-off] the first waiter owns the lock
 *               [adaptive] hand-off to a waiter that has waited for 1 ms, else barging
 *
 * At most one waiter competes at a time: the competitor. If it loses, it stands first in line again, and its waiting
 * time still counts from the beginning.
 *
 * Unlocking may hand the lock to the competitor too. A competitor was woken, but it may not have run yet: it does not
 * get a processor while the threads that have one take turns with the lock.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdatomic.h>
#include <stdbool.h>

struct leat_mutex_waiter {
	leat_time since;
	bool owns; /* it was handed the lock */
};

static const leat_time mutex_patience = 1000000;

/* `holder` is an address on the stack of the thread that has the lock, or NULL. Relaxed: it is changed inside the
 * monitor; reports only compare it. */
static void mutex_set_holder(leat_mutex *mutex, const void *holder)
{
	atomic_store_explicit(&mutex->holder_, holder, memory_order_relaxed);
}

static bool mutex_is_locked(const leat_mutex *mutex)
{
	return atomic_load_explicit(&mutex->holder_, memory_order_relaxed) != NULL;
}

/* The caller is inside the monitor. A newcomer may overtake the waiters. A lock that is handed on is never free. */
static bool mutex_take(leat_mutex *mutex, const void *holder)
{
	if (mutex_is_locked(mutex))
		return false;
	mutex_set_holder(mutex, holder);
	return true;
}

/* The caller is inside the monitor. Wait until the lock was handed to this thread, or it competed and won. Returns -1
 * if it is too late. */
static int mutex_compete(leat_mutex *mutex, struct leat_mutex_waiter *self, leat_time t)
{
	leat_until_ until = { .what = "a mutex", .holder = &mutex->holder_ };
	int result = leat_monitor_wait_until_(&mutex->monitor_, self, until, t);

	while (result > 0 && !self->owns) {
		mutex->competitor_ = NULL;
		if (mutex_take(mutex, self))
			break;
		result = leat_monitor_wait_again_until_(&mutex->monitor_, self, until, t);
	}
	return result;
}

/* The caller is inside the monitor. Count the wait and how long it takes. */
static int mutex_wait(leat_mutex *mutex, leat_time t)
{
	struct leat_mutex_waiter self = { .owns = false };
	leat_time waited;
	int result;

	if (t == LEAT_NOW)
		return leat_refuse(EAGAIN);
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
	result = mutex_take(mutex, &result) ? 1 : mutex_wait(mutex, t);
	mutex->stats_.locks += result > 0;
	leat_monitor_leave(&mutex->monitor_);
	return result;
}

void leat_mutex_lock(leat_mutex *mutex)
{
	(void)leat_mutex_lock_by(mutex, LEAT_NEVER); /* 1, always */
}

static bool mutex_is_handed(const leat_mutex *mutex, const struct leat_mutex_waiter *next)
{
	return mutex->mode_ == LEAT_HANDOFF ||
	       (mutex->mode_ == LEAT_ADAPTIVE && leat_now() - next->since >= mutex_patience);
}

/* The caller is inside the monitor. The competitor, or else the first waiter, owns the lock from now on, or may compete
 * for it. While there is a competitor, no other waiter need be woken: the competitor takes the lock when it runs, or
 * stands first in line again. */
static void mutex_pass_on(leat_mutex *mutex)
{
	struct leat_mutex_waiter *next = mutex->competitor_;
	bool handed;

	if (!next && (next = leat_monitor_first(&mutex->monitor_)) != NULL)
		(void)leat_monitor_wake(&mutex->monitor_); /* 1: it waits, and goes on when this thread has left */
	handed = next && mutex_is_handed(mutex, next);
	mutex_set_holder(mutex, handed ? next : NULL);
	mutex->competitor_ = handed ? NULL : next;
	if (handed) {
		next->owns = true;
		mutex->stats_.handoffs++;
	}
}

void leat_mutex_unlock_(leat_mutex *mutex, const char *where)
{
	bool locked;

	leat_monitor_enter(&mutex->monitor_);
	locked = mutex_is_locked(mutex);
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
	leat_mutex_unlock_(self, NULL); /* the caller's place is not known here */
}

leat_locker leat_mutex_locker(leat_mutex *mutex)
{
	return (leat_locker){ mutex_locker_lock, mutex_locker_unlock, mutex };
}
