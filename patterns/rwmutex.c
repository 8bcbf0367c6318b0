/* leat_rwmutex - many readers, or one writer.
 *
 *     line: r r W r r r W  ->  [r r]  [W]  [r r r]  [W]
 *
 * A thread that finds others in line waits behind them, even if it could go at once. Otherwise readers that keep coming
 * would starve a writer. A thread that unlocks admits the first in line: a writer, or all readers before the next
 * writer.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdatomic.h>
#include <stdbool.h>

/* `writer` is an address on the stack of the thread that may write, or NULL. Relaxed: it is changed inside the monitor;
 * reports only compare it. */
static void rwmutex_set_writer(leat_rwmutex *mutex, const void *writer)
{
	atomic_store_explicit(&mutex->writer_, writer, memory_order_relaxed);
}

static bool rwmutex_is_written(const leat_rwmutex *mutex)
{
	return atomic_load_explicit(&mutex->writer_, memory_order_relaxed) != NULL;
}

/* The caller is inside the monitor. Take the lock if it is free for this use. `to_write` lies on the stack of the
 * thread that gets it. */
static bool rwmutex_take(leat_rwmutex *mutex, const bool *to_write)
{
	if (rwmutex_is_written(mutex) || (*to_write && mutex->readers_))
		return false;
	if (*to_write)
		rwmutex_set_writer(mutex, to_write);
	else
		mutex->readers_++;
	return true;
}

/* The caller is inside the monitor. Give the lock to the first in line, as long as it is free for that one. The ask of
 * a waiter points to whether it writes. */
static void rwmutex_admit(leat_rwmutex *mutex)
{
	const bool *to_write;

	while ((to_write = leat_monitor_first(&mutex->monitor_)) != NULL && rwmutex_take(mutex, to_write))
		(void)leat_monitor_wake(&mutex->monitor_); /* 1: it waits */
}

/* A waiter that gives up may have held up those behind it. */
static int rwmutex_lock_by(leat_rwmutex *mutex, bool to_write, leat_time t)
{
	leat_until_ until = { .what = "an rwmutex", .holder = &mutex->writer_ };
	int result = 1;

	leat_monitor_enter(&mutex->monitor_);
	if (leat_monitor_first(&mutex->monitor_) || !rwmutex_take(mutex, &to_write))
		result = leat_monitor_wait_until_(&mutex->monitor_, &to_write, until, t);
	if (result < 0)
		rwmutex_admit(mutex);
	leat_monitor_leave(&mutex->monitor_);
	return result;
}

static void rwmutex_unlock(leat_rwmutex *mutex, bool to_write, const char *where)
{
	bool locked;

	leat_monitor_enter(&mutex->monitor_);
	locked = to_write ? rwmutex_is_written(mutex) : mutex->readers_ > 0;
	if (locked && to_write)
		rwmutex_set_writer(mutex, NULL);
	else if (locked)
		mutex->readers_--;
	rwmutex_admit(mutex);
	leat_monitor_leave(&mutex->monitor_);
	if (!locked)
		leat_panic_(where, "%s of a rwmutex that is not locked so",
		            to_write ? "leat_rwmutex_unlock" : "leat_rwmutex_read_unlock");
}

int leat_rwmutex_lock_by(leat_rwmutex *mutex, leat_time t)
{
	return rwmutex_lock_by(mutex, true, t);
}

int leat_rwmutex_read_lock_by(leat_rwmutex *mutex, leat_time t)
{
	return rwmutex_lock_by(mutex, false, t);
}

void leat_rwmutex_lock(leat_rwmutex *mutex)
{
	(void)rwmutex_lock_by(mutex, true, LEAT_NEVER); /* 1, always */
}

void leat_rwmutex_read_lock(leat_rwmutex *mutex)
{
	(void)rwmutex_lock_by(mutex, false, LEAT_NEVER);
}

void leat_rwmutex_unlock_(leat_rwmutex *mutex, const char *where)
{
	rwmutex_unlock(mutex, true, where);
}

void leat_rwmutex_read_unlock_(leat_rwmutex *mutex, const char *where)
{
	rwmutex_unlock(mutex, false, where);
}

static void rwmutex_locker_lock(void *self)
{
	leat_rwmutex_lock(self);
}

static void rwmutex_locker_unlock(void *self)
{
	leat_rwmutex_unlock_(self, NULL); /* the caller's place is not known here */
}

static void rwmutex_locker_read_lock(void *self)
{
	leat_rwmutex_read_lock(self);
}

static void rwmutex_locker_read_unlock(void *self)
{
	leat_rwmutex_read_unlock_(self, NULL);
}

leat_locker leat_rwmutex_locker(leat_rwmutex *mutex)
{
	return (leat_locker){ rwmutex_locker_lock, rwmutex_locker_unlock, mutex };
}

leat_locker leat_rwmutex_read_locker(leat_rwmutex *mutex)
{
	return (leat_locker){ rwmutex_locker_read_lock, rwmutex_locker_read_unlock, mutex };
}
