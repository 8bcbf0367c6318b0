/* SPDX-License-Identifier: 0BSD
 *
 * faults.c - allocations and thread starts fail. In one run the first allocation fails, in the next run the second, and
 * so on, until none fails. Then the same with thread starts. Each run ends with the right values or with the right
 * cause, and leaves nothing behind.
 */
#include "faults.h"

#include <signal.h>

/* A run starts at least `threads` threads. It allocates twice for each of them: for the stage, and for the list of
 * threads. */
static void inject(scenario *run, int threads)
{
	check(run() == 0);
	must_be_clean();
	check(fail_each(&starts, EAGAIN, run) >= threads);
	check(fail_each(&allocations, ENOMEM, run) >= 2 * threads);
}

/* ------------------------------------------------------------------------------------------ in the pipelines -- */

static const leat_rx nil;

static int keep(void *arg, const void *in)
{
	(void)arg;
	return *((const owned *)in)->number;
}

static leat_rx same_stage(leat_rx done, leat_rx in, void *arg)
{
	return leat_map_of(done, in, &owned_type, same, arg);
}

static leat_rx tee_and_fan_in(leat_rx done, leat_rx in, size_t n)
{
	leat_rx out[3];

	(void)leat_tee(done, in, out, n); /* if it fails, the outputs have the cause */
	return leat_fan_in(done, out, n);
}

static leat_rx fan_out_and_fan_in(leat_rx done, leat_rx in, size_t n)
{
	leat_rx out[3];

	(void)leat_fan_out(done, in, out, n, same_stage, NULL);
	return leat_fan_in(done, out, n);
}

static leat_rx bridge_of_one(leat_rx done, leat_rx in)
{
	leat_chan chan = leat_make_of(&leat_rx_type, 1);

	if (leat_send(chan.tx, &in) <= 0)
		leat_drop(in);
	leat_drop(chan.tx);
	return leat_bridge_of(done, chan.rx, &owned_type);
}

/* ------------------------------------------------------------------------------------------- one by one -- */

static int run_generator(void)
{
	leat_rx out = leat_take(nil, leat_generator(nil, LEAT_VALUES(int, 0, 1, 2, 3, 4)), -1);
	int expected = 0, cause;

	for (int n; leat_recv(out, &n) > 0; expected++)
		check(n == expected);
	cause = leat_cause(out);
	check(expected == (cause ? 0 : 5));
	leat_drop(out);
	return cause;
}

static int run_repeat(void)
{
	leat_rx out = leat_take(nil, leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 0, 1)), capacity), COUNT);
	int count = 0, cause;

	for (int n; leat_recv(out, &n) > 0; count++)
		check(n == count % 2);
	cause = leat_cause(out);
	check(count == (cause ? 0 : COUNT));
	leat_drop(out);
	return cause;
}

static int run_repeat_fn(void)
{
	return consume(nil, ones(nil));
}

static int run_map(void)
{
	return consume(nil, leat_map_of(nil, ones(nil), &owned_type, same, NULL));
}

static int run_steps(void)
{
	leat_step steps[] = { LEAT_FILTER(keep, NULL), { same, NULL }, { same, NULL } };

	return consume(nil, leat_steps_of(nil, ones(nil), &owned_type, steps, 4));
}

static int run_steps_from(void)
{
	leat_step steps[] = { { same, NULL }, { same, NULL } };

	return consume(nil, leat_steps_from_of(nil, &owned_type, make_owned, NULL, steps, 2));
}

static int run_filter(void)
{
	return consume(nil, leat_filter(nil, ones(nil), keep, NULL));
}

static int run_or_done(void)
{
	return consume(nil, leat_or_done(nil, ones(nil)));
}

static int run_tee(void)
{
	return consume(nil, tee_and_fan_in(nil, ones(nil), 3));
}

static int run_bridge(void)
{
	return consume(nil, bridge_of_one(nil, ones(nil)));
}

static int run_fan_in(void)
{
	return consume(nil, leat_fan_in(nil, LEAT_RXS(ones(nil), ones(nil), ones(nil))));
}

static int run_fan_out(void)
{
	return consume(nil, fan_out_and_fan_in(nil, ones(nil), 3));
}

static int run_map_n(void)
{
	return consume(nil, leat_map_n_of(nil, ones(nil), 3, &owned_type, same, NULL));
}

static int run_map_ordered(void)
{
	return consume(nil, leat_map_ordered_of(nil, ones(nil), 3, &owned_type, same, NULL));
}

static void every_constructor(void)
{
	inject(run_generator, 2);
	inject(run_repeat, 2);
	inject(run_repeat_fn, 2);
	inject(run_map, 3);
	inject(run_steps, 3);
	inject(run_steps_from, 2);
	inject(run_filter, 3);
	inject(run_or_done, 3);
	inject(run_tee, 4);
	inject(run_bridge, 3);
	inject(run_fan_in, 5);
	inject(run_fan_out, 6);
	inject(run_map_n, 5);
	inject(run_map_ordered, 5);
}

/* An `or` that could not be made is over at once. The stages that have it as their done notice that. */
static int run_or(void)
{
	leat_chan stop = leat_make_unit();
	leat_rx done = leat_or(LEAT_RXS(stop.rx, nil, leat_after(LEAT_S(1000))));
	int cause = consume(done, ones(done));

	leat_drop(stop.tx);
	leat_drop(done);
	return cause;
}

static int count_owned(void *arg, const void *in)
{
	atomic_fetch_add((atomic_int *)arg, *((const owned *)in)->number);
	return 1;
}

static int run_each(void)
{
	atomic_int sum = 0;
	int cause = leat_each(nil, leat_take(nil, ones(nil), COUNT), 3, count_owned, &sum);

	check(cause ? atomic_load(&sum) <= COUNT : atomic_load(&sum) == COUNT);
	return cause;
}

/* A value that is too large for the stack is discarded through allocated memory. */
struct large { owned owned; char more[5000]; };

static void large_release(void *value)
{
	disown(((struct large *)value)->owned);
}

static const leat_type large_type = { "large", sizeof(struct large), NULL, large_release };

static int make_large(void *arg, void *out)
{
	(void)arg;
	((struct large *)out)->owned = own(1);
	return 1;
}

static int run_drain(void)
{
	return leat_drain(leat_take(nil, leat_repeat_fn_of(nil, &large_type, make_large, NULL), COUNT));
}

static int run_signals(void)
{
	leat_rx out = leat_buffer(leat_signals(nil, LEAT_SIGNALS(SIGUSR1)), capacity);
	int number, cause = leat_cause(out);

	if (!cause) {
		check(kill(getpid(), SIGUSR1) == 0);
		check(leat_recv(out, &number) == 1 && number == SIGUSR1);
	}
	leat_drop(out);
	return cause;
}

static void signal_that_something_ran(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static int run_go(void)
{
	atomic_int ran = 0;
	int result = leat_go(signal_that_something_ran, &ran), cause = result < 0 ? errno : 0;

	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&ran) == (cause ? 0 : 1));
	return cause;
}

static void count_by_copy(void *of_ran)
{
	atomic_int **ran = of_ran;

	atomic_fetch_add(*ran, 1);
}

static int run_go_copy(void)
{
	atomic_int ran = 0, *at = &ran;
	int result = leat_go_copy(count_by_copy, &at), cause = result < 0 ? errno : 0;

	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&ran) == (cause ? 0 : 1));
	return cause;
}

/* The start waits for the thread, which tells by a channel that it has its traits. */
static int run_with_traits(void)
{
	const leat_traits traits = { .nice = 1 };
	int cause;

	(void)leat_start_with(&traits);
	cause = run_go();
	check(leat_start_with(NULL) == &traits);
	return cause;
}

static void what_is_no_stage(void)
{
	inject(run_or, 3);
	inject(run_each, 2);
	inject(run_drain, 2);
	inject(run_signals, 2);
	check(fail_each(&starts, EAGAIN, run_go) == 1);
	check(fail_each(&allocations, ENOMEM, run_go) == 1);
	check(fail_each(&starts, EAGAIN, run_go_copy) == 1);
	check(fail_each(&allocations, ENOMEM, run_go_copy) == 2);
#ifdef __linux__
	check(fail_each(&starts, EAGAIN, run_with_traits) == 1);
	check(fail_each(&allocations, ENOMEM, run_with_traits) == 2);
#endif
}

static int run_channel(void)
{
	leat_chan chan = leat_make(int, capacity);
	int cause = leat_cause(chan), n = 5, queued;

	chan.rx = leat_buffer(chan.rx, capacity + 1);
	queued = leat_send(chan.tx, &n);
	check(queued == (leat_never_started(chan.rx) ? 0 : 1));
	check(cause ? leat_never_started(chan.rx) : 1);
	cause = leat_cause(chan.rx);
	leat_drop(chan);
	return cause;
}

static int run_timers(void)
{
	leat_rx timers[] = { leat_at(LEAT_NEVER), leat_tick(LEAT_S(1000)), leat_after(LEAT_S(1000)),
	                     leat_or(LEAT_RXS()) };
	int cause = 0;

	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
		cause = cause ? cause : leat_cause(timers[i]);
		check(leat_closed(timers[i]) == (leat_cause(timers[i]) != 0));
		leat_drop(timers[i]);
	}
	return cause;
}

static void what_needs_no_thread(void)
{
	check(fail_each(&allocations, ENOMEM, run_channel) == (capacity ? 3 : 2));
	check(fail_each(&allocations, ENOMEM, run_timers) == 4);
}

/* ---------------------------------------------------------------------------------------- one's own stage -- */

/* Each worker has a copy of arg, which owns something. The outputs get copies of the values. */
static int run_own_stage(void)
{
	leat_rx in[] = { ones(nil), ones(nil) }, out[2];
	owned arg = own(1);

	(void)leat_stage_start(&(leat_plan){ .in = in, .ins = 2, .out = out, .outs = 2, .workers = 3,
	                                     .body = leat_pass_on, .arg = &arg, .arg_type = &owned_type });
	disown(arg);
	return consume(nil, leat_fan_in(nil, out, 2));
}

/* The only worker takes arg over, even if it cannot be started. */
static int run_own_stage_that_takes(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_rx in = ones(nil);
	owned arg = own(1);

	return consume(nil, leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = leat_pass_on, .arg = &arg,
	                                                   .arg_type = &uncopied }));
}

static void own_stages(void)
{
	inject(run_own_stage, 7);
	inject(run_own_stage_that_takes, 3);
}

/* -------------------------------------------------------------------------------------- all of them nested -- */

static leat_rx in_a_row(leat_rx done)
{
	leat_rx out = leat_filter(done, leat_or_done(done, leat_take(done, ones(done), -1)), keep, NULL);

	out = tee_and_fan_in(done, leat_map_of(done, out, &owned_type, same, NULL), 2);
	return bridge_of_one(done, fan_out_and_fan_in(done, out, 2));
}

static int run_in_a_row(void)
{
	return consume(nil, in_a_row(nil));
}

static int run_with_workers(void)
{
	leat_rx out = leat_map_n_of(nil, leat_fan_in(nil, LEAT_RXS(ones(nil), ones(nil))), 2, &owned_type, same, NULL);

	return consume(nil, leat_map_ordered_of(nil, out, 2, &owned_type, same, NULL));
}

/* All stages drop the done that they were given, whatever fails. */
static int run_everything(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = leat_map_n_of(done.rx, in_a_row(done.rx), 2, &owned_type, same, NULL);
	int failed = leat_never_started(done), cause;

	cause = consume(done.rx, leat_map_ordered_of(done.rx, out, 2, &owned_type, same, NULL));
	leat_drop(done.rx);
	check(failed || leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	return cause;
}

static void pipelines(void)
{
	inject(run_in_a_row, 12);
	inject(run_with_workers, 8);
	inject(run_everything, 16);
}

/* -------------------------------------------------------------------------------------- what is promised besides -- */

/* The arg of a function that several workers call. The function waits until `leave` is over. */
struct patient { leat_rx leave; atomic_int calls; };

static int wait_to_leave(void *arg, const void *in)
{
	struct patient *patient = arg;

	(void)in;
	atomic_fetch_add(&patient->calls, 1);
	return leat_wait(patient->leave);
}

static int wait_to_leave_and_keep(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in;
	return wait_to_leave(arg, in);
}

static void wait_to_leave_in_a_body(leat_stage *stage, void *arg)
{
	while (leat_next(stage))
		(void)wait_to_leave(arg, NULL);
}

static leat_rx workers_of_map(leat_rx in, struct patient *patient)
{
	return leat_map_n(nil, in, 3, int, wait_to_leave_and_keep, patient);
}

static leat_rx workers_of_map_ordered(leat_rx in, struct patient *patient)
{
	return leat_map_ordered(nil, in, 3, int, wait_to_leave_and_keep, patient);
}

static leat_rx workers_of_gauge_map(leat_rx in, struct patient *patient)
{
	leat_gauge gauge = leat_gauge_make(3);
	leat_rx out = leat_gauge_map(nil, in, gauge, 3, int, wait_to_leave_and_keep, patient);

	leat_gauge_drop(gauge);
	return out;
}

static leat_rx workers_of_each(leat_rx in, struct patient *patient)
{
	return leat_ended(leat_each(nil, in, 3, wait_to_leave, patient));
}

static leat_rx workers_of_a_plan(leat_rx in, struct patient *patient)
{
	return leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .workers = 3, .body = wait_to_leave_in_a_body,
	                                      .arg = patient });
}

/* The worker with this number cannot be started. The other receiver of the channel gets all values. */
static void workers_start_all_or_none(leat_rx (*make)(leat_rx in, struct patient *patient), int number)
{
	leat_chan chan = leat_make(int, COUNT), leave = leat_make_unit();
	struct patient patient = { leave.rx, 0 };
	leat_rx out;

	send_ints(chan.tx, 0, COUNT);
	leat_drop(chan.tx);
	leat_trim();
	atomic_store(&starts.left, number);
	out = make(leat_dup(chan.rx), &patient);
	check(leat_cause(out) == EAGAIN && leat_never_started(out));
	check(atomic_load(&patient.calls) == 0);
	leat_drop(leave.tx);
	receive_ints(chan.rx, 0, COUNT);
	leat_drop(leave.rx);
	leat_drop(chan.rx);
	leat_drop(out);
	must_be_clean();
}

static void workers_that_cannot_all_be_started_run_nothing(void)
{
	for (int number = 0; number < 3; number++) {
		workers_start_all_or_none(workers_of_map, number);
		workers_start_all_or_none(workers_of_map_ordered, number);
		workers_start_all_or_none(workers_of_gauge_map, number);
		workers_start_all_or_none(workers_of_each, number);
		workers_start_all_or_none(workers_of_a_plan, number);
	}
}

/* After a start that failed, the thread still knows that it runs a started function. */
static void fail_from_inside(void *arg)
{
	atomic_store(&starts.left, 0);
	check(leat_go(signal_that_something_ran, arg) == -1 && errno == EAGAIN);
	check(leat_wait_all(LEAT_NOW) == -1 && errno == EDEADLK);
}

static void a_start_that_fails_inside_a_stage(void)
{
	atomic_int ran = 0;

	leat_trim();
	check(leat_go(fail_from_inside, &ran) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&ran) == 0);
}

/* ---------------------------------------------------------------------------------------- a call for later -- */

static void set_flag(void *flag)
{
	atomic_store((atomic_int *)flag, 1);
}

/* The value stays in the channel, so the call needs no memory for it. */
static int call_when_a_large_value_comes(void)
{
	leat_chan when = leat_make_of(&large_type, 1);
	struct large large = { .more = "" };
	atomic_int called = 0;
	int cause = 0;

	if (leat_never_started(when))
		return leat_cause(when);
	if (leat_after_func(when.rx, set_flag, &called, NULL) < 0)
		cause = errno;
	if (!cause) {
		nap(1);
		check(!atomic_load(&called));
		large.owned = own(1);
		check(leat_send(when.tx, &large) == 1);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(when.tx);
	check(atomic_load(&called) == !cause);
	return cause;
}

static void calls_for_later(void)
{
	inject(call_when_a_large_value_comes, 1);
}

int main(int argc, char **argv)
{
	return RUN(calls_for_later, every_constructor, what_is_no_stage, what_needs_no_thread, own_stages, pipelines,
	           workers_that_cannot_all_be_started_run_nothing, a_start_that_fails_inside_a_stage);
}
