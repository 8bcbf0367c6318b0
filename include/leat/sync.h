/* SPDX-License-Identifier: 0BSD
 *
 * sync.h - once, single flight, mutexes, condition variables, semaphores. (Wait groups: groups.h. Pools: shared.h.)
 *
 * Each of these is a struct of yours, ready when zeroed or set to its initialiser. It must not be copied or freed while
 * it is in use. It owns nothing and need not be destroyed.
 *
 * A call that waits has its deadline t as the last parameter, and `done` before it where it can be cancelled. It
 * returns 1, or -1 with ETIMEDOUT, EAGAIN (t is LEAT_NOW) or ECANCELED.
 */
#ifndef LEAT_SYNC_H
#define LEAT_SYNC_H

#include "defer.h"
#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Any lock, for leat_cond_wait: a leat_mutex, either side of a leat_rwmutex, or one of yours. `self` is passed to both
 * functions, and must stay valid while the lock is in use. */
typedef struct leat_locker { void (*lock)(void *self), (*unlock)(void *self); void *self; } leat_locker;

/* ---- once.c -------------------------------------------------------------------------------------- */

/* Call a function once. The first call of leat_once_do calls its fn(arg). Every other call only waits until that has
 * returned, whatever its own fn is. A function that leaves by pthread_exit counts as returned.
 *   blocks    until the function has returned
 *   returns   1: this call has called it. 0: another call has. -1 with EDEADLK: the function waits for itself. It may
 *             do so through other onces, and through threads that wait in them. -1 with EINVAL: fn is NULL
 *   arg       must outlive this call */
typedef struct leat_once { leat_word_ state_; leat_monitor monitor_; struct leat_once_call *by_; } leat_once;

int leat_once_do(leat_once *once, void (*fn)(void *arg), void *arg);

/* A value that is computed once. The first call of leat_once_value_get calls its fn(arg, &value), which returns 0 or
 * -errno. All calls give that value, or fail with that error: a failure is kept too. The value is yours to free, when
 * no thread uses it any more.
 *   blocks    until the function has returned
 *   returns   1: *value is the value. -1 with the error of the function, or EOWNERDEAD: it has left by pthread_exit. -1
 *             with EDEADLK, as leat_once_do, or EINVAL: fn or `value` is NULL
 *   arg       must outlive this call */
typedef struct leat_once_value { leat_once once_; void *value_; int error_; } leat_once_value;

int leat_once_value_get(leat_once_value *once, int (*fn)(void *arg, void **value), void *arg, void **value);

/* ---- single_flight.c ----------------------------------------------------------------------------- */

/* Calls with the same key at the same time share one call of a function: a cache that many threads miss at once asks
 * the database once. It is a struct of yours: leat_single_flight pages = LEAT_SINGLE_FLIGHT(&page_type). The type is
 * that of the values, and must outlive it. Each call searches a list of the keys in work, so there should be some
 * hundreds of them at most. Nothing is kept: a call that comes after the function has returned calls it again.
 *
 * int leat_single_flight_do(flight, key, fn, arg, value, done, t): if no call with this key is in work, call fn(arg,
 * out). It returns 0 and has made a value in *out, or -errno. Else wait for the thread that calls it.
 *   blocks    until the function has returned. A call that waits for another thread also ends when `done` comes or t
 *             has passed. The function goes on then
 *   returns   1: *value is yours; this call has called its fn. 0: *value is yours; it is a copy of what another call
 *             got. -1 with the error of the function (EOWNERDEAD: it left by pthread_exit) or of copy. -1 with
 *             ECANCELED, ETIMEDOUT or EAGAIN: this call has not waited for the end. -1 with EDEADLK: the function asks
 *             for its own key. -1 with ENOMEM or EINVAL: something is NULL, or the type has a release but no copy
 *   threads   any number; a *value of another size than the type's is a panic
 *   arg       must outlive this call. The key is copied
 *
 * leat_single_flight_forget: let calls with this key that come from now on call their function, even if one is in work.
 */
typedef int leat_single_flight_fn(void *arg, void *out);
typedef struct leat_single_flight {
	leat_monitor monitor_;
	const leat_type *type_;
	struct leat_flight *first_;
} leat_single_flight;

void leat_single_flight_forget(leat_single_flight *flight, const char *key);

/* ---- mutex.c ------------------------------------------------------------------------------------- */

/* How often a mutex was locked, how often a thread waited for it, how often it was handed to a waiting thread, and the
 * longest wait in nanoseconds. */
typedef struct leat_mutex_stats { uint64_t locks, waits, handoffs; leat_time longest_wait; } leat_mutex_stats;

/* A mutex is a struct of yours: leat_mutex m = LEAT_MUTEX(LEAT_HANDOFF). It is not recursive. Its mode matters when it
 * is unlocked while threads wait:
 *  - LEAT_BARGING, for throughput: it is free, and the next thread that comes takes it, also one that has not waited.
 *  - LEAT_HANDOFF, for fairness: the thread that has waited longest gets it.
 *  - LEAT_ADAPTIVE: that thread gets it if it has waited for 1 ms; else it is free. A zeroed mutex is adaptive.
 * Any thread may unlock it, not only the one that has locked it. The same holds for leat_rwmutex. */
enum { LEAT_ADAPTIVE, LEAT_BARGING, LEAT_HANDOFF };

typedef struct leat_mutex {
	leat_monitor monitor_;
	int mode_;
	leat_holder_ holder_;
	struct leat_mutex_waiter *competitor_;
	leat_mutex_stats stats_;
} leat_mutex;

/* leat_mutex_lock: lock the mutex, as soon as it is free. leat_mutex_lock_by: the same with a deadline.
 * void leat_mutex_unlock(mutex): unlock it. If the mutex is not locked, it is a panic.
 * LEAT_UNLOCK_LATER(mutex): unlock it when the program leaves the block that has this line (see defer.h).
 * leat_mutex_locker: the mutex as a lock for leat_cond_wait. */
void leat_mutex_lock(leat_mutex *mutex);
int leat_mutex_lock_by(leat_mutex *mutex, leat_time t);
leat_mutex_stats leat_mutex_stats_of(leat_mutex *mutex);
leat_locker leat_mutex_locker(leat_mutex *mutex);

/* ---- rwmutex.c ----------------------------------------------------------------------------------- */

/* A lock for many readers or one writer. Threads that wait go in the order in which they came, neighbouring readers
 * together, so neither readers nor writers starve. A thread that reads must not lock it again: it may wait behind a
 * writer that waits for it. */
typedef struct leat_rwmutex { leat_monitor monitor_; long readers_; leat_holder_ writer_; } leat_rwmutex;

/* leat_rwmutex_lock, leat_rwmutex_lock_by: lock it for a writer, as leat_mutex_lock and leat_mutex_lock_by.
 * leat_rwmutex_read_lock, leat_rwmutex_read_lock_by: lock it for a reader.
 * void leat_rwmutex_unlock(mutex), void leat_rwmutex_read_unlock(mutex): unlock it. If the mutex is not locked in this
 * way, it is a panic.
 * leat_rwmutex_locker, leat_rwmutex_read_locker: either side of it as a lock for leat_cond_wait. */
void leat_rwmutex_lock(leat_rwmutex *mutex);
int leat_rwmutex_lock_by(leat_rwmutex *mutex, leat_time t);
void leat_rwmutex_read_lock(leat_rwmutex *mutex);
int leat_rwmutex_read_lock_by(leat_rwmutex *mutex, leat_time t);
leat_locker leat_rwmutex_locker(leat_rwmutex *mutex);
leat_locker leat_rwmutex_read_locker(leat_rwmutex *mutex);

/* ---- cond.c -------------------------------------------------------------------------------------- */

/* A condition variable. Its use is: while (!condition) leat_cond_wait(&cond, locker, done, t);
 *
 * leat_cond_wait unlocks, waits to be woken, and locks again, whatever it returns. leat_cond_signal wakes the thread
 * that has waited longest, leat_cond_broadcast all. If the condition was changed with the lock held, no wake-up is
 * lost. The signal may come before or after the unlock.
 *   returns   1: woken. Another thread may have changed the condition since. -1, also with EINVAL: the locker lacks a
 *             function
 * The functions of a locker of yours are called without a lock of leat's. They must return. They may use the
 * condition. */
typedef struct leat_cond { leat_monitor monitor_; } leat_cond;

int leat_cond_wait(leat_cond *cond, leat_locker locker, leat_rx done, leat_time t);
void leat_cond_signal(leat_cond *cond);
void leat_cond_broadcast(leat_cond *cond);

/* ---- semaphore.c --------------------------------------------------------------------------------- */

/* A weighted semaphore lets at most `size` units be out at once: leat_semaphore s = LEAT_SEMAPHORE(10). Threads are
 * served in the order in which they came, so small demands do not starve a large one.
 *
 * leat_semaphore_acquire: take n units. With n 0 it takes none, but waits its turn behind the threads in line. A
 * semaphore of size 0 gives no unit. One of a negative size refuses every call.
 *   returns   1. -1, also with EINVAL: n is negative or more than the size. ECANCELED wins over units that are free
 * void leat_semaphore_release(semaphore, n): give n units back. If fewer are out, it is a panic. */
typedef struct leat_semaphore { leat_monitor monitor_; long size_, held_; } leat_semaphore;

int leat_semaphore_acquire(leat_semaphore *semaphore, long n, leat_rx done, leat_time t);

/* ---- private: single_flight.c -------------------------------------------------------------------- */

int leat_single_flight_do_(leat_single_flight *flight, const char *key, leat_single_flight_fn *fn, void *arg,
                           void *value, size_t size, leat_rx done, leat_time t, const char *where);

#define LEAT_SINGLE_FLIGHT(type) { LEAT_MONITOR, (type), LEAT_NULL_ }
#define leat_single_flight_do(flight, key, fn, arg, value, done, ...) \
	leat_single_flight_do_((flight), (key), (fn), (arg), (value), LEAT_SIZE_AT_(value), (done), (__VA_ARGS__), \
	                       LEAT_HERE_)

/* ---- private: mutex.c ---------------------------------------------------------------------------- */

void leat_mutex_unlock_(leat_mutex *mutex, const char *where);

#define LEAT_MUTEX(mode) { LEAT_MONITOR, (mode), LEAT_NULL_, LEAT_NULL_, { 0, 0, 0, 0 } }
#define leat_mutex_unlock(...) leat_mutex_unlock_((__VA_ARGS__), LEAT_HERE_)

#ifdef LEAT_DEFER
typedef struct leat_unlocked_ { leat_mutex *mutex; const char *where; } leat_unlocked_;
static inline void leat_end_unlocked_(const leat_unlocked_ *at) { leat_mutex_unlock_(at->mutex, at->where); }
#define LEAT_UNLOCK_LATER(...) LEAT_LATER_(unlocked, __LINE__, (__VA_ARGS__), LEAT_HERE_)
#endif

/* ---- private: rwmutex.c -------------------------------------------------------------------------- */

void leat_rwmutex_unlock_(leat_rwmutex *mutex, const char *where);
void leat_rwmutex_read_unlock_(leat_rwmutex *mutex, const char *where);

#define leat_rwmutex_unlock(...) leat_rwmutex_unlock_((__VA_ARGS__), LEAT_HERE_)
#define leat_rwmutex_read_unlock(...) leat_rwmutex_read_unlock_((__VA_ARGS__), LEAT_HERE_)

/* ---- private: semaphore.c ------------------------------------------------------------------------ */

void leat_semaphore_release_(leat_semaphore *semaphore, long n, const char *where);

#define LEAT_SEMAPHORE(size) { LEAT_MONITOR, (size), 0 }
#define leat_semaphore_release(semaphore, ...) leat_semaphore_release_((semaphore), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
