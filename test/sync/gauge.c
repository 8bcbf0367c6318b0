/* SPDX-License-Identifier: 0BSD
 *
 * gauge.c - at most n threads are inside a gauge at once. A further thread is refused, or waits until its deadline or
 * for done. Functions that leat_gauge_process or the stage calls are inside, and outside again however they end. Stages
 * can share a gauge. They call no function outside of it, and hold no place while they wait for their consumer. While
 * they wait for a place, they notice done, and they notice that nobody is left to receive. A gauge that could not be
 * made reports the cause in each call.
 */
#include "../test.h"

#include <sys/wait.h>

enum { PLACES = 3, WORKERS = 4 };

static const leat_rx nil;

static void begin_fake(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

static void end_fake(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void sleep_for(leat_time duration)
{
	leat_rx over = leat_after(duration);

	check(leat_wait(over) == 0);
	leat_drop(over);
}

static int is_full(leat_gauge gauge)
{
	errno = 0;
	if (leat_gauge_enter(gauge, nil, LEAT_NOW) == 1) {
		leat_gauge_leave(gauge);
		return 0;
	}
	check(errno == EAGAIN);
	return 1;
}

/* -------------------------------------------------------------------------------------------- enter, leave -- */

static void as_many_as_there_are_places(void)
{
	leat_gauge gauge = leat_gauge_make(PLACES);

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < PLACES; i++)
			check(leat_gauge_enter(gauge, nil, i ? LEAT_NOW : LEAT_NEVER) == 1);
		check(is_full(gauge));
		leat_gauge_leave(gauge);
		check(!is_full(gauge));
		check(leat_gauge_enter(gauge, nil, leat_in(-LEAT_S(1))) == 1);
		for (int i = 0; i < PLACES; i++)
			leat_gauge_leave(gauge);
	}
	leat_gauge_drop(gauge);
}

typedef struct { background behind; leat_gauge gauge; int result; } entrant;

static void enter_and_leave(void *of_entrant)
{
	entrant *self = of_entrant;

	self->result = leat_gauge_enter(self->gauge, nil, LEAT_NEVER);
	leat_gauge_leave(self->gauge);
}

static void who_waits_comes_in_when_somebody_leaves(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	entrant entrants[2] = { { .gauge = gauge }, { .gauge = gauge } };

	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	for (int i = 0; i < 2; i++)
		begin(&entrants[i].behind, enter_and_leave, &entrants[i]);
	for (int i = 0; i < 2; i++)
		must_block(&entrants[i].behind);
	leat_gauge_leave(gauge);
	for (int i = 0; i < 2; i++) {
		must_return(&entrants[i].behind);
		check(entrants[i].result == 1);
	}
	check(!is_full(gauge));
	leat_gauge_drop(gauge);
}

static void until_a_deadline_or_done(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx done;
	leat_time begun;

	begin_fake();
	begun = leat_now();
	done = leat_after(LEAT_S(3));
	check(leat_gauge_enter(gauge, done, LEAT_NEVER) == 1);
	check(leat_gauge_enter(gauge, done, leat_in(LEAT_S(2))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == begun + LEAT_S(2));
	check(leat_gauge_enter(gauge, done, leat_in(LEAT_S(2))) == -1 && errno == ECANCELED);
	check(leat_now() == begun + LEAT_S(3));
	leat_gauge_leave(gauge);
	check(leat_gauge_enter(gauge, done, LEAT_NOW) == -1 && errno == ECANCELED);
	check(!is_full(gauge));
	leat_drop(done);
	end_fake();
	leat_gauge_drop(gauge);
}

/* A gauge of {0}, and a gauge with 0 places, let nobody in. */
static void no_place_at_all(void)
{
	leat_gauge none[] = { { { { NULL }, { NULL } } }, leat_gauge_make(0) };

	for (int i = 0; i < 2; i++) {
		check(is_full(none[i]));
		check(leat_gauge_enter(none[i], nil, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
		leat_gauge_drop(none[i]);
	}
}

static void never_called(void *arg)
{
	(void)arg;
	check(0); /* must not be called */
}

static int never_mapped(void *arg, const void *in, void *out)
{
	(void)in;
	(void)out;
	never_called(arg);
	return 0;
}

static void must_have_ended(leat_rx out, int cause)
{
	check(leat_drain(out) == cause);
}

static void a_gauge_that_failed(void)
{
	leat_gauge gauge = leat_gauge_make(SIZE_MAX);

	errno = 0;
	check(leat_gauge_enter(gauge, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	errno = 0;
	check(leat_gauge_process(gauge, never_called, NULL) == -1 && errno == EINVAL);
	must_have_ended(leat_gauge_map(nil, numbers(0, 5), gauge, 1, int, never_mapped, NULL), EINVAL);
	leat_gauge_drop(gauge);
}

static void exit_if_it_says_so(const char *message)
{
	_exit(strstr(message, "gauge") ? 42 : 1);
}

static void to_leave_from_outside_is_a_panic(void)
{
	leat_gauge gauge = leat_gauge_make(2);
	int status = 0;
	pid_t child;

	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	fflush(NULL);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		leat_on_panic(exit_if_it_says_so);
		leat_gauge_leave(gauge);
		leat_gauge_leave(gauge);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	leat_gauge_leave(gauge);
	leat_gauge_drop(gauge);
}

static void enter_nowhere(void *of_gauge)
{
	check(leat_gauge_enter(*(leat_gauge *)of_gauge, nil, leat_in(LEAT_MS(200))) == -1 && errno == ETIMEDOUT);
}

/* Under the thread sanitizer, the child of a program with several threads cannot start threads. */
enum { MAY_START = !UNDER_TSAN };

/* A thread waits for a gauge without places. Another one that leaves does not let it in. */
static void nobody_leaves_a_gauge_without_places(void)
{
	leat_gauge gauge = leat_gauge_make(0);
	background waiter;
	int status = 0;
	pid_t child;

	if (!MAY_START) {
		leat_gauge_drop(gauge);
		return;
	}
	fflush(NULL);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		leat_on_panic(exit_if_it_says_so);
		begin(&waiter, enter_nowhere, &gauge);
		must_block(&waiter);
		leat_gauge_leave(gauge);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	leat_gauge_drop(gauge);
}

/* ------------------------------------------------------------------------------------------------- process -- */

typedef struct { leat_gauge gauge; atomic_int ran, refused; } pressure;

static void take_a_while(void *of_pressure)
{
	atomic_fetch_add(&((pressure *)of_pressure)->ran, 1);
	sleep_for(LEAT_S(1));
}

static void come(void *of_pressure)
{
	pressure *self = of_pressure;

	if (leat_gauge_process(self->gauge, take_a_while, self) == 1)
		return;
	check(errno == EAGAIN);
	atomic_fetch_add(&self->refused, 1);
}

/* The clock jumps only when each thread is inside or has been refused. */
static void who_comes_beyond_the_pressure_is_refused(void)
{
	pressure pressure_on = { .gauge = leat_gauge_make(10) };

	begin_fake();
	for (int i = 0; i < 20; i++)
		check(leat_go(come, &pressure_on) == 1);
	end_fake();
	check(atomic_load(&pressure_on.ran) == 10 && atomic_load(&pressure_on.refused) == 10);
	check(!is_full(pressure_on.gauge));
	leat_gauge_drop(pressure_on.gauge);
}

static void must_be_inside(void *gauge)
{
	check(is_full(*(leat_gauge *)gauge));
}

static void leave_by_exit(void *gauge)
{
	must_be_inside(gauge);
	pthread_exit(NULL);
}

static void process_and_leave(void *gauge)
{
	(void)leat_gauge_process(*(leat_gauge *)gauge, leave_by_exit, gauge);
	never_called(NULL);
}

static void what_was_called_is_out_again(void)
{
	leat_gauge gauge = leat_gauge_make(1);

	check(leat_gauge_process(gauge, must_be_inside, &gauge) == 1);
	check(!is_full(gauge));
	check(leat_go(process_and_leave, &gauge) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(!is_full(gauge));
	errno = 0;
	check(leat_gauge_process(gauge, NULL, NULL) == -1 && errno == EINVAL);
	check(!is_full(gauge));
	leat_gauge_drop(gauge);
}

/* ---------------------------------------------------------------------------------------------- the stage -- */

/* How many functions are inside now, and the highest number so far. */
typedef struct { atomic_int inside, most; } meter;

static void count_in(meter *meter_of)
{
	int inside = atomic_fetch_add(&meter_of->inside, 1) + 1, most = atomic_load(&meter_of->most);

	while (most < inside && !atomic_compare_exchange_weak(&meter_of->most, &most, inside))
		;
}

static int pass_metered(void *of_meter, const void *in, void *out)
{
	count_in((meter *)of_meter);
	sleep_for(LEAT_MS(1));
	atomic_fetch_sub(&((meter *)of_meter)->inside, 1);
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int sum_up(void *sum, const void *in)
{
	*(int *)sum += *((const owned *)in)->number;
	return 1;
}

static leat_rx metered(leat_rx in, leat_gauge gauge, meter *of_stage)
{
	return leat_gauge_map_of(nil, in, gauge, WORKERS, &owned_type, pass_metered, of_stage);
}

/* The clock jumps only when as many functions are inside as there are places. */
static void stages_share_it(void)
{
	leat_gauge gauge = leat_gauge_make(PLACES);
	meter both = { 0 };
	leat_rx out;
	int sum = 0;

	begin_fake();
	out = metered(metered(owned_numbers(0, 50), gauge, &both), gauge, &both);
	leat_gauge_drop(gauge);
	check(leat_each(nil, out, 1, sum_up, &sum) == 0);
	end_fake();
	check(sum == 49 * 50 / 2);
	check(atomic_load(&both.most) == PLACES);
}

/* Halve even numbers, skip odd numbers, fail at 10. */
static int halve(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;

	(void)arg;
	*(int *)out = n / 2;
	return n == 10 ? -EIO : n % 2 == 0;
}

static void what_the_function_says(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx out;

	must_yield(leat_gauge_map(nil, numbers(-20, 30), gauge, 1, int, halve, NULL), -10, 1, 5);
	out = leat_gauge_map(nil, numbers(0, 30), gauge, 1, int, halve, NULL);
	receive_ints(out, 0, 5);
	must_have_ended(out, EIO);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(!is_full(gauge));
	leat_gauge_drop(gauge);
}

static int leave_at_three(void *gauge, const void *in, void *out)
{
	check(is_full(*(leat_gauge *)gauge));
	*(int *)out = *(const int *)in;
	if (*(const int *)in == 3)
		pthread_exit(NULL);
	return 1;
}

static void a_worker_that_leaves_gives_its_place_back(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx out = leat_gauge_map(nil, numbers(0, 10), gauge, 1, int, leave_at_three, &gauge);

	receive_ints(out, 0, 3);
	must_have_ended(out, EOWNERDEAD);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(!is_full(gauge));
	leat_gauge_drop(gauge);
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int source_of_ones(void *arg, void *out)
{
	(void)arg;
	*(owned *)out = own(1);
	return 1;
}

static leat_rx ones(void)
{
	return leat_buffer(leat_repeat_fn_of(nil, &owned_type, source_of_ones, NULL), capacity);
}

/* Nobody receives the outputs of the stage, but others can enter the gauge. */
static void no_place_is_held_for_the_consumer(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx out;

	begin_fake();
	out = leat_gauge_map_of(nil, ones(), gauge, WORKERS, &owned_type, same, NULL);
	sleep_for(LEAT_S(1));
	check(leat_len(out) == capacity);
	check(!is_full(gauge));
	leat_drop(out);
	end_fake();
	leat_gauge_drop(gauge);
}

/* Each worker has a value and waits for a place. */
static void waiting_for_a_place_it_sees_done(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx done, out;
	leat_time begun;

	begin_fake();
	begun = leat_now();
	done = leat_after(LEAT_S(60));
	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	out = leat_gauge_map_of(done, ones(), gauge, WORKERS, &owned_type, never_mapped, NULL);
	must_have_ended(out, ETIMEDOUT);
	check(leat_now() == begun + LEAT_S(60));
	end_fake();
	leat_gauge_leave(gauge);
	leat_drop(done);
	leat_gauge_drop(gauge);
}

static void waiting_for_a_place_it_sees_that_nobody_receives(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx out;

	begin_fake();
	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	out = leat_gauge_map_of(nil, ones(), gauge, WORKERS, &owned_type, never_mapped, NULL);
	sleep_for(LEAT_S(1));
	leat_drop(out);
	end_fake();
	leat_gauge_leave(gauge);
	leat_gauge_drop(gauge);
}

/* done may even carry owned values. The stage leaves them there; the last drop of done releases them. */
static void done_may_carry_values(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_chan done = leat_make_of(&owned_type, 1);
	owned value = own(7);
	leat_rx out;

	begin_fake();
	check(leat_gauge_enter(gauge, nil, LEAT_NOW) == 1);
	out = leat_gauge_map_of(done.rx, ones(), gauge, 1, &owned_type, never_mapped, NULL);
	sleep_for(LEAT_S(1));
	check(leat_send(done.tx, &value) == 1);
	must_have_ended(out, ECANCELED);
	end_fake();
	leat_gauge_leave(gauge);
	leat_drop(done);
	leat_gauge_drop(gauge);
}

static void bad_arguments(void)
{
	leat_gauge gauge = leat_gauge_make(1);

	must_have_ended(leat_gauge_map(nil, ones(), gauge, 0, int, never_mapped, NULL), EINVAL);
	must_have_ended(leat_gauge_map(nil, ones(), gauge, 1, int, NULL, NULL), EINVAL);
	must_have_ended(leat_gauge_map_of(nil, ones(), gauge, 1, NULL, never_mapped, NULL), EINVAL);
	must_have_ended(leat_gauge_map(nil, nil, gauge, 1, int, never_mapped, NULL), EINVAL);
	must_have_ended(leat_gauge_map(nil, leat_ended(EPROTO), gauge, 1, int, never_mapped, NULL), EPROTO);
	check(!is_full(gauge));
	leat_gauge_drop(gauge);
}

int main(int argc, char **argv)
{
	return RUN(as_many_as_there_are_places, who_waits_comes_in_when_somebody_leaves, until_a_deadline_or_done,
	           no_place_at_all, a_gauge_that_failed, to_leave_from_outside_is_a_panic,
	           nobody_leaves_a_gauge_without_places,
	           who_comes_beyond_the_pressure_is_refused, what_was_called_is_out_again, stages_share_it,
	           what_the_function_says, a_worker_that_leaves_gives_its_place_back, no_place_is_held_for_the_consumer,
	           waiting_for_a_place_it_sees_done, waiting_for_a_place_it_sees_that_nobody_receives,
	           done_may_carry_values, bad_arguments);
}
