/* SPDX-License-Identifier: 0BSD
 *
 * sync.h - locks.
 *
 * What the sync package of Go has, and more. All of these are structs of yours, ready when zeroed (or as said), that
 * must not be copied or freed while in use. They own nothing and need no end, unless said. Waits take a deadline
 * last, as leat_recv_by does (LEAT_NEVER, LEAT_NOW), before it `done` where they can be cancelled, and return 1, or
 * -1 with ETIMEDOUT, EAGAIN or ECANCELED. Any number of threads may call at once.
 */
#ifndef LEAT_SYNC_H
#define LEAT_SYNC_H

#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Any lock: a leat_mutex, either side of a leat_rwmutex, or one of yours. */
typedef struct leat_locker { void (*lock)(void *self), (*unlock)(void *self); void *self; } leat_locker;

/* ---- once.c ------------------------------------------------------------------------------------- */

/* Once: fn(arg) is called by the first who comes, whatever the later ones bring; they wait until it has returned (or
 * left by pthread_exit, which counts).
 *   returns   1: called by this call. 0: it had been, or is now. -1 and EDEADLK: fn, directly or through other
 *             onces and threads that wait in them, waits for itself; EINVAL: no fn */
typedef struct leat_once { leat_word_ state_; leat_monitor monitor_; struct leat_once_call *by_; } leat_once;

int leat_once_do(leat_once *once, void (*fn)(void *arg), void *arg);

/* ---- mutex.c ------------------------------------------------------------------------------------ */

/* A mutex that chooses who goes next. Barging: whoever comes first when it is unlocked, for throughput. Hand-off:
 * who has waited longest, for fairness. Adaptive, which {0} is too: barging, but handed to whoever has waited for
 * 1 ms. Unlocking what is not locked is a panic. Not recursive. */
enum { LEAT_ADAPTIVE, LEAT_BARGING, LEAT_HANDOFF };

typedef struct leat_mutex_stats { uint64_t locks, waits, handoffs; leat_time longest_wait; } leat_mutex_stats;
typedef struct leat_mutex {
	leat_monitor monitor_;
	int mode_, locked_;
	struct leat_mutex_waiter *competitor_;
	leat_mutex_stats stats_;
} leat_mutex;

/* leat_mutex m = LEAT_MUTEX(LEAT_HANDOFF); */
void leat_mutex_lock(leat_mutex *mutex);
int leat_mutex_lock_by(leat_mutex *mutex, leat_time t);   /* LEAT_NOW tries */
/* void leat_mutex_unlock(mutex) */
leat_mutex_stats leat_mutex_stats_of(leat_mutex *mutex);
leat_locker leat_mutex_locker(leat_mutex *mutex);

/* ---- rwmutex.c ---------------------------------------------------------------------------------- */

/* Many readers or one writer. Neither starves: those who wait go in the order they came, neighbouring readers together.
 * A reader must not lock again while it reads. */
typedef struct leat_rwmutex { leat_monitor monitor_; long readers_; int writing_; } leat_rwmutex;

void leat_rwmutex_lock(leat_rwmutex *mutex);
int leat_rwmutex_lock_by(leat_rwmutex *mutex, leat_time t);
void leat_rwmutex_read_lock(leat_rwmutex *mutex);
int leat_rwmutex_read_lock_by(leat_rwmutex *mutex, leat_time t);
/* void leat_rwmutex_unlock(mutex), leat_rwmutex_read_unlock(mutex) */
leat_locker leat_rwmutex_locker(leat_rwmutex *mutex);
leat_locker leat_rwmutex_read_locker(leat_rwmutex *mutex);

/* ---- cond.c ------------------------------------------------------------------------------------- */

/* A condition: wait, with `locker` held, until somebody signals; who waits longest is woken first. Nothing may
 * hold when it returns but the lock: while (!condition) leat_cond_wait(...). No wake-up is lost, whether who
 * changed the condition with the lock held signals before unlocking or after it. A locker of yours must not use
 * the condition in its unlock, which is called from inside; EINVAL if it lacks either function. */
typedef struct leat_cond { leat_monitor monitor_; } leat_cond;

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t); /* the lock is held again, always */
void leat_cond_signal(leat_cond *cond);
void leat_cond_broadcast(leat_cond *cond);

/* ---- semaphore.c -------------------------------------------------------------------------------- */

/* A weighted semaphore: at most `size` out at once, first come first served, so that a large demand is not starved by
 * small ones. leat_semaphore s = LEAT_SEMAPHORE(10); EINVAL: n is negative or more than the size. Done wins over units
 * that are free. Releasing more than was acquired is a panic. */
typedef struct leat_semaphore { leat_monitor monitor_; long size_, held_; } leat_semaphore;

int leat_semaphore_acquire(leat_semaphore *semaphore, long n, leat_rx done, leat_time t);
/* void leat_semaphore_release(semaphore, n) */

/* ---- private: mutex.c --------------------------------------------------------------------------- */

void leat_mutex_unlock_(leat_mutex *mutex, const char *where);

#define LEAT_MUTEX(mode) { LEAT_MONITOR, (mode), 0, LEAT_NULL_, { 0, 0, 0, 0 } }
#define leat_mutex_unlock(...) leat_mutex_unlock_((__VA_ARGS__), LEAT_HERE_)

/* ---- private: rwmutex.c ------------------------------------------------------------------------- */

void leat_rwmutex_unlock_(leat_rwmutex *mutex, const char *where);
void leat_rwmutex_read_unlock_(leat_rwmutex *mutex, const char *where);

#define leat_rwmutex_unlock(...) leat_rwmutex_unlock_((__VA_ARGS__), LEAT_HERE_)
#define leat_rwmutex_read_unlock(...) leat_rwmutex_read_unlock_((__VA_ARGS__), LEAT_HERE_)

/* ---- private: semaphore.c ----------------------------------------------------------------------- */

void leat_semaphore_release_(leat_semaphore *semaphore, long n, const char *where);

#define LEAT_SEMAPHORE(size) { LEAT_MONITOR, (size), 0 }
#define leat_semaphore_release(semaphore, ...) leat_semaphore_release_((semaphore), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
