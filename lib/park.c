/* SPDX-License-Identifier: 0BSD
 *
 * park.c - how a registered select sleeps, and how it is woken. Only this file and condition.h know pthread_cond.
 *
 * Each thread has a parker with a condition variable of its own, which never has more than one waiter (with several,
 * glibc before 2.41 can lose a signal, bug 25847).
 *
 * THE RACE between the waker and the owner that leaves: once DONE is added to CLAIMED, the owner may return, and the
 * stack frame with its wait be gone. If the owner is not asleep, the waker adds DONE by a compare-and-exchange and
 * touches nothing afterwards. If the owner is ASLEEP, the exchange fails. Then the waker sets DONE and signals with the
 * parker's mutex held. The owner needs that mutex before it can see DONE, and so leaves only when the waker is through
 * with the wait. The waker reads the parker's address before the exchange; a parker lives as long as its thread.
 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE /* for condition.h */
#include "condition.h"
#include "registry.h"
#include "insight/trace.h"

#include <string.h>
#include <time.h>

#ifndef LEAT_SCHEDULE
static _Thread_local leati_parker own_parker = { .mutex = PTHREAD_MUTEX_INITIALIZER };
#else
/* The threads of a schedule are all one thread of the system. */
static leati_parker parkers[LEATI_THREADS];
#define own_parker (parkers[leati_thread])

void leati_begin_schedule(void)
{
	for (size_t i = 0; i < LEATI_THREADS; i++)
		parkers[i] = (leati_parker){ .mutex = PTHREAD_MUTEX_INITIALIZER, .tid = (long)i + 1 };
	leati_list_schedule(parkers);
	leati_backoff_begin_schedule();
}
#endif

leati_parker *leati_self(void)
{
	return &own_parker;
}

/* A condition variable with a clock of its own cannot be initialised statically. */
static void make_ready(leati_parker *parker)
{
	int error;

	if (parker->ready)
		return;
	if ((error = leati_condition_init(&parker->wake)) != 0)
		leat_panic_(NULL, "no condition variable to sleep on: %s", strerror(error));
	parker->ready = true;
#ifndef LEAT_SCHEDULE
	leati_list_thread(parker);
#endif
}

/* Called by a thread of thread.c before its first job, so that reports know it even if it never sleeps. */
void leati_begin_thread(void)
{
	make_ready(&own_parker);
}

void leati_wait_begin(leat_wait *wait, leat_case *cases, size_t n)
{
	make_ready(&own_parker);
	atomic_init(&wait->state, 0);
	wait->parker = &own_parker;
	wait->chosen = NULL;
	wait->cases = cases;
	wait->n = n;
	wait->idle = false;
}

static bool is_done(const leat_wait *wait)
{
	leati_step(NULL);
	/* Acquire: the owner then sees what the claimer wrote into the case and its value. */
	return atomic_load_explicit(&wait->state, memory_order_acquire) & LEATI_DONE;
}

/* ------------------------------------------------------------------------------------------- asleep -- */

/* The caller holds the mutex. Sleep until DONE or `until`, even if the clock becomes fake meanwhile. The clock began at
 * 0 or later, so a time before 0 has passed. A time beyond a time_t of 32 bits never comes. */
static void sleep_on_real_clock(const leat_wait *wait, leati_parker *parker, leat_time until)
{
	int error = 0;

	if (until < 0)
		until = 0;
	if (sizeof(time_t) < 8 && until / 1000000000 > INT32_MAX)
		until = LEAT_NEVER;
	while (!is_done(wait) && error != ETIMEDOUT)
		error = until == LEAT_NEVER ? pthread_cond_wait(&parker->wake, &parker->mutex) :
		                              leati_condition_wait(&parker->wake, &parker->mutex, until);
}

/* The caller holds the mutex. Sleep until DONE, or until the clock notifies us. The mutex is released around calls of
 * clock.c, because of the lock order. */
static void sleep_on_fake_clock(leat_wait *wait, leati_parker *parker, leat_time until)
{
	leati_sleeper self = { .wait = wait, .parker = parker, .until = until };
	bool asleep;

	parker->notified = false;
	pthread_mutex_unlock(&parker->mutex);
	asleep = leati_clock_asleep(&self);
	pthread_mutex_lock(&parker->mutex);
	while (asleep && !is_done(wait) && !parker->notified)
		pthread_cond_wait(&parker->wake, &parker->mutex);
	pthread_mutex_unlock(&parker->mutex);
	leati_clock_awake(&self);
	pthread_mutex_lock(&parker->mutex);
}

/* The caller holds the clock's lock. */
void leati_clock_notify(leati_sleeper *sleeper)
{
	pthread_mutex_lock(&sleeper->parker->mutex);
	sleeper->parker->notified = true;
	pthread_cond_signal(&sleeper->parker->wake);
	pthread_mutex_unlock(&sleeper->parker->mutex);
}

/* The caller holds the mutex. Sleep until DONE or `until`. An idle thread of thread.c keeps to the real clock. A thread
 * that is asleep already when the clock becomes fake checks the fake clock only at its real deadline. */
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

/* The caller holds the mutex. Tell reports what the thread waits for (registry.h). The coarse clock costs less to read,
 * and is some milliseconds behind at most. */
static void note_sleep(const leat_wait *wait, leati_parker *parker, leat_time until)
{
	struct timespec now;

#ifdef CLOCK_MONOTONIC_COARSE
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#else
	clock_gettime(CLOCK_MONOTONIC, &now);
#endif
	parker->since = (leat_time)now.tv_sec * 1000000000 + now.tv_nsec;
	parker->until = until;
	parker->sleeps++;
	parker->asleep = wait;
}

/* A sleeper whose time has come claims its own wait. If a partner has claimed it first, DONE comes soon. */
static bool sleep_on(leat_wait *wait, leati_parker *parker, leat_time until)
{
	int former = leati_forbid_cancel();

	pthread_mutex_lock(&parker->mutex);
	leati_step(NULL);
	/* Relaxed: what the owner and the waker must see of each other, they see through the mutex, or through DONE. If
	 * DONE was there before, this exchange belongs to its release sequence, so is_done still acquires it. */
	atomic_fetch_or_explicit(&wait->state, LEATI_ASLEEP, memory_order_relaxed);
	note_sleep(wait, parker, until);
	leati_trace_wait(parker);
	sleep_until(wait, parker, until);
	if (!is_done(wait) && !leati_claim(wait))
		sleep_until(wait, parker, LEAT_NEVER);
	parker->asleep = NULL;
	leati_trace_wait_end(parker, wait);
	pthread_mutex_unlock(&parker->mutex);
	leati_allow_cancel(former);
	return is_done(wait);
}

/* Wait until a registered select is decided. False if the time passed first: no partner can claim it any more. */
bool leati_park(leat_wait *wait, leat_time until, leati_backoff *left)
{
	while (!is_done(wait))
		if (!leati_backoff_step(left, 1, 0, until))
			return sleep_on(wait, wait->parker, until);
	return true;
}

/* --------------------------------------------------------------------------------------------- wake -- */

static void wake_sleeper(leat_wait *wait, leati_parker *parker)
{
	leat_time began = leati_trace_waking();

	pthread_mutex_lock(&parker->mutex);
	leati_trace_wake(parker, wait, began);
	leati_step(NULL);
	/* Relaxed: the owner is asleep, and takes the mutex again before it acts on DONE. */
	atomic_store_explicit(&wait->state, LEATI_CLAIMED | LEATI_DONE, memory_order_relaxed);
	leati_step(NULL);
	pthread_cond_signal(&parker->wake);
	pthread_mutex_unlock(&parker->mutex);
}

/* The caller has claimed the wait and completed its case. In the same step the sleeper leaves a fake clock's list. */
void leati_wake(leat_wait *wait)
{
	leati_parker *parker = wait->parker;
	unsigned state = LEATI_CLAIMED;

	if (!parker) {
		leati_follow(wait);
		return;
	}
	leati_step(NULL);
	/* Release: the owner then sees its completed case. After a success *wait may be gone. */
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
