/* SPDX-License-Identifier: 0BSD
 *
 * faults_clock.c - the clock jumps ahead by an hour or a hundred years. It jumps between any two looks of a run at the
 * clock, or while all threads sleep. A thread that waits for a time in between returns at once with ETIMEDOUT. A thread
 * that waits for something else gets it. A tick counts as missed once, not a billion times. A limiter is as if it were
 * unused, and allows no more than a new one. At the end of time, sums stay at the largest value instead of wrapping.
 */
#include "faults.h"

#include <stdint.h>

static const leat_rx nil;

static const long long hour = 3600, century = (long long)100 * 365 * 86400;

static leat_time seconds(long long n)
{
	return LEAT_S((int64_t)n);
}

/* ----------------------------------------------------------------------------------- between two looks at it -- */

static int waits_end(void)
{
	leat_chan chan = leat_make(int, 0);
	leat_mutex mutex = { 0 };
	leat_time t = leat_in(LEAT_MS(1));
	int n = 1;

	check(leat_recv_by(chan.rx, &n, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	t = leat_in(LEAT_MS(1));
	check(leat_send_by(chan.tx, &n, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_mutex_lock(&mutex);
	t = leat_in(LEAT_MS(1));
	check(leat_mutex_lock_by(&mutex, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_mutex_unlock(&mutex);
	leat_sleep(LEAT_MS(1));
	leat_drop(chan);
	return 0;
}

static int what_is_there_is_taken(void)
{
	leat_chan chan = leat_make_of(&owned_type, 1);
	owned value = own(7);

	check(leat_send_by(chan.tx, &value, leat_in(LEAT_MS(1))) == 1);
	check(leat_recv_by(chan.rx, &value, leat_in(LEAT_MS(1))) == 1 && *value.number == 7);
	disown(value);
	leat_drop(chan);
	return 0;
}

static int timers_end(void)
{
	leat_rx after = leat_after(LEAT_MS(1));
	leat_context *context = leat_context_with_timeout(leat_context_background(), LEAT_MS(1));

	check(leat_wait(after) == 0 && leat_cause(after) == ETIMEDOUT);
	check(leat_wait(leat_context_done(context)) == 0 && leat_context_err(context) == ETIMEDOUT);
	leat_context_drop(context);
	leat_drop(after);
	return 0;
}

static int ticks_come(void)
{
	leat_rx ticks = leat_tick(LEAT_US(300));
	leat_time due, last = 0;

	for (int i = 0; i < 4; i++, last = due) {
		check(leat_recv(ticks, &due) == 1);
		check(due > last && due <= leat_now());
	}
	leat_drop(ticks);
	return 0;
}

static int batches_are_whole(void)
{
	leat_rx batches = leat_batch(nil, owned_numbers(0, 5), 2, LEAT_MS(1));

	must_yield_owned(leat_unbatch_of(nil, batches, &owned_type), 0, 1, 5);
	return 0;
}

static int hearts_beat(void)
{
	leat_rx in = owned_numbers(0, 5), pulses;
	leat_rx out = leat_heartbeat_of(nil, in, &owned_type, same, NULL, LEAT_US(300), &pulses);

	must_yield_owned(out, 0, 1, 5);
	check(leat_drain(pulses) == 0);
	return 0;
}

static int limits_hold(void)
{
	leat_token_bucket bucket;

	check(leat_token_bucket_init(&bucket, 1e4, 2) == 1);
	must_yield_owned(leat_limit(nil, owned_numbers(0, 5), &bucket.limiter), 0, 1, 5);
	return 0;
}

/* Set the clock right for the next run. No thread is left that remembers a time of this run. */
static void set_right(void)
{
	must_be_clean();
	leat_trim();
	atomic_store(&looks.left, -1);
	atomic_store(&jump, 0);
	atomic_store(&ahead, 0);
}

/* Let the clock jump after the first look of a run, in the next run after the second, and so on, until no look is
 * left. */
static void jump_each(scenario *run, long long by)
{
	int before = atomic_load(&looks.injected), runs = 0;

	for (long k = 0; atomic_load(&looks.injected) == before + runs; k += 1 + k / 8, runs++) {
		atomic_store(&jump, by);
		atomic_store(&looks.left, k);
		check(run() == 0);
		set_right();
	}
	check(runs > 1);
}

static void between_any_two_looks(void)
{
	static scenario *const scenarios[] = {
		waits_end, what_is_there_is_taken, timers_end, ticks_come, batches_are_whole, hearts_beat, limits_hold,
	};

	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		jump_each(scenarios[i], hour);
		if (sizeof(time_t) > 4)
			jump_each(scenarios[i], century);
	}
}

/* ------------------------------------------------------------------------------------- while everybody sleeps -- */

static struct {
	leat_chan chan;
	leat_mutex mutex;
	leat_cond cond;
	leat_waitgroup group;
	leat_semaphore semaphore;
	leat_context *context;
	leat_time t;
} world;

static void receive_by(void *arg)
{
	int n;

	(void)arg;
	check(leat_recv_by(world.chan.rx, &n, world.t) == -1 && errno == ETIMEDOUT);
}

static void select_by(void *arg)
{
	int n = 1;
	leat_case on[] = { LEAT_WAIT(nil), LEAT_RECV(world.chan.rx, &n), LEAT_GONE(world.chan.tx) };

	(void)arg;
	check(leat_select(on, world.t) == -1 && errno == ETIMEDOUT);
}

static void lock_by(void *arg)
{
	(void)arg;
	check(leat_mutex_lock_by(&world.mutex, world.t) == -1 && errno == ETIMEDOUT);
}

static void wait_cond_by(void *arg)
{
	leat_mutex mutex = { 0 };

	(void)arg;
	leat_mutex_lock(&mutex);
	check(leat_cond_wait(&world.cond, leat_mutex_locker(&mutex), nil, world.t) == -1 && errno == ETIMEDOUT);
	leat_mutex_unlock(&mutex);
}

static void wait_group_by(void *arg)
{
	(void)arg;
	check(leat_waitgroup_wait(&world.group, world.t) == -1 && errno == ETIMEDOUT);
}

static void acquire_by(void *arg)
{
	(void)arg;
	check(leat_semaphore_acquire(&world.semaphore, 1, nil, world.t) == -1 && errno == ETIMEDOUT);
}

static void sleep_long(void *arg)
{
	(void)arg;
	leat_sleep(LEAT_S(1000));
}

static void wait_for_context(void *arg)
{
	(void)arg;
	check(leat_wait(leat_context_done(world.context)) == 0 && leat_context_cause(world.context) == ETIMEDOUT);
}

static void wait_for_time(void *arg)
{
	leat_rx at = leat_at(world.t);

	(void)arg;
	check(leat_wait(at) == 0 && leat_cause(at) == ETIMEDOUT);
	leat_drop(at);
}

static void wait_for_tick(void *arg)
{
	leat_rx ticks = leat_tick(LEAT_S(1000));
	leat_time due;

	(void)arg;
	check(leat_recv(ticks, &due) == 1 && due <= leat_now());
	leat_drop(ticks);
}

static void wait_for_limiter(void *arg)
{
	leat_token_bucket bucket;

	(void)arg;
	check(leat_token_bucket_init(&bucket, 1e-3, 1) == 1 && leat_limiter_allow(&bucket.limiter, 1));
	check(leat_limiter_wait(&bucket.limiter, 1, nil, LEAT_NEVER) == 1);
}

static void wait_for_value(void *arg)
{
	int n;

	(void)arg;
	check(leat_recv(world.chan.rx, &n) == 1 && n == 5);
}

static void begin_world(void)
{
	world.chan = leat_make(int, 0);
	world.t = leat_in(LEAT_S(1000));
	world.mutex = (leat_mutex){ 0 };
	leat_mutex_lock(&world.mutex);
	world.group = (leat_waitgroup){ 0 };
	leat_waitgroup_add(&world.group, 1);
	world.semaphore = (leat_semaphore)LEAT_SEMAPHORE(1);
	check(leat_semaphore_acquire(&world.semaphore, 1, nil, LEAT_NEVER) == 1);
	world.context = leat_context_with_deadline(leat_context_background(), world.t);
}

/* A thread that began to wait after the jump sleeps. Another jump wakes it. */
static void must_wake(background *sleeper)
{
	for (nap(20); !atomic_load(&sleeper->returned); nap(20))
		atomic_fetch_add(&ahead, 1000);
	must_return(sleeper);
}

static void jump_over_sleepers(long long by)
{
	static void (*const fns[])(void *) = {
		receive_by, select_by, lock_by, wait_cond_by, wait_group_by, acquire_by, sleep_long, wait_for_context,
		wait_for_time, wait_for_tick, wait_for_limiter,
	};
	enum { SLEEPERS = sizeof fns / sizeof *fns };
	background sleepers[SLEEPERS], other;

	atomic_store(&jump, by);
	begin_world();
	for (size_t i = 0; i < SLEEPERS; i++)
		begin(&sleepers[i], fns[i], NULL);
	nap(5);
	for (size_t i = 0; i < SLEEPERS; i++)
		check(!atomic_load(&sleepers[i].returned));
	atomic_store(&ahead, by);
	for (size_t i = 0; i < SLEEPERS; i++)
		must_wake(&sleepers[i]);
	begin(&other, wait_for_value, NULL);
	must_block(&other);
	check(leat_send(world.chan.tx, &(int){ 5 }) == 1);
	must_return(&other);
	leat_context_drop(world.context);
	leat_drop(world.chan);
	set_right();
}

static void over_all_sleepers(void)
{
	jump_over_sleepers(hour);
	if (sizeof(time_t) > 4)
		jump_over_sleepers(century);
}

/* ------------------------------------------------------------------------------------------ ticks and limiters -- */

static void jump_now(long long by)
{
	atomic_store(&jump, by);
	atomic_fetch_add(&ahead, by);
}

/* Any number of ticks was missed, and one is kept. The next one is not due before its time. */
static void one_tick_was_missed(void)
{
	for (int of_century = 0; of_century <= (sizeof(time_t) > 4); of_century++) {
		leat_rx ticks = leat_tick(LEAT_S(1000));
		leat_time due;

		jump_now(of_century ? century : hour);
		check(leat_recv_by(ticks, &due, LEAT_NOW) == 1 && due <= leat_now());
		check(leat_recv_by(ticks, &due, LEAT_NOW) == -1 && errno == EAGAIN);
		atomic_fetch_add(&ahead, 1000);
		check(leat_recv_by(ticks, &due, LEAT_NOW) == 1);
		check(due <= leat_now() && due > leat_now() - LEAT_S(1000));
		leat_drop(ticks);
		set_right();
	}
}

/* The limiter allows three events and no more, like a new one. The fourth must come later, or never if there is not
 * enough time left. */
static void must_let_three_through(leat_limiter *limiter)
{
	leat_time when = -1;

	check(leat_limiter_allow(limiter, 2) == 1 && leat_limiter_allow(limiter, 1) == 1);
	check(leat_limiter_allow(limiter, 1) == 0);
	if (leat_limiter_reserve(limiter, 1, &when) == 1) {
		check(when > leat_now());
		leat_limiter_give_back(limiter, 1, when);
	} else {
		check(errno == EINVAL);
	}
}

static void limiters_are_as_new(void)
{
	for (int of_century = 0; of_century <= (sizeof(time_t) > 4); of_century++) {
		leat_token_bucket bucket;
		leat_sliding_log events;
		leat_fixed_window window;
		leat_limiter_set set;
		leat_limiter *members[] = { &bucket.limiter, &events.limiter, &window.limiter };

		check(leat_token_bucket_init(&bucket, 1e-2, 3) == 1);
		check(leat_sliding_log_init(&events, 3, LEAT_S(100)) == 1);
		check(leat_fixed_window_init(&window, 3, LEAT_S(100)) == 1);
		check(leat_limiter_set_init(&set, members, 3) == 1);
		for (int jumps = 0; jumps < 2; jumps++) {
			must_let_three_through(&set.limiter);
			jump_now(of_century ? century : hour);
			for (size_t i = 0; i < 3; i++)
				must_let_three_through(members[i]);
			jump_now(hour);
		}
		leat_limiter_set_end(&set);
		leat_sliding_log_end(&events);
		set_right();
	}
}

static void a_queue_has_run_empty(void)
{
	leat_leaky_bucket bucket;
	leat_time when;

	for (int of_century = 0; of_century <= (sizeof(time_t) > 4); of_century++) {
		check(leat_leaky_bucket_init(&bucket, 1e-2, 3) == 1);
		for (int jumps = 0; jumps < 2; jumps++) {
			check(leat_limiter_allow(&bucket.limiter, 1) == 1);
			for (int i = 1; i <= 3; i++) {
				check(leat_limiter_reserve(&bucket.limiter, 1, &when) == 1);
				check(when > leat_now() + LEAT_S(100 * i - 20) && when <= leat_now() + LEAT_S(100 * i));
			}
			check(leat_limiter_reserve(&bucket.limiter, 1, &when) == -1 && errno == EAGAIN);
			jump_now(of_century ? century : hour);
		}
		leat_limiter_end(&bucket.limiter);
		set_right();
	}
}

/* ------------------------------------------------------------------------------------------- the end of time -- */

/* There are ten seconds left until LEAT_NEVER. */
static void at_the_end_of_time(void)
{
	leat_token_bucket bucket;
	leat_time when, last = LEAT_NEVER / LEAT_S(1);
	leat_rx ticks;

	if (sizeof(time_t) == 4)
		return;
	check(leat_token_bucket_init(&bucket, 1e-3, 3) == 1);
	jump_now(last - 10 - leat_now() / LEAT_S(1));
	check(leat_now() > seconds(last - 20) && leat_now() < LEAT_NEVER);
	check(leat_in(LEAT_S(20)) == LEAT_NEVER && leat_in(LEAT_NEVER) == LEAT_NEVER);
	check(leat_in(LEAT_MS(1)) < LEAT_NEVER && leat_in(LEAT_NOW) < 0);
	check(waits_end() == 0 && timers_end() == 0);
	must_let_three_through(&bucket.limiter);
	ticks = leat_tick(LEAT_S(1000));
	check(leat_recv_by(ticks, &when, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	leat_drop(ticks);
	set_right();
}

int main(int argc, char **argv)
{
	return RUN(between_any_two_looks, over_all_sleepers, one_tick_was_missed, limiters_are_as_new,
	           a_queue_has_run_empty, at_the_end_of_time);
}
