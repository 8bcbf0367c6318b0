/* SPDX-License-Identifier: 0BSD
 *
 * cond.c - the condition variable. A waiting thread has released the lock, and holds it again when the wait returns,
 * whether a signal, a broadcast, done or a deadline ended the wait. A signal wakes the thread that has waited longest,
 * and no other. A broadcast wakes all threads that wait, and none that come later. Neither is remembered. No wake-up is
 * lost, with any kind of lock, whether the waking thread holds the lock or not. A waiting thread uses no processor
 * time.
 */
#include "../test.h"

enum { WAITERS = 6, ROUNDS = 300, THREADS = 3 };

static const leat_rx nil;
static leat_mutex mutex;
static leat_rwmutex rwmutex;
static leat_cond cond;
static int order[WAITERS], in_order;

static void rest(leat_time duration)
{
	check(leat_wait_by(nil, leat_in(duration)) == -1 && errno == ETIMEDOUT);
}

static void begin_anew(void)
{
	mutex = (leat_mutex){ 0 };
	rwmutex = (leat_rwmutex){ 0 };
	cond = (leat_cond){ 0 };
	in_order = 0;
}

/* From here to end_fake, time passes only while all threads sleep. */
static void begin_fake(void)
{
	begin_anew();
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

static void end_fake(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void must_hold_mutex(void)
{
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1);
	errno = 0;
}

/* ------------------------------------------------------------------------------------------------ who is woken */

static void signal_and_unlock(void *of_mutex)
{
	leat_cond_signal(&cond);
	leat_mutex_unlock((leat_mutex *)of_mutex);
}

static void lock_and_signal(void *of_mutex)
{
	leat_mutex_lock(of_mutex);
	leat_cond_signal(&cond);
}

/* The functions of a locker may signal. The thread stands in line already when it unlocks, so it wakes itself. */
static void a_locker_may_signal(void)
{
	leat_locker locker = { lock_and_signal, signal_and_unlock, &mutex };

	begin_anew();
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, locker, nil, LEAT_NEVER) == 1);
	must_hold_mutex();
	check(leat_cond_wait(&cond, locker, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1);
	leat_mutex_unlock(&mutex);
}

/* The n-th waiter comes at the n-th millisecond. */
static void get_in_line(void *arg)
{
	int number = (int)(size_t)arg;

	rest(LEAT_MS(number + 1));
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, LEAT_NEVER) == 1);
	must_hold_mutex();
	order[in_order++] = number;
	leat_mutex_unlock(&mutex);
}

static void begin_line(void)
{
	begin_fake();
	for (size_t i = 0; i < WAITERS; i++)
		check(leat_go(get_in_line, (void *)i) == 1);
	rest(LEAT_MS(WAITERS + 1));
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1); /* the waiters have released it */
	leat_mutex_unlock(&mutex);
}

static void a_signal_wakes_who_waits_longest(void)
{
	begin_line();
	for (int i = 0; i < WAITERS; i++) {
		check(in_order == i);
		leat_cond_signal(&cond);
		rest(1);
		check(in_order == i + 1 && order[i] == i);
	}
	end_fake();
}

static void a_broadcast_wakes_all(void)
{
	begin_line();
	leat_mutex_lock(&mutex);
	leat_cond_broadcast(&cond); /* the waiters return only when the lock is free */
	rest(1);
	check(in_order == 0);
	leat_mutex_unlock(&mutex);
	rest(1);
	check(in_order == WAITERS);
	end_fake();
}

static void nothing_is_remembered(void)
{
	begin_fake();
	leat_cond_signal(&cond);
	leat_cond_broadcast(&cond);
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	leat_mutex_unlock(&mutex);
	end_fake();
}

/* --------------------------------------------------------------------------------------------- how a wait ends */

static void is_over_at_its_time(void)
{
	leat_time then;

	begin_fake();
	then = leat_in(LEAT_S(5));
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, LEAT_NOW) == -1 && errno == EAGAIN);
	must_hold_mutex();
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, then) == -1 && errno == ETIMEDOUT);
	must_hold_mutex();
	check(leat_now() == then);
	leat_mutex_unlock(&mutex);
	end_fake();
}

static void hold_for_a_second(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	rest(LEAT_S(1));
	leat_mutex_unlock(&mutex);
}

static void lock_and_change_errno(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	errno = EDOM;
}

/* The wait takes the lock again even after its deadline, however long that takes. */
static void the_lock_is_held_again_always(void)
{
	leat_locker locker = { lock_and_change_errno, leat_mutex_locker(&mutex).unlock, &mutex };
	leat_time begun;

	begin_fake();
	begun = leat_now();
	leat_mutex_lock(&mutex);
	check(leat_go(hold_for_a_second, NULL) == 1);
	check(leat_cond_wait(&cond, locker, nil, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == begun + LEAT_S(1));
	must_hold_mutex();
	leat_mutex_unlock(&mutex);
	end_fake();
}

static void is_over_with_done(void)
{
	leat_rx done;

	begin_fake();
	done = leat_after(LEAT_S(2));
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), done, LEAT_NEVER) == -1 && errno == ECANCELED);
	must_hold_mutex();
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), done, leat_in(LEAT_S(1))) == -1);
	check(errno == ECANCELED);
	leat_mutex_unlock(&mutex);
	leat_drop(done);
	end_fake();
}

static void give_up(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, leat_in(LEAT_US(1500))) == -1);
	check(errno == ETIMEDOUT);
	leat_mutex_unlock(&mutex);
}

static void a_signal_is_not_for_who_gave_up(void)
{
	begin_fake();
	check(leat_go(give_up, NULL) == 1 && leat_go(get_in_line, (void *)0) == 1);
	rest(LEAT_MS(2));
	leat_cond_signal(&cond);
	rest(1);
	check(in_order == 1);
	end_fake();
}

static void change_nothing(void *self)
{
	(void)self;
}

static void a_locker_has_both(void)
{
	leat_locker without[] = { { 0 }, { .lock = change_nothing }, { .unlock = change_nothing } };

	begin_anew();
	for (int i = 0; i < 3; i++)
		check(leat_cond_wait(&cond, without[i], nil, LEAT_NEVER) == -1 && errno == EINVAL);
}

/* ---------------------------------------------------------------------------------------------- nothing is lost */

static pthread_mutex_t foreign = PTHREAD_MUTEX_INITIALIZER;

static void foreign_lock(void *lock)
{
	check(pthread_mutex_lock(lock) == 0);
}

static void foreign_unlock(void *lock)
{
	check(pthread_mutex_unlock(lock) == 0);
}

static leat_locker kept;
static leat_cond not_full, not_empty;
static int room, taken, all; /* of the queue that the lock protects */
static int with_lock_held;

static void let_go_and_signal(leat_cond *of)
{
	if (with_lock_held)
		leat_cond_signal(of);
	kept.unlock(kept.self);
	if (!with_lock_held)
		leat_cond_signal(of);
}

static void put(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		kept.lock(kept.self);
		while (taken == room)
			check(leat_cond_wait(&not_full, kept, nil, LEAT_NEVER) == 1);
		taken++;
		let_go_and_signal(&not_empty);
	}
}

static void get(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		kept.lock(kept.self);
		while (taken == 0)
			check(leat_cond_wait(&not_empty, kept, nil, LEAT_NEVER) == 1);
		taken--;
		all++;
		let_go_and_signal(&not_full);
	}
}

/* If one wake-up were lost, this would not end. */
static void exchange(leat_locker with, int held)
{
	kept = with;
	with_lock_held = held;
	room = capacity && capacity < ROUNDS ? (int)capacity : 1;
	taken = all = 0;
	for (int i = 0; i < THREADS; i++)
		check(leat_go(put, NULL) == 1 && leat_go(get, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(taken == 0 && all == THREADS * ROUNDS);
}

static void no_wake_up_is_lost_with_any_lock(void)
{
	for (int held = 0; held < 2; held++) {
		begin_anew();
		exchange(leat_mutex_locker(&mutex), held);
		mutex = (leat_mutex)LEAT_MUTEX(LEAT_HANDOFF);
		exchange(leat_mutex_locker(&mutex), held);
		exchange(leat_rwmutex_locker(&rwmutex), held);
		exchange((leat_locker){ foreign_lock, foreign_unlock, &foreign }, held);
	}
}

static atomic_int let_go;

/* An unlock function that releases the lock 10 ms before it returns. */
static void unlock_slowly(void *lock)
{
	foreign_unlock(lock);
	atomic_store(&let_go, 1);
	nap(10);
}

static void signal_when_let_go(void *arg)
{
	(void)arg;
	while (!atomic_load(&let_go))
		sched_yield();
	leat_cond_signal(&cond);
}

static void who_has_let_go_of_the_lock_hears_all_signals(void)
{
	begin_anew();
	atomic_store(&let_go, 0);
	check(leat_go(signal_when_let_go, NULL) == 1);
	foreign_lock(&foreign);
	check(leat_cond_wait(&cond, (leat_locker){ foreign_lock, unlock_slowly, &foreign }, nil, LEAT_NEVER) == 1);
	foreign_unlock(&foreign);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static atomic_int read_it;

static void wait_as_reader(void *is_set)
{
	leat_rwmutex_read_lock(&rwmutex);
	while (!*(const int *)is_set)
		check(leat_cond_wait(&cond, leat_rwmutex_read_locker(&rwmutex), nil, LEAT_NEVER) == 1);
	check(leat_rwmutex_lock_by(&rwmutex, LEAT_NOW) == -1);
	atomic_fetch_add(&read_it, 1);
	leat_rwmutex_read_unlock(&rwmutex);
}

static void readers_wait_for_a_writer(void)
{
	begin_anew();
	for (int i = 0; i < 20; i++) {
		int is_set = 0;

		atomic_store(&read_it, 0);
		for (int k = 0; k < THREADS; k++)
			check(leat_go(wait_as_reader, &is_set) == 1);
		leat_rwmutex_lock(&rwmutex);
		is_set = 1;
		leat_rwmutex_unlock(&rwmutex);
		leat_cond_broadcast(&cond);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(atomic_load(&read_it) == THREADS);
	}
}

static atomic_int rung, through;

static void wait_impatiently(void *arg)
{
	unsigned state = (unsigned)(size_t)arg;

	leat_mutex_lock(&mutex);
	while (!atomic_load(&rung)) {
		leat_time t = leat_in(LEAT_NS(random_below(&state, 30000)));

		if (leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, t) == 1)
			atomic_fetch_add(&through, 1);
	}
	leat_mutex_unlock(&mutex);
}

/* The deadlines pass just when the waiters are woken. */
static void a_time_that_passes_with_the_signal_harms_nobody(void)
{
	begin_anew();
	atomic_store(&rung, 0);
	for (int i = 0; i < THREADS; i++)
		check(leat_go(wait_impatiently, (void *)(size_t)(i + 1)) == 1);
	for (int i = 0; i < 20 * ROUNDS; i++)
		leat_cond_signal(&cond);
	atomic_store(&rung, 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1);
}

/* -------------------------------------------------------------------------------------------------- no processor */

static void wait_for_the_end(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	while (!atomic_load(&rung))
		check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, LEAT_NEVER) == 1);
	leat_mutex_unlock(&mutex);
}

static long processor_time_of(pthread_t thread)
{
	struct timespec time;
	clockid_t clock;

	check(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &time) == 0);
	return (long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* A thread that polled would use most of these 40 ms. A slow machine can only make this check pass. */
static void who_waits_takes_no_processor(void)
{
	background waiter;
	long before;

	begin_anew();
	atomic_store(&rung, 0);
	begin(&waiter, wait_for_the_end, NULL);
	nap(20);
	before = processor_time_of(waiter.thread);
	nap(40);
	check(processor_time_of(waiter.thread) - before < 4000);
	leat_mutex_lock(&mutex);
	atomic_store(&rung, 1);
	leat_mutex_unlock(&mutex);
	leat_cond_broadcast(&cond);
	must_return(&waiter);
}

int main(int argc, char **argv)
{
	return RUN(a_locker_may_signal, a_signal_wakes_who_waits_longest, a_broadcast_wakes_all,
	           nothing_is_remembered, is_over_at_its_time, the_lock_is_held_again_always, is_over_with_done,
	           a_signal_is_not_for_who_gave_up, a_locker_has_both,
	           no_wake_up_is_lost_with_any_lock, who_has_let_go_of_the_lock_hears_all_signals,
	           readers_wait_for_a_writer, a_time_that_passes_with_the_signal_harms_nobody,
	           who_waits_takes_no_processor);
}
