/* SPDX-License-Identifier: 0BSD
 *
 * faults_alive.c - allocations and thread starts fail in heartbeats, stewards and replicas. They end with the right
 * values or the right cause, and leave nothing behind. A steward whose ward cannot be started tries again. Of several
 * replicas, those that run go on.
 */
#include "faults.h"

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------------ heartbeat -- */

static int run_heartbeat(void)
{
	leat_rx in = ones(nil), pulses;
	leat_rx out = leat_heartbeat_of(nil, in, &owned_type, same, NULL, 0, &pulses);
	int received = 0, cause;
	long said;

	for (owned value; received < 10 && leat_recv(out, &value) > 0; received++)
		disown(value);
	cause = leat_cause(out);
	check(received == (cause ? 0 : 10));
	leat_drop(out);
	while (leat_recv(pulses, &said) > 0)
		;
	check(leat_cause(pulses) == cause);
	leat_drop(pulses);
	return cause;
}

static void heartbeat(void)
{
	check(run_heartbeat() == 0);
	check(fail_each(&starts, EAGAIN, run_heartbeat) >= 1); /* a thread that has ended by then is reused, so not each
	                                                        * run needs all starts */
	check(fail_each(&allocations, ENOMEM, run_heartbeat) >= 5);
}

/* -------------------------------------------------------------------------------------------------- steward -- */

static void ward_body(leat_stage *stage, void *worked)
{
	if (leat_running(stage))
		atomic_fetch_add((atomic_int *)worked, 1);
}

static leat_rx ward(leat_rx done, leat_time interval, void *worked)
{
	leat_type unit = { "pulse", 0, NULL, NULL };

	(void)interval;
	return leat_stage_start(&(leat_plan){ .name = "ward", .done = done, .type = &unit, .body = ward_body,
	                                      .arg = worked });
}

/* The ward works three times, or twice if there is a fault. It does not work at all if the steward could not be
 * started. */
static int run_steward(void)
{
	atomic_int worked = 0;
	leat_stewardship plan = { .ward = ward, .arg = &worked, .timeout = LEAT_S(1000), .restarts = 2,
	                          .within = LEAT_S(1000), .grace = LEAT_S(1000) };
	leat_rx pulses = leat_steward(nil, 0, &plan);
	int failed = leat_never_started(pulses), cause;

	check(failed || leat_wait(pulses) == 0);
	cause = leat_cause(pulses);
	check(failed || cause == EAGAIN);
	leat_drop(pulses);
	atomic_store(&allocations.left, -1); /* leat_wait_all itself must not fail here */
	check(leat_wait_all(LEAT_NEVER) == 1);
	if (failed)
		return cause;
	check(atomic_load(&worked) == 3 || atomic_load(&worked) == 2);
	return 0;
}

/* The times of 20 restarts need more room than there is at first. Without it the steward says so. */
static int run_restarts(void)
{
	atomic_int worked = 0;
	leat_stewardship plan = { .ward = ward, .arg = &worked, .timeout = LEAT_S(1000), .restarts = 20,
	                          .within = LEAT_S(1000), .grace = LEAT_S(1000) };
	int cause = leat_drain(leat_steward(nil, 0, &plan));

	atomic_store(&allocations.left, -1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(cause != EAGAIN || atomic_load(&worked) >= 20);
	return cause == EAGAIN ? 0 : cause;
}

static void steward(void)
{
	check(run_steward() == 0 && run_restarts() == 0);
	check(fail_each(&allocations, ENOMEM, run_restarts) >= 20);
	check(fail_each(&starts, EAGAIN, run_steward) >= 2);
	check(fail_each(&allocations, ENOMEM, run_steward) >= 5);
}

/* ------------------------------------------------------------------------------------------------ replicate -- */

static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	*(owned *)out = own((int)replica);
	return 1;
}

/* The first replica has no answer, and takes a while. */
static int answer_late(leat_rx done, void *arg, size_t replica, void *out)
{
	if (replica > 0)
		return answer(done, arg, replica, out);
	(void)leat_wait_ready_by(done, leat_in(LEAT_MS(20))); /* -1, or 1 */
	return 0;
}

/* No handle of done may be left. */
static int replicate(size_t n, leat_time hedge, leat_replica_fn *fn)
{
	leat_chan done = leat_make_unit();
	owned out;
	int result = leat_replicate_of(done.rx, n, hedge, &owned_type, fn, NULL, &out);
	int error = result < 0 ? errno : 0;

	check(error || (result > 0 && *out.number == result - 1));
	if (result > 0)
		disown(out);
	leat_drop(done.rx);
	check(leat_never_started(done) || leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	return error;
}

static int run_one_replica(void)
{
	return replicate(1, 0, answer);
}

static int run_one_by_one(void)
{
	return replicate(3, LEAT_NEVER, answer_late);
}

static int run_replicas(void)
{
	return replicate(3, 0, answer_late);
}

static int run_hedged(void)
{
	return replicate(3, LEAT_S(1000), answer);
}

static int run_late(void)
{
	return replicate(3, LEAT_MS(1), answer_late);
}

/* One of several replicas may fail to start: the others still answer. Without a thread for hedges no replica runs. */
static int run_replicas_that_must_answer(void)
{
	check(run_replicas() == 0);
	check(run_one_by_one() == 0);
	return 0;
}

static void replicas(void)
{
	check(fail_each(&starts, EAGAIN, run_one_replica) == 0);
	check(fail_each(&allocations, ENOMEM, run_one_replica) == 3);
	check(fail_each(&starts, EAGAIN, run_replicas_that_must_answer) >= 1);
	check(fail_each(&allocations, ENOMEM, run_replicas) >= 4);
	check(fail_each(&starts, EAGAIN, run_hedged) == 1);
	check(fail_each(&allocations, ENOMEM, run_hedged) >= 4);
	check(fail_each(&starts, EAGAIN, run_late) >= 1);
	check(fail_each(&allocations, ENOMEM, run_late) >= 4);
}

int main(int argc, char **argv)
{
	return RUN(heartbeat, steward, replicas);
}
