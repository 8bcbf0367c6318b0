/* SPDX-License-Identifier: 0BSD
 *
 * faults.h - makes allocations and thread starts fail, waits end early or late, and the clock jump. A test whose name
 * begins with `faults` is linked so that its calls of leati_alloc, malloc, pthread_create, pthread_cond_wait,
 * pthread_cond_timedwait and clock_gettime come to this file. Memory that the test itself needs comes from calloc,
 * which never fails. At the end of the file are the source, the stage function and the sink of the pipelines under
 * test.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "../test.h"

/* The next `left` calls succeed, the one after them fails, and all later ones succeed. If `left` is below 0, none
 * fails. */
struct faults { atomic_long left; atomic_int injected; };

static struct faults allocations = { -1, 0 }, starts = { -1, 0 };

static inline int fails_now(struct faults *faults)
{
	if (atomic_fetch_sub(&faults->left, 1) != 0)
		return 0;
	atomic_fetch_add(&faults->injected, 1);
	return 1;
}

void *__real_leati_alloc(size_t size);
void *__wrap_leati_alloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
int __real_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg);

void *__wrap_leati_alloc(size_t size)
{
	return fails_now(&allocations) ? NULL : __real_leati_alloc(size);
}

void *__wrap_malloc(size_t size)
{
	return fails_now(&allocations) ? NULL : __real_malloc(size);
}

/* Wait a little before the failure, so that the threads that were started before it are at work. */
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg)
{
	if (!fails_now(&starts))
		return __real_pthread_create(id, attributes, fn, arg);
	nap(1);
	return EAGAIN;
}

/* ------------------------------------------------------------------------------------------ waits and the clock -- */

/* How a wait goes wrong. SPURIOUS: it ends although nothing woke it. TOO_SOON: it ends with ETIMEDOUT before its time,
 * which POSIX does not allow. LATE: the thread goes on long after it was woken. */
typedef enum { SPURIOUS, TOO_SOON, LATE } slip;

static struct faults sleeps = { -1, 0 };
static atomic_int every_wait;        /* 1: all waits go wrong, not only one */
static _Atomic slip slipping = SPURIOUS;

static struct faults looks = { -1, 0 };
static atomic_llong jump, ahead;     /* in seconds: how far the next look moves the clock; how far ahead it is now */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = __real_clock_gettime(clock, time);

	if (fails_now(&looks))
		atomic_fetch_add(&ahead, atomic_load(&jump));
	time->tv_sec += (time_t)atomic_load(&ahead);
	return result;
}

/* Return without waiting. Other threads may take the mutex meanwhile. */
static inline int wait_wrongly(pthread_mutex_t *mutex, int result)
{
	pthread_mutex_unlock(mutex);
	sched_yield();
	pthread_mutex_lock(mutex);
	return result;
}

static inline int go_on_late(pthread_mutex_t *mutex, int result)
{
	pthread_mutex_unlock(mutex);
	nap(4);
	pthread_mutex_lock(mutex);
	return result;
}

static inline int slips_now(void)
{
	int now = fails_now(&sleeps);

	return now || atomic_load(&every_wait);
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (!slips_now())
		return __real_pthread_cond_wait(cond, mutex);
	if (atomic_load(&slipping) == LATE)
		return go_on_late(mutex, __real_pthread_cond_wait(cond, mutex));
	return wait_wrongly(mutex, 0);
}

/* Whether this time has come, on the clock that may be ahead. */
static inline int has_come(const struct timespec *until)
{
	struct timespec now;

	__real_clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += (time_t)atomic_load(&ahead);
	return now.tv_sec > until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* The system does not know that our clock is ahead, so it would wake the sleeper too late. Wake it every millisecond
 * instead, and look at our clock. */
static inline int wait_ahead(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	struct timespec soon;
	int result;

	__real_clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += 1000000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	result = __real_pthread_cond_timedwait(cond, mutex, &soon);
	if (has_come(until))
		return ETIMEDOUT;
	return result == ETIMEDOUT ? 0 : result;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	if (atomic_load(&jump))
		return wait_ahead(cond, mutex, until);
	if (!slips_now())
		return __real_pthread_cond_timedwait(cond, mutex, until);
	if (atomic_load(&slipping) == LATE)
		return go_on_late(mutex, __real_pthread_cond_timedwait(cond, mutex, until));
	return wait_wrongly(mutex, atomic_load(&slipping) == TOO_SOON || has_come(until) ? ETIMEDOUT : 0);
}

/* ------------------------------------------------------------------------------------------------------ to run -- */

/* A run for fail_each. It returns 0 if all values were right, else the cause of the end. */
typedef int scenario(void);

/* Printed when the program ends. */
static inline void print_fault_points(void)
{
	printf("%d fault points\n", atomic_load(&allocations.injected) + atomic_load(&starts.injected));
}

static inline void be_first(void *arg)
{
	(void)arg;
}

/* Before its first function, leat starts a thread that only tries how large a stack must be. Tests that count threads
 * start a function before they count. */
static inline void start_first_function(void)
{
	check(leat_go(be_first, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
}

/* Run `run` with the first call failing, then the second, and so on, until no call fails. Each run must end with 0 or
 * with `cause`. Returns the number of runs that had a fault. Before each run, idle threads are ended, so that the run
 * must start its own. */
static inline int fail_each(struct faults *faults, int cause, scenario *run)
{
	static int calls;
	int before = atomic_load(&faults->injected), result = -1, runs = 0;

	if (calls++ == 0) {
		check(atexit(print_fault_points) == 0);
		start_first_function();
	}
	for (long k = 0; atomic_load(&faults->injected) == before + runs; k++, runs++) {
		must_be_clean(); /* a thread that still runs would be idle after leat_trim, and serve again */
		leat_trim();
		atomic_store(&faults->left, k);
		result = run();
		atomic_store(&faults->left, -1);
		must_be_clean();
		check(result == 0 || (result == cause && atomic_load(&faults->injected) == before + runs + 1));
	}
	check(result == 0);
	return atomic_load(&faults->injected) - before;
}

/* ----------------------------------------------------------------------------------- what pipelines are made of -- */

enum { COUNT = 20 };

static inline int make_owned(void *arg, void *out)
{
	(void)arg;
	*(owned *)out = own(1);
	return 1;
}

/* A source without end. While a pipeline is built, no thread upstream may end, because the next stage would reuse it
 * instead of starting one. */
static inline leat_rx ones(leat_rx done)
{
	return leat_buffer(leat_repeat_fn_of(done, &owned_type, make_owned, NULL), capacity);
}

static inline int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

/* Receive COUNT values. All must arrive, unless the stream ends with a cause. */
static inline int consume(leat_rx done, leat_rx in)
{
	leat_rx out = leat_take(done, in, COUNT);
	int received = 0, cause;

	for (owned value; leat_recv(out, &value) > 0; received++) {
		check(*value.number == 1);
		disown(value);
	}
	cause = leat_cause(out);
	check(cause ? received < COUNT : received == COUNT);
	leat_drop(out);
	return cause;
}

#endif
