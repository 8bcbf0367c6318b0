/* SPDX-License-Identifier: 0BSD
 *
 * faults_sync.c - allocations and thread starts fail in wait groups and gauges. A function that could not be started is
 * not waited for. An object that could not be made reports why. Nothing is left behind. Onces and semaphores need
 * neither memory nor threads.
 */
#include "faults.h"

enum { WORKERS = 3 };

static const leat_rx nil;

static void count(void *number)
{
	atomic_fetch_add((atomic_int *)number, 1);
}

/* ---------------------------------------------------------------------------------------------- wait groups -- */

static int run_group(void)
{
	leat_waitgroup group = { 0 };
	atomic_int number = 0;
	int started = 0, cause = 0;

	for (int i = 0; i < WORKERS; i++) {
		errno = 0;
		if (leat_waitgroup_go(&group, count, &number) == 1)
			started++;
		else
			cause = errno;
	}
	check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	check(atomic_load(&number) == started && started == (cause ? WORKERS - 1 : WORKERS));
	atomic_store(&allocations.left, -1); /* leat_wait_all itself must not fail */
	return cause;
}

static void wait_for_group(void *group)
{
	check(leat_waitgroup_wait(group, LEAT_NEVER) == 1);
}

static void a_start_that_fails_is_not_counted(void)
{
	leat_waitgroup group = { 0 };
	background waiter;

	leat_waitgroup_add(&group, 1);
	begin(&waiter, wait_for_group, &group);
	must_block(&waiter);
	leat_trim();
	atomic_store(&starts.left, 0);
	errno = 0;
	check(leat_waitgroup_go(&group, count, NULL) == -1 && errno == EAGAIN);
	must_block(&waiter);
	leat_waitgroup_done(&group);
	must_return(&waiter);
}

static void groups(void)
{
	check(fail_each(&starts, EAGAIN, run_group) >= 1);
	check(fail_each(&allocations, ENOMEM, run_group) >= WORKERS);
}

/* -------------------------------------------------------------------------------------------------- gauges -- */

static int run_gauge(void)
{
	leat_gauge gauge = leat_gauge_make(2);
	atomic_int number = 0;
	int cause = 0;

	errno = 0;
	if (leat_gauge_enter(gauge, nil, LEAT_NEVER) < 0)
		cause = errno;
	else
		leat_gauge_leave(gauge);
	check(leat_gauge_process(gauge, count, &number) == (cause ? -1 : 1));
	check(cause ? errno == cause : atomic_load(&number) == 1);
	leat_gauge_drop(gauge);
	return cause;
}

static int run_stage_with(leat_rx done, size_t workers)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx mapped = leat_gauge_map_of(done, ones(nil), gauge, workers, &owned_type, same, NULL);
	int cause = consume(nil, mapped);

	leat_gauge_drop(gauge);
	return cause;
}

static int run_stage(void)
{
	return run_stage_with(nil, WORKERS);
}

/* A value that is too large for the stack is discarded through allocated memory, also by a thread that waits for a
 * place. */
static void large_release(void *value)
{
	(void)value;
}

static int run_stage_with_large_done(void)
{
	leat_type large = { "large", 5000, NULL, large_release };
	leat_chan done = leat_make_of(&large, 0);
	int cause = run_stage_with(done.rx, 1); /* one worker: no other one could go on in its place */

	leat_drop(done);
	return cause;
}

static void gauges(void)
{
	check(fail_each(&allocations, ENOMEM, run_gauge) == 1);
	check(fail_each(&starts, EAGAIN, run_stage) >= WORKERS);
	check(fail_each(&allocations, ENOMEM, run_stage) >= 2 * WORKERS);
	check(fail_each(&allocations, ENOMEM, run_stage_with_large_done) >= 2 * WORKERS);
}

/* ------------------------------------------------------------------------------------------- single flights -- */

static int seven(void *arg, void *out)
{
	(void)arg;
	*(int *)out = 7;
	return 0;
}

static int run_flight(void)
{
	static const leat_type type = { "int", sizeof(int), NULL, NULL };
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&type);
	int n = 0, cause = 0;

	errno = 0;
	if (leat_single_flight_do(&single, "key", seven, NULL, &n, nil, LEAT_NEVER) < 0)
		cause = errno;
	check(n == (cause ? 0 : 7));
	return cause;
}

static void flights(void)
{
	check(fail_each(&allocations, ENOMEM, run_flight) == 1);
}

int main(int argc, char **argv)
{
	return RUN(groups, a_start_that_fails_is_not_counted, gauges, flights);
}
