/* SPDX-License-Identifier: 0BSD
 *
 * park.c - how a thread waits: for a lock, for a moment, and asleep. The only file that knows pthread_cond.
 *
 * A blocked select spends its patience first: it pauses for about ten microseconds, in which a partner on another
 * core answers, then gives the core away a number of times, in which a partner on the same core does, and then
 * sleeps on its thread's own condition variable. One condition variable never has more than one waiter. Yields are
 * counted, not timed: one that takes long did somebody's work. Each thread remembers what helped lately, and has
 * more or less patience then.
 *
 * WAKING A SLEEPER, and the race with its leaving: the waker adds DONE to CLAIMED; after that the owner may return
 * and its stack frame be gone. If the owner is ASLEEP the exchange fails, and DONE is set and the condition
 * signalled under the parker's mutex: the owner cannot see DONE without having had the mutex after the waker, so
 * the waker is through with the wait by then. The parker is read before the exchange; it lives as long as its
 * thread.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

enum {
	PAUSES = 400,      /* at most, about 10 us: where two threads have a core each, less falls back to yielding */
	FEW = 80,          /* pauses by which a wait's are raised when pausing helped; fewer are not worth it */
	YIELDS = 40,
	MISSES = 4,        /* after so many waits in a row that had to sleep, yields are left out, ... */
	RETRY = 63,        /* ... but for every so many waits; as are pauses when there are too few. Odd, for a stage
	                      waits by turns to receive and to send */
	PACKED = 64,       /* after so many waits in a row that yields ended, one sleeps at once; then after twice as
	                      many, ... */
	MOST_PACKED = 4096,/* ... up to so many */
	LOCK_TRIES = 10,   /* for a lock whose holder must be running, each after twice the pauses, ... */
	LOCK_PAUSES = 32,  /* ... until they are so many: who asks often takes the line from who is at work on it */
	LOCK_YIELDS = 1000
};

typedef struct leati_parker {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool ready;           /* wake is made */
	bool called;          /* by the fake clock */
	unsigned pauses;      /* that the next wait may spend */
	unsigned misses;      /* waits in a row that had no yields left */
	unsigned packed;      /* waits in a row that yields ended, ... */
	unsigned most_packed; /* ... of which there may be so many before one sleeps at once */
	unsigned waits;
	uint64_t random;
} leati_parker;

#ifndef LEAT_SCHEDULE
static _Thread_local leati_parker own = { .mutex = PTHREAD_MUTEX_INITIALIZER, .pauses = PAUSES, .most_packed = PACKED };
#else
/* The threads of a schedule are all one thread of the system's. They sleep at once. */
static leati_parker parkers[LEATI_THREADS];
#define own (parkers[leati_thread])

void leati_begin_schedule(void)
{
	for (size_t i = 0; i < LEATI_THREADS; i++)
		parkers[i] = (leati_parker){ .mutex = PTHREAD_MUTEX_INITIALIZER, .misses = MISSES, .most_packed = PACKED };
}
#endif

static inline void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("pause");
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield");
#else
	atomic_signal_fence(memory_order_seq_cst); /* nothing better to do than to be one step slower */
#endif
}

static void pause_for(unsigned pauses)
{
	while (pauses-- > 0)
		pause_cpu();
}

/* ------------------------------------------------------------------------------------------- the lock -- */

int leati_forbid_cancel(void)
{
	int former;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	return former;
}

void leati_allow_cancel(int former)
{
	pthread_setcancelstate(former, NULL);
}

/* How long is of no matter. */
static void rest(void)
{
	int former = leati_forbid_cancel();

	nanosleep(&(struct timespec){ 0, 50000 }, NULL);
	leati_allow_cancel(former);
}

/* A channel's lock is held for a few dozen instructions. If it stays taken, its holder was preempted: yield to it; and
 * if that does not help for long, the holder may have a lower priority than we: sleep a little. */
void leati_acquire_slowly(leati_lock *lock)
{
	unsigned pauses = atomic_load_explicit(&lock->pauses, memory_order_relaxed);

	for (unsigned tries = 0;; tries++) {
		leati_step(lock);
		if (tries < LOCK_TRIES)
			pause_for(pauses);
		else if (tries < LOCK_TRIES + LOCK_YIELDS)
			sched_yield();
		else
			rest();
		if (atomic_load_explicit(&lock->taken, memory_order_relaxed) == 0 &&
		    atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) == 0)
			return;
		if (pauses < LOCK_PAUSES)
			pauses = 2 * pauses + 1;
	}
}

/* --------------------------------------------------------------------------------------- one's parker -- */

/* Uniform below bound, from the thread's own xorshift64* (Vigna, 2016), whose seed is the parker's address and time. */
uint32_t leati_random(uint32_t bound)
{
	uint64_t x = own.random;

	if (!x)
		x = (uint64_t)leat_now() ^ (uint64_t)(uintptr_t)&own ^ 0x9e3779b97f4a7c15u;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	own.random = x;
	return (uint32_t)(((x * 0x2545f4914f6cdd1du >> 32) * bound) >> 32);
}

/* Deadlines are of CLOCK_MONOTONIC, so the condition variable needs an attribute, and that a first use. */
static void make_ready(leati_parker *parker)
{
	pthread_condattr_t monotonic;
	int error;

	if (parker->ready)
		return;
	if ((error = pthread_condattr_init(&monotonic)) != 0 ||
	    (error = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC)) != 0 ||
	    (error = pthread_cond_init(&parker->wake, &monotonic)) != 0)
		leat_panic_(NULL, "no condition variable to sleep on: %s", strerror(error));
	pthread_condattr_destroy(&monotonic);
	parker->ready = true;
}

void leati_wait_begin(leat_wait *wait)
{
	make_ready(&own);
	atomic_init(&wait->state, 0);
	wait->parker = &own;
	wait->chosen = NULL;
	wait->idle = false;
}

/* -------------------------------------------------------------------------------------------- patience -- */

/* Two threads that only yield to each other stay on the core on which they began, for a tenth of a second and more,
 * while another core idles. The kernel looks for an idle one when it wakes somebody: so one of many waits sleeps. */
static bool wants_another_core(void)
{
	if (own.packed < own.most_packed)
		return false;
	own.packed = 0;
	if (own.most_packed < MOST_PACKED)
		own.most_packed *= 2;
	return true;
}

/* Pausing is right when the partner runs on another core, and as wrong as can be when it waits for this one. Nobody
 * can tell which but by trying, so a thread's pauses grow while they help and shrink quickly when they do not. */
static leati_backoff begin_backoff(void)
{
	bool retry = ++own.waits % RETRY == 0;
	leati_backoff all = { true, own.pauses, own.misses < MISSES || retry ? YIELDS : 0 };

	if (wants_another_core())
		return (leati_backoff){ true, 0, 0 };
	if (all.pauses < FEW)
		all.pauses = retry ? FEW : 0;
	return all;
}

/* Remember what helped, if the wait had to linger: pauses did if some were left. */
void leati_backoff_end(const leati_backoff *left)
{
	if (!left->begun)
		return;
	if (!left->pauses)
		own.pauses /= 2;
	else if (own.pauses <= PAUSES - FEW)
		own.pauses += FEW;
	own.misses = left->yields ? 0 : own.misses + 1;
	if (!left->pauses && left->yields) {
		own.packed++;
	} else if (left->pauses) {
		own.packed = 0;
		own.most_packed = PACKED;
	}
}

/* Spend a few pauses, or a yield when there are none left and more than are to be kept. False: patience is at its end,
 * or the time has come (a yield may take long). */
bool leati_backoff_step(leati_backoff *left, unsigned pauses, unsigned kept, leat_time until)
{
	if (!left->begun)
		*left = begin_backoff();
	if (left->pauses) {
		if (pauses > left->pauses)
			pauses = left->pauses;
		left->pauses -= pauses;
		pause_for(pauses);
		return true;
	}
	if (left->yields > kept && (until == LEAT_NEVER || leat_now() < until)) {
		left->yields--;
		sched_yield();
		return true;
	}
	return false;
}

/* --------------------------------------------------------------------------------------------- asleep -- */

static bool is_done(const leat_wait *wait)
{
	leati_step(NULL);
	/* Acquire: what the claimer wrote into the case and its value. */
	return atomic_load_explicit(&wait->state, memory_order_acquire) & LEATI_DONE;
}

/* Sleep until DONE or the time, also when the clock becomes a fake one meanwhile; mutex held. Any other error than
 * the time's passing would be ours. The clock begins at 0 or later: a time before has passed, and one that
 * a time_t of 32 bits cannot hold does not come. */
static void sleep_on_real_clock(leat_wait *wait, leati_parker *parker, leat_time until)
{
	struct timespec at = { 0, 0 };
	int error = 0;

	if (sizeof at.tv_sec < 8 && until / 1000000000 > INT32_MAX)
		until = LEAT_NEVER;
	if (until > 0)
		at = (struct timespec){ (time_t)(until / 1000000000), (long)(until % 1000000000) };
	while (!is_done(wait) && error != ETIMEDOUT)
		error = until == LEAT_NEVER ? pthread_cond_wait(&parker->wake, &parker->mutex) :
		                              pthread_cond_timedwait(&parker->wake, &parker->mutex, &at);
}

/* The same until the clock calls; mutex held, but not while the clock is told. */
static void sleep_on_fake_clock(leat_wait *wait, leati_parker *parker, leat_time until)
{
	leati_sleeper self = { .wait = wait, .parker = parker, .until = until };
	bool asleep;

	parker->called = false;
	pthread_mutex_unlock(&parker->mutex);
	asleep = leati_clock_asleep(&self);
	pthread_mutex_lock(&parker->mutex);
	while (asleep && !is_done(wait) && !parker->called)
		pthread_cond_wait(&parker->wake, &parker->mutex);
	pthread_mutex_unlock(&parker->mutex);
	leati_clock_awake(&self);
	pthread_mutex_lock(&parker->mutex);
}

/* With the clock's lock held. */
void leati_clock_notify(leati_sleeper *sleeper)
{
	pthread_mutex_lock(&sleeper->parker->mutex);
	sleeper->parker->called = true;
	pthread_cond_signal(&sleeper->parker->wake);
	pthread_mutex_unlock(&sleeper->parker->mutex);
}

/* Until DONE or the time; mutex held. */
static void sleep_until(leat_wait *wait, leati_parker *parker, leat_time until)
{
	if (wait->idle) {
		sleep_on_real_clock(wait, parker, until);
		return;
	}
	while (!is_done(wait) && (until == LEAT_NEVER || leat_now() < until)) {
		if (leati_clock_is_fake())
			sleep_on_fake_clock(wait, parker, until);
		else
			sleep_on_real_clock(wait, parker, until);
	}
}

static bool sleep_on(leat_wait *wait, leati_parker *parker, leat_time until)
{
	int former = leati_forbid_cancel();

	pthread_mutex_lock(&parker->mutex);
	leati_step(NULL);
	atomic_fetch_or_explicit(&wait->state, LEATI_ASLEEP, memory_order_acq_rel);
	sleep_until(wait, parker, until);
	if (!is_done(wait) && !leati_claim(wait))
		sleep_until(wait, parker, LEAT_NEVER); /* claimed just now: DONE is on its way */
	pthread_mutex_unlock(&parker->mutex);
	leati_allow_cancel(former);
	return is_done(wait);
}

/* Wait for an announced select to be decided. False: the time passed first, and nobody can claim it any more. */
bool leati_park(leat_wait *wait, leat_time until, leati_backoff *left)
{
	while (!is_done(wait))
		if (!leati_backoff_step(left, 1, 0, until))
			return sleep_on(wait, wait->parker, until);
	return true;
}

static void wake_sleeper(leat_wait *wait, leati_parker *parker)
{
	pthread_mutex_lock(&parker->mutex);
	leati_step(NULL);
	atomic_store_explicit(&wait->state, LEATI_CLAIMED | LEATI_DONE, memory_order_release);
	leati_step(NULL);
	pthread_cond_signal(&parker->wake);
	pthread_mutex_unlock(&parker->mutex);
}

void leati_wake(leat_wait *wait)
{
	leati_parker *parker = wait->parker;
	unsigned state = LEATI_CLAIMED;

	leati_step(NULL);
	/* Release: the decided case. If it succeeds, *wait is no longer ours to touch. */
	if (atomic_compare_exchange_strong_explicit(&wait->state, &state, LEATI_CLAIMED | LEATI_DONE,
	                                            memory_order_release, memory_order_relaxed))
		return;
	leati_step(NULL);
	if (!leati_clock_is_fake()) {
		wake_sleeper(wait, parker);
		return;
	}
	leati_clock_hold();
	wake_sleeper(wait, parker);
	leati_clock_woken(parker);
}
