/* SPDX-License-Identifier: 0BSD
 *
 * backoff.c - what a thread does before it sleeps, for a lock or for a partner.
 *
 * A waiting thread first pauses, for about ten microseconds at most: a partner on another core can answer meanwhile.
 * Then it yields a number of times, so that a partner on the same core can run. Then it sleeps (park.c). Pausing is
 * right when the partner runs on another core, and wrong when the partner waits for this core. A thread can only find
 * out by trying. So each thread remembers what helped lately: its pauses grow while they help, and shrink quickly when
 * they do not. Yields are counted, not timed: in a long chain a yield takes up to 0.1 ms, in which the other threads
 * do useful work. A yield that took longer than LONG is the last one of its wait: so many threads want this core then
 * that one more would only be in their way.
 *
 * Only a partner can show that waiting helped. If the time of a wait comes first, its yields were in vain.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

enum {
	PAUSES = 400,       /* the most in a wait, about 10 us; with fewer, two threads on two cores end up yielding */
	FEW = 80,           /* added to the pauses of a thread when they helped; fewer are not worth it */
	YIELDS = 40,
	LONG = 200000,      /* ns. After a yield that took longer, a wait makes no other */
	FAR = 10000000,     /* ns. After a wait that took longer, the next ones sleep at once. They lose little */
	MISSES = 4,         /* after this number of waits in a row that had to sleep, a wait makes no yields, ... */
	NOVICE = 16,        /* threads that have waited less often learn together */
	RETRY = 63,         /* ... but each 63rd wait tries yields and pauses again. Odd, because a stage receives and
	                       sends by turns */
	PACKED = 64,        /* after this number of waits in a row that ended during the yields, one sleeps at once.
	                       Then the number doubles, ... */
	MOST_PACKED = 4096, /* ... up to this one */
	LOCK_TRIES = 10,    /* tries of a lock, between pauses: its holder must be running. The pauses double, ... */
	LOCK_PAUSES = 32,   /* ... up to this number: each try takes the cache line away from the holder */
	LOCK_YIELDS = 50
};

/* Remembers what has helped this thread lately. */
typedef struct {
	unsigned pauses;      /* that the next wait may make */
	unsigned misses;      /* waits in a row that had no yields left */
	unsigned packed;      /* waits in a row that ended during the yields, ... */
	unsigned most_packed; /* ... and the number after which one sleeps at once */
	unsigned waits;
} experience;

#ifndef LEAT_SCHEDULE
enum { NEAR = 50000 }; /* ns. A thread that sleeps goes on about so much later than its time */

/* A thread that is long idle learns nothing about the waits of its next function. */
static _Thread_local experience in_functions = { .pauses = PAUSES, .most_packed = PACKED };
static _Thread_local experience when_idle = { .pauses = PAUSES, .most_packed = PACKED };
#else
/* The threads of a schedule are all one thread of the system. They sleep at once. */
enum { NEAR = 0 };

static experience of_threads[LEATI_THREADS];
#define in_functions (of_threads[leati_thread])
#define when_idle (of_threads[leati_thread])

void leati_backoff_begin_schedule(void)
{
	for (size_t i = 0; i < LEATI_THREADS; i++)
		of_threads[i] = (experience){ .misses = MISSES, .most_packed = PACKED };
}
#endif

#ifndef LEAT_SCHEDULE
/* Waits in a row of novices that had to sleep. Relaxed: it is a hint. */
static atomic_uint novices_in_vain;

/* In a program of threads that sleep, a new one need not find that out by itself. Now and then, one of them tries. */
static bool follows_others(const experience *lately)
{
	return lately->waits < NOVICE &&
	       atomic_load_explicit(&novices_in_vain, memory_order_relaxed) >= NOVICE &&
	       atomic_fetch_add_explicit(&novices_in_vain, 1, memory_order_relaxed) % RETRY != 0;
}

/* Tell new threads whether yields have helped in a wait that teaches. */
static void tell_novices(bool helped)
{
	if (in_functions.waits >= NOVICE)
		return;
	if (helped)
		atomic_store_explicit(&novices_in_vain, 0, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&novices_in_vain, 1, memory_order_relaxed);
}
#else
static bool follows_others(const experience *lately)
{
	(void)lately;
	return false;
}

static void tell_novices(bool helped)
{
	(void)helped;
}
#endif

static inline void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("pause");
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield");
#else
	atomic_signal_fence(memory_order_seq_cst); /* no better way to be one step slower */
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

/* Sleep a little. The exact time does not matter. */
static void rest(void)
{
	int former = leati_forbid_cancel();

	nanosleep(&(struct timespec){ 0, 50000 }, NULL); /* a signal may cut it short, which does no harm */
	leati_allow_cancel(former);
}

/* A channel's lock is held for a few dozen instructions. If it stays taken, its holder was preempted: yield to it. If
 * that does not help, the holder may have a lower priority than this thread, which yields to no such thread: sleep a
 * little. The caller may have set errno already, so errno is kept. */
void leati_acquire_slowly(leati_lock *lock)
{
	unsigned pauses = atomic_load_explicit(&lock->pauses, memory_order_relaxed);
	int error = errno;

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
			break;
		if (pauses < LOCK_PAUSES)
			pauses = 2 * pauses + 1;
	}
	leati_step_locked();
	errno = error;
}

/* ------------------------------------------------------------------------------------------- a wait -- */

/* Two threads that only yield to each other stay on the core on which they began, for a tenth of a second and more,
 * while another core idles. The kernel looks for an idle core when it wakes a thread: so one of many waits sleeps. */
static bool wants_another_core(experience *lately)
{
	if (lately->packed < lately->most_packed)
		return false;
	lately->packed = 0;
	if (lately->most_packed < MOST_PACKED)
		lately->most_packed *= 2;
	return true;
}

/* A wait that only follows others has tried nothing, and so it teaches nothing. */
static void spend_as_learned(leati_backoff *left, experience *lately)
{
	bool retry = ++lately->waits % RETRY == 0;

	left->teaches = !follows_others(lately);
	if (!left->teaches || wants_another_core(lately))
		return;
	left->pauses = lately->pauses >= FEW ? lately->pauses : retry ? FEW : 0;
	left->yields = lately->misses < MISSES || retry ? YIELDS : 0;
}

/* If the end is near, a thread that slept would be late, so it yields. If only time can end the wait, and the end is
 * not near, the thread sleeps at once. Neither wait shows whether partners come soon, so both teach nothing. */
static void begin_backoff(leati_backoff *left, leat_time until)
{
	bool near = until != LEAT_NEVER && until < leat_in(NEAR);

	left->begun = true;
	if (near)
		left->yields = YIELDS;
	else if (!left->by_time)
		spend_as_learned(left, left->idle ? &when_idle : &in_functions);
}

/* Whether another yield may help. Not if the last one was long, and not if the time has come: then all were in vain. */
static bool may_yield(leati_backoff *left, leat_time until)
{
	leat_time now = leati_real_now();
	bool was_long = left->yielded && now - left->yielded > LONG;

	left->yielded = now;
	if (was_long || (until != LEAT_NEVER && leat_now() >= until))
		left->yields = 0;
	return left->yields > 0;
}

/* Make a few pauses, or else a yield, of which the number `kept` is left for later. Returns false if there is nothing
 * left to spend, or if the time has come. */
bool leati_backoff_step(leati_backoff *left, unsigned pauses, unsigned kept, leat_time until)
{
	if (!left->begun)
		begin_backoff(left, until);
	if (left->pauses) {
		if (pauses > left->pauses)
			pauses = left->pauses;
		left->pauses -= pauses;
		pause_for(pauses);
		return true;
	}
	if (left->yields > kept && may_yield(left, until)) {
		left->yields--;
		sched_yield();
		return true;
	}
	if (left->teaches && !left->idle && !kept)
		tell_novices(false); /* now, not after the sleep: many may come meanwhile */
	return false;
}

/* Whether the thread has slept in this wait, and for long. */
static bool was_far(const leati_backoff *left)
{
	return !left->yields && left->yielded && leati_real_now() - left->yielded > FAR;
}

/* Remember what helped. If pauses are left, they helped. A wait that needed no back-off teaches nothing. */
void leati_backoff_end(const leati_backoff *left)
{
	experience *lately = left->idle ? &when_idle : &in_functions;

	if (!left->teaches)
		return;
	if (!left->pauses)
		lately->pauses /= 2;
	else if (lately->pauses <= PAUSES - FEW)
		lately->pauses += FEW;
	lately->misses = left->yields ? 0 : lately->misses + 1;
	if (was_far(left)) {
		lately->misses = MISSES;
		lately->pauses = 0;
	}
	if (!left->pauses && left->yields) {
		lately->packed++;
	} else if (left->pauses) {
		lately->packed = 0;
		lately->most_packed = PACKED;
	}
	if (!left->idle && left->yields)
		tell_novices(true);
}
