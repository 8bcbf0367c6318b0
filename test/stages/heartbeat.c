/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat.c - leat_heartbeat does what leat_map does, and pulses. With an interval, it pulses whenever the interval
 * has passed, while it waits for input or for its consumer. After fn has run for several intervals, it pulses once.
 * With interval 0, it pulses when a unit of work begins. Each pulse says how much has been done. A pulse never blocks
 * the stage, and the last one is kept. The pulses end with the stage, and nobody needs to receive them.
 *
 * All tests except the last one run on a fake clock that runs by itself.
 */
#include "../test.h"

static const leat_rx nil;

static void pass_time(leat_time duration)
{
	check(leat_wait_by(nil, leat_in(duration)) == -1 && errno == ETIMEDOUT);
}

static int increment(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

/* Takes as many milliseconds as the value says. */
static int work(void *arg, const void *in, void *out)
{
	pass_time(LEAT_MS(*(const int *)in));
	return increment(arg, in, out);
}

/* The next pulse comes at `t` and says `done`. It may say one less while the last value is about to be handed over. */
static void must_pulse(leat_rx pulses, leat_time t, long done)
{
	long said = -1;

	check(leat_recv(pulses, &said) == 1 && (said == done || said == done - 1));
	check(leat_now() == t);
}

/* Only the last pulse is kept. The stage sleeps by now, or has ended. */
static void last_pulse_must_say(leat_rx pulses, long done)
{
	long said = -1;

	check(leat_recv_by(pulses, &said, LEAT_NOW) == 1 && said == done);
	check(leat_recv_by(pulses, &said, LEAT_NOW) <= 0);
}

static void must_end(leat_rx pulses)
{
	for (long said; leat_recv(pulses, &said) > 0;)
		;
	check(leat_closed(pulses));
	leat_drop(pulses);
}

/* ------------------------------------------------------------------------------------------- by interval -- */

static void pulses_while_there_is_no_input(void)
{
	leat_time begin = leat_now();
	leat_chan in = leat_make(int, capacity);
	leat_rx pulses, out = leat_heartbeat(nil, in.rx, int, increment, NULL, LEAT_S(1), &pulses);

	check(leat_cap(out) == capacity);
	for (int i = 1; i <= 3; i++)
		must_pulse(pulses, begin + LEAT_S(i), 0);
	leat_drop(in.tx);
	must_end(pulses);
	must_yield(out, 0, 1, 0);
}

/* With room for k values, the stage waits while it holds value k + 1. */
static void pulses_while_nobody_receives(void)
{
	leat_time begin = leat_now();
	size_t room = capacity % 10;
	leat_rx in = leat_buffer(leat_generator(nil, LEAT_VALUES(int, 0, 1, 2, 3, 4, 5)), room);
	leat_rx pulses, out = leat_heartbeat(nil, in, int, increment, NULL, LEAT_S(1), &pulses);

	for (int i = 1; i <= 3; i++)
		must_pulse(pulses, begin + LEAT_S(i), (long)room);
	must_yield(out, 1, 1, 7);
	must_end(pulses);
}

static int leave_out(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return 0;
}

/* Each value takes 400 ms, and the next value is always there. A pulse that becomes due during a value comes when that
 * value is done. */
static void pulses_while_there_is_always_work(void)
{
	leat_time begin = leat_now();
	leat_chan done = leat_make_unit();
	leat_rx in = leat_buffer(leat_repeat(done.rx, LEAT_VALUES(int, 400)), capacity), pulses;
	leat_rx out = leat_heartbeat(done.rx, in, int, work, NULL, LEAT_S(1), &pulses);
	leat_rx drained = leat_filter(done.rx, out, leave_out, NULL);

	must_pulse(pulses, begin + LEAT_MS(1200), 3);
	must_pulse(pulses, begin + LEAT_MS(2000), 5);
	must_pulse(pulses, begin + LEAT_MS(3200), 8);
	leat_drop(done);
	must_end(pulses);
	leat_drop(drained);
}

/* No pulse comes while fn runs. Then one pulse comes for all missed ones, and the later ones come at their times. */
static void pulses_that_were_missed_are_one(void)
{
	leat_time begin = leat_now();
	leat_chan in = leat_make(int, capacity);
	leat_rx pulses, out = leat_heartbeat(nil, in.rx, int, work, NULL, LEAT_S(1), &pulses);
	long said;

	must_pulse(pulses, begin + LEAT_S(1), 0);
	check(leat_send(in.tx, &(int){ 3500 }) == 1);
	check(leat_recv_by(pulses, &said, begin + LEAT_MS(4400)) == -1 && errno == ETIMEDOUT);
	must_pulse(pulses, begin + LEAT_MS(4500), 1);
	must_pulse(pulses, begin + LEAT_S(5), 1);
	must_pulse(pulses, begin + LEAT_S(6), 1);
	leat_drop(in.tx);
	must_yield(out, 3501, 1, 3502);
	must_end(pulses);
}

static void the_last_pulse_by_interval_is_kept(void)
{
	leat_chan in = leat_make(int, capacity);
	leat_rx pulses, out = leat_heartbeat(nil, in.rx, int, increment, NULL, LEAT_S(1), &pulses);

	for (int n = 0; n < 3; n++) {
		check(leat_send(in.tx, &n) == 1);
		check(leat_recv(out, &(int){ 0 }) == 1);
		pass_time(LEAT_MS(1300)); /* 1300 ms pass in which nobody receives a pulse */
	}
	last_pulse_must_say(pulses, 3);
	leat_drop(in.tx);
	must_end(pulses);
	must_yield(out, 0, 1, 0);
}

static void never_is_an_interval_too(void)
{
	leat_rx pulses, out = leat_heartbeat(nil, numbers(0, 5), int, increment, NULL, LEAT_NEVER, &pulses);
	long said;

	must_yield(out, 1, 1, 6);
	check(leat_recv(pulses, &said) == 0);
	leat_drop(pulses);
}

/* --------------------------------------------------------------------------------------- by unit of work -- */

static void pulses_when_a_unit_of_work_begins(void)
{
	leat_time begin = leat_now();
	leat_chan in = leat_make(int, capacity);
	leat_rx pulses, out = leat_heartbeat(nil, in.rx, int, work, NULL, 0, &pulses);

	for (int n = 0; n < 4; n++) {
		check(leat_send(in.tx, &(int){ 1000 }) == 1);
		must_pulse(pulses, begin + LEAT_S(n), n);
		check(leat_len(out) == 0);
		check(leat_recv(out, &(int){ 0 }) == 1);
		check(leat_now() == begin + LEAT_S(n + 1));
	}
	leat_drop(in.tx);
	must_end(pulses);
	must_yield(out, 0, 1, 0);
}

static void the_last_pulse_of_a_unit_is_kept(void)
{
	leat_rx pulses, out = leat_heartbeat(nil, numbers(0, 100), int, increment, NULL, 0, &pulses);

	must_yield(out, 1, 1, 101);
	last_pulse_must_say(pulses, 99);
	must_end(pulses);
}

static int odd(void *arg, const void *in, void *out)
{
	return *(const int *)in % 2 ? increment(arg, in, out) : 0;
}

static void what_is_left_out_was_done_too(void)
{
	leat_rx pulses, out = leat_heartbeat(nil, numbers(0, 100), int, odd, NULL, 0, &pulses);

	must_yield(out, 2, 2, 101);
	last_pulse_must_say(pulses, 99);
	must_end(pulses);
}

/* ------------------------------------------------------------------------------------------- how it ends -- */

/* Both modes: interval 0, and one second. */
static const leat_time intervals[] = { 0, 1000000000 };

static void pulses_may_be_dropped(void)
{
	for (int i = 0; i < 2; i++) {
		leat_chan in = leat_make(int, capacity);
		leat_rx pulses, out = leat_heartbeat(nil, in.rx, int, increment, NULL, intervals[i], &pulses);

		leat_drop(pulses);
		for (int n = 0; n < 5; n++) {
			check(leat_send(in.tx, &n) == 1);
			pass_time(LEAT_S(2));
			receive_ints(out, n + 1, 1);
		}
		leat_drop(in.tx);
		must_yield(out, 0, 1, 0);
	}
}

static void ends_by_done(void)
{
	for (int i = 0; i < 2; i++) {
		leat_rx done = leat_after(LEAT_S(3)), pulses;
		leat_chan in = leat_make(int, capacity);
		leat_rx out = leat_heartbeat(done, in.rx, int, increment, NULL, intervals[i], &pulses);

		must_end(pulses);
		check(leat_wait(out) == 0 && leat_cause(out) == ETIMEDOUT);
		check(leat_send(in.tx, &(int){ 1 }) == 0); /* the stage has left its input */
		leat_drop(in.tx);
		leat_drop(out);
		leat_drop(done);
	}
}

/* The stage holds owned values that wait for the consumer. */
static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static void ends_when_the_consumer_leaves(void)
{
	for (int i = 0; i < 2; i++) {
		leat_rx pulses, out = leat_heartbeat_of(nil, owned_numbers(0, 100), &owned_type, same, NULL,
		                                        intervals[i], &pulses);

		pass_time(LEAT_S(5));
		leat_drop(out);
		must_end(pulses);
	}
}

static void hands_over_what_owns_something(void)
{
	for (int i = 0; i < 2; i++) {
		leat_rx pulses, out = leat_heartbeat_of(nil, owned_numbers(0, 100), &owned_type, same, NULL,
		                                        intervals[i], &pulses);

		pass_time(LEAT_S(5));
		must_yield_owned(out, 0, 1, 100);
		must_end(pulses);
	}
}

static int fail(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	return -EDOM;
}

static int leave(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	pthread_exit(NULL);
}

static void ends_with_its_cause(void)
{
	struct { leat_map_fn *fn; int cause; } ends[] = { { fail, EDOM }, { leave, EOWNERDEAD } };

	for (int i = 0; i < 4; i++) {
		leat_rx pulses, out = leat_heartbeat(nil, numbers(0, 10), int, ends[i / 2].fn, NULL, intervals[i % 2],
		                                     &pulses);

		check(leat_wait(out) == 0 && leat_cause(out) == ends[i / 2].cause);
		must_end(pulses);
		leat_drop(out);
	}
}

static void input_that_has_failed(void)
{
	leat_rx pulses, out = leat_heartbeat(nil, leat_ended(EIO), int, increment, NULL, LEAT_S(1), &pulses);

	check(leat_never_started(out) && leat_cause(out) == EIO && leat_never_started(pulses) &&
	      leat_cause(pulses) == EIO);
	leat_drop(out);
	leat_drop(pulses);
}

static void must_be_refused(leat_rx out, leat_rx pulses)
{
	check(leat_never_started(out) && leat_cause(out) == EINVAL && leat_never_started(pulses) &&
	      leat_cause(pulses) == EINVAL);
	leat_drop(out);
	leat_drop(pulses);
}

/* The input is taken over although the call is refused. */
static void bad_arguments(void)
{
	leat_chan in = leat_make(int, capacity);
	leat_rx pulses, out = leat_heartbeat(nil, leat_dup(in.rx), int, NULL, NULL, 0, &pulses);

	must_be_refused(out, pulses);
	out = leat_heartbeat(nil, leat_dup(in.rx), int, increment, NULL, -1, &pulses);
	must_be_refused(out, pulses);
	out = leat_heartbeat_of(nil, leat_dup(in.rx), NULL, increment, NULL, 0, &pulses);
	must_be_refused(out, pulses);
	out = leat_heartbeat(nil, nil, int, increment, NULL, 0, &pulses);
	must_be_refused(out, pulses);
	out = leat_heartbeat(nil, in.rx, int, increment, NULL, 0, NULL);
	must_be_refused(out, leat_ended(EINVAL));
	check(leat_wait_gone(in.tx, LEAT_NOW) == 1);
	leat_drop(in.tx);
}

/* --------------------------------------------------------------------------------------------- in a hurry -- */

/* Pulses, values and ends meet at any moment, in real time. */
static void all_at_once(void)
{
	leat_clock_real();
	for (int i = 0; i < 20; i++) {
		leat_time interval = LEAT_US(30) * (i % 3);
		leat_rx pulses, out = leat_heartbeat(nil, numbers(0, 300), int, increment, NULL, interval, &pulses);
		leat_case on[2];
		int n = 0, value;
		long said, last = 0;

		on[0] = LEAT_RECV(pulses, &said);
		on[1] = LEAT_RECV(out, &value);
		while (on[1].ch) {
			int chosen = leat_select(on, LEAT_NEVER);

			if (!on[chosen].ok)
				on[chosen].ch = NULL;
			else if (chosen == 1)
				check(value == ++n);
			else
				check(said >= last && (last = said) <= 300);
		}
		check(n == 300);
		leat_drop(out);
		must_end(pulses);
	}
}

int main(int argc, char **argv)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	return RUN(pulses_while_there_is_no_input, pulses_while_nobody_receives, pulses_while_there_is_always_work,
	           pulses_that_were_missed_are_one, the_last_pulse_by_interval_is_kept, never_is_an_interval_too,
	           pulses_when_a_unit_of_work_begins, the_last_pulse_of_a_unit_is_kept, what_is_left_out_was_done_too,
	           pulses_may_be_dropped, ends_by_done, ends_when_the_consumer_leaves, hands_over_what_owns_something,
	           ends_with_its_cause, input_that_has_failed, bad_arguments, all_at_once);
}
