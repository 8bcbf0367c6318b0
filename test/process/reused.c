/* SPDX-License-Identifier: 0BSD
 *
 * reused.c - what a function finds in a thread that has run others before, and when such a thread has ended. A function
 * may change much of its thread. The next function must find it as if it were new. A cancel that was meant for a
 * function does not hit the next one. leat_trim returns when no thread is left.
 */
#define _GNU_SOURCE /* affinity */
#include "../test.h"

#include <locale.h>
#include <sched.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------- what they change -- */

static void change_cancellation(void *arg)
{
	int former;

	(void)arg;
	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former) == 0);
	check(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &former) == 0);
}

static void change_locale(void *arg)
{
	locale_t made = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	check(made);
	uselocale(made); /* still in use when it is freed: the next function must not come across it */
	*(locale_t *)arg = made;
}

static void change_rounding(void *arg)
{
	(void)arg;
#ifdef __SSE2__
	_MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
#endif
}

static void change_denormals(void *arg)
{
	(void)arg;
#if defined(__SSE2__) && defined(__x86_64__)
	_mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

static void change_affinity(void *arg)
{
	(void)arg;
#ifdef __linux__
	cpu_set_t all, one;
	size_t cpu = 0;

	check(sched_getaffinity(0, sizeof all, &all) == 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check(sched_setaffinity(0, sizeof one, &one) == 0);
#endif
}

static void change_policy(void *arg)
{
	(void)arg;
#ifdef __linux__
	struct sched_param none = { 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none); /* an emulator may refuse it */
#endif
}

static void change_nice(void *arg)
{
	(void)arg;
#ifdef __linux__
	check(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) < 19 ? 19 : 18) == 0); /* of this thread only */
#endif
}

static void change_name(void *arg)
{
	(void)arg;
#ifdef __linux__
	check(prctl(PR_SET_NAME, "changed", 0, 0, 0) == 0);
#endif
}

static void change_mask(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	check(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
}

/* ------------------------------------------------------------------------------------------- what they find -- */

typedef struct {
	int cancel_state, cancel_type, rounding, policy, nice;
	unsigned csr;
	locale_t locale;
	char name[16];
	sigset_t mask;
#ifdef __linux__
	cpu_set_t cpus;
#endif
} traits;

/* The caller has zeroed *of_traits, so that memcmp can compare what two functions found. */
static void look(void *of_traits)
{
	traits *found = of_traits;
	volatile double one = 1, tiny = 1e-30;

	check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &found->cancel_state) == 0);
	check(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &found->cancel_type) == 0);
	found->rounding = one + tiny != one;
	found->locale = uselocale((locale_t)0);
	check(pthread_sigmask(SIG_SETMASK, NULL, &found->mask) == 0);
#if defined(__SSE2__) && defined(__x86_64__)
	found->csr = _mm_getcsr() & 0xffc0u;
#endif
#ifdef __linux__
	found->policy = sched_getscheduler(0);
	found->nice = getpriority(PRIO_PROCESS, 0);
	check(prctl(PR_GET_NAME, found->name, 0, 0, 0) == 0);
	check(sched_getaffinity(0, sizeof found->cpus, &found->cpus) == 0);
#endif
}

/* In half of the rounds the thread has time to become idle. */
static void must_not_leave(void (*change)(void *))
{
	for (int i = 0; i < 10; i++) {
		traits new, next;
		locale_t made = (locale_t)0;

		memset(&new, 0, sizeof new);
		memset(&next, 0, sizeof next);
		leat_trim();
		check(leat_go(look, &new) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(leat_go(change, &made) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		nap(i % 2);
		check(leat_go(look, &next) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(memcmp(&new, &next, sizeof new) == 0);
		if (made)
			freelocale(made);
	}
}

static void no_function_leaves_a_trait(void)
{
	must_not_leave(change_cancellation);
	must_not_leave(change_locale);
	must_not_leave(change_rounding);
	must_not_leave(change_denormals);
	must_not_leave(change_affinity);
	must_not_leave(change_policy);
	must_not_leave(change_nice);
	must_not_leave(change_name);
	must_not_leave(change_mask);
}

/* A function that changes its thread, and then starts another. */
typedef struct { void (*change)(void *); traits *found; locale_t made; } changing;

static void change_and_start(void *of_changing)
{
	changing *self = of_changing;

	self->change(&self->made);
	check(leat_go(look, self->found) == 1); /* in a new thread: none is idle */
}

/* A new thread has much of what the thread that starts it has. The next function must not come across that. */
static void no_function_leaves_a_trait_in_threads_that_it_starts(void)
{
	void (*changes[])(void *) = { change_rounding, change_denormals, change_affinity, change_policy, change_nice };

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		traits new, other, next;
		changing self = { changes[i], &other, (locale_t)0 };

		memset(&new, 0, sizeof new);
		memset(&other, 0, sizeof other);
		memset(&next, 0, sizeof next);
		leat_trim();
		check(leat_go(look, &new) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		leat_trim();
		check(leat_go(change_and_start, &self) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(leat_go(look, &next) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(memcmp(&new, &next, sizeof new) == 0);
	}
}

/* ------------------------------------------------------------------------------------------------ late cancels -- */

static void note_thread(void *thread)
{
	*(pthread_t *)thread = pthread_self();
}

/* The cancel is pending when the function returns. */
static void cancel_oneself(void *arg)
{
	(void)arg;
	check(pthread_cancel(pthread_self()) == 0);
}

/* Cancel the thread of a function that has returned. The thread is idle, or its end has not been joined yet. */
static void cancel_idle(void)
{
	pthread_t thread;

	check(leat_go(note_thread, &thread) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	check(pthread_cancel(thread) == 0);
}

static void cancel_pending(void)
{
	check(leat_go(cancel_oneself, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
}

static void pass_cancellation_point(void *reached)
{
	*(int *)reached = 1;
	nap(1);
	pthread_testcancel();
	*(int *)reached = 2;
}

static void pass_and_leave(void *reached)
{
	pass_cancellation_point(reached);
	pthread_exit(NULL);
}

static int pass_in_map(void *reached, const void *in, void *out)
{
	pass_cancellation_point(reached);
	*(int *)out = *(const int *)in;
	return 1;
}

static int leave_in_map(void *reached, const void *in, void *out)
{
	(void)in;
	(void)out;
	pass_and_leave(reached);
	return 1;
}

static void must_run(void (*fn)(void *))
{
	int reached = 0;

	check(leat_go(fn, &reached) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	check(reached == 2);
}

static void must_end_with(int cause, leat_map_fn *fn)
{
	leat_chan in = leat_make(int, 1);
	int reached = 0;
	leat_rx out;

	check(leat_send(in.tx, &(int){ 5 }) == 1);
	leat_drop(in.tx);
	out = leat_map(nil, in.rx, int, fn, &reached);
	check(leat_drain(out) == cause && reached == 2);
}

static void after_a_late_cancel(void (*cancel)(void), int i)
{
	cancel();
	nap(i % 2);
	must_run(pass_cancellation_point);
	cancel();
	must_run(pass_and_leave);
	cancel();
	must_end_with(0, pass_in_map);
	cancel();
	must_end_with(EOWNERDEAD, leave_in_map);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
}

static void a_late_cancel_hits_no_other_function(void)
{
	for (int i = 0; i < 20; i++) {
		after_a_late_cancel(cancel_idle, i);
		after_a_late_cancel(cancel_pending, i);
	}
}

/* pthread_testcancel, because the thread sanitizer fails when a cancel ends a call that it intercepts, such as
 * nanosleep. */
static void cancel_and_test(void *reached)
{
	*(int *)reached = 1;
	check(pthread_cancel(pthread_self()) == 0);
	pthread_testcancel();
	*(int *)reached = 2;
}

/* A cancel in time ends the function, as pthread_exit does. */
static void a_cancel_in_time_ends_the_function(void)
{
	for (int i = 0; i < 10; i++) {
		int reached = 0;

		check(leat_go(cancel_and_test, &reached) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(reached == 1);
	}
}

/* ----------------------------------------------------------------------------------------------- their end -- */

static pthread_key_t key;
static atomic_int in_destructor; /* threads that are inside it */
static atomic_int destroyed;

static void destroy_slowly(void *trims)
{
	atomic_fetch_add(&in_destructor, 1);
	nap(20);
	if (trims == &key)
		leat_trim();
	atomic_fetch_add(&destroyed, 1);
	atomic_fetch_sub(&in_destructor, 1);
}

static void set_key(void *value)
{
	check(pthread_setspecific(key, value) == 0);
}

static void set_key_and_leave(void *value)
{
	set_key(value);
	pthread_exit(NULL);
}

static void change_and_set_key(void *value)
{
	change_nice(NULL);
	set_key(value);
}

static void must_end_in_trim(void (*fn)(void *), void *value, int wait_until_idle_ends)
{
	int before = atomic_load(&destroyed);

	for (int i = 0; i < 3; i++)
		check(leat_go(fn, value) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	while (wait_until_idle_ends && atomic_load(&in_destructor) == 0 && atomic_load(&destroyed) == before)
		nap(1);
	leat_trim();
	check(atomic_load(&in_destructor) == 0 && atomic_load(&destroyed) > before);
}

/* Threads end in four ways: leat_trim ends them, they have been idle for a second, their function left, or it changed
 * what cannot be set again. */
static void no_thread_is_left_after_trim(void)
{
	int value;

	check(pthread_key_create(&key, destroy_slowly) == 0);
	leat_trim();
	must_end_in_trim(set_key, &value, 0);
	must_end_in_trim(set_key, &value, 1);
	must_end_in_trim(set_key_and_leave, &value, 0);
	must_end_in_trim(change_and_set_key, &value, 0);
	check(pthread_key_delete(key) == 0);
}

/* A destructor may trim too. It cannot wait for its own thread, nor for threads that wait for it. */
static void a_destructor_may_trim(void)
{
	check(pthread_key_create(&key, destroy_slowly) == 0);
	for (int i = 0; i < 5; i++) {
		must_end_in_trim(set_key_and_leave, &key, 0);
		must_end_in_trim(set_key, &key, 0);
	}
	check(pthread_key_delete(key) == 0);
}

static void trim(void *arg)
{
	(void)arg;
	leat_trim();
	check(atomic_load(&in_destructor) == 0);
}

/* Each of them waits also for the thread that the other joins. */
static void several_may_trim_at_once(void)
{
	background trims[3];
	int value;

	check(pthread_key_create(&key, destroy_slowly) == 0);
	for (int i = 0; i < 6; i++) {
		int before = atomic_load(&destroyed);

		check(leat_go(i % 2 ? set_key_and_leave : set_key, &value) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		for (int n = 0; n < 3; n++)
			begin(&trims[n], trim, NULL);
		for (int n = 0; n < 3; n++)
			must_return(&trims[n]);
		check(atomic_load(&destroyed) > before);
	}
	check(pthread_key_delete(key) == 0);
}

/* ------------------------------------------------------------------- started while the thread is about to sleep -- */

static void must_block_nothing(void *arg)
{
	sigset_t mask;

	(void)arg;
	check(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && !sigismember(&mask, SIGUSR1));
}

/* A thread blocks signals before it sleeps. Just then it gets the next function, which has them unblocked. */
static void a_thread_that_is_about_to_sleep_unblocks_signals(void)
{
	for (int i = 0; i < 20000; i++) {
		for (int n = 0; n < 3; n++)
			check(leat_go(must_block_nothing, NULL) == 1);
		for (volatile int pause = i % 8000; pause > 0; pause--)
			;
		if (i % 100 == 0)
			check(leat_wait_all(LEAT_NEVER) == 1);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
}

int main(int argc, char **argv)
{
	return RUN(no_function_leaves_a_trait, no_function_leaves_a_trait_in_threads_that_it_starts,
	           a_late_cancel_hits_no_other_function, a_cancel_in_time_ends_the_function,
	           no_thread_is_left_after_trim, a_destructor_may_trim, several_may_trim_at_once,
	           a_thread_that_is_about_to_sleep_unblocks_signals);
}
