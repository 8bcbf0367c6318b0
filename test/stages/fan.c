/* SPDX-License-Identifier: 0BSD
 *
 * fan.c - leat_fan_in and leat_fan_out. Each value arrives once. A natural end needs the ends of all inputs. The first
 * cause ends the stage.
 */
#include "../test.h"

enum { MANY = 300 };

static const leat_rx nil;

static leat_rx ones(void)
{
	return leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
}

static int add_up(void *arg, const void *in)
{
	atomic_fetch_add((atomic_long *)arg, *(const int *)in);
	return 1;
}

/* Receive until the natural end. */
static long sum_of(leat_rx in)
{
	atomic_long sum = 0;

	check(leat_each(nil, in, 1, add_up, &sum) == 0);
	return atomic_load(&sum);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

/* --------------------------------------------------------------------------------------------- fan in -- */

static void fan_in_of_none_is_over(void)
{
	must_be_over(leat_fan_in(nil, LEAT_RXS()), 0);
	must_be_over(leat_fan_in(nil, NULL, 0), 0);
}

static void fan_in_of_one(void)
{
	check(sum_of(leat_fan_in(nil, LEAT_RXS(numbers(1, 100)))) == 5050);
}

/* The values of each member stay in order. */
static void fan_in_gives_all_values_once(void)
{
	leat_rx out = leat_fan_in(nil, LEAT_RXS(numbers(0, MANY), numbers(1000, MANY), numbers(2000, 7)));
	int next[3] = { 0, 1000, 2000 };

	for (int n; leat_recv(out, &n) > 0; next[n / 1000]++)
		check(n == next[n / 1000]);
	check(next[0] == MANY && next[1] == 1000 + MANY && next[2] == 2007);
	must_be_over(out, 0);
}

static void fan_in_of_many(void)
{
	leat_rx members[100];

	for (int i = 0; i < 100; i++)
		members[i] = numbers(i, 2);
	check(sum_of(leat_fan_in(nil, members, 100)) == 2 * 4950 + 100);
}

static void fan_in_of_what_owns(void)
{
	leat_rx a = leat_map_of(nil, numbers(0, MANY), &owned_type, to_owned, NULL);
	leat_rx b = leat_map_of(nil, numbers(0, MANY), &owned_type, to_owned, NULL);
	leat_rx out = leat_fan_in(nil, LEAT_RXS(a, b));
	owned value;

	for (int i = 0; i < MANY; i++) {
		check(leat_recv(out, &value) == 1);
		disown(value);
	}
	leat_drop(out);
}

static void wait_for_the_end(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

static void fan_in_waits_for_all_natural_ends(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);
	leat_rx out = leat_fan_in(nil, LEAT_RXS(a.rx, leat_ended(0), b.rx));
	background reader;
	int n = 5;

	leat_drop(b.tx);
	check(leat_send(a.tx, &n) == 1);
	check(leat_recv(out, &n) == 1 && n == 5);
	begin(&reader, wait_for_the_end, &out);
	must_block(&reader);
	leat_drop(a.tx);
	must_return(&reader);
	must_be_over(out, 0);
}

/* The other members would go on for ever. */
static void the_first_cause_ends_fan_in(void)
{
	leat_chan failing = leat_make(int, capacity), silent = leat_make(int, capacity);
	leat_rx out = leat_fan_in(nil, LEAT_RXS(ones(), failing.rx, silent.rx));

	for (int i = 0; i < 10; i++)
		check(leat_wait(out) == 1);
	check(leat_close_with(failing.tx, EIO) == 1);
	check(leat_drain(out) == EIO);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(failing.tx);
	leat_drop(silent.tx);
}

static void a_member_that_failed_ends_fan_in(void)
{
	leat_chan silent = leat_make(int, capacity);

	must_be_over(leat_fan_in(nil, LEAT_RXS(ones(), leat_ended(0), leat_ended(EDOM), silent.rx)), EDOM);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
	must_be_over(leat_fan_in(nil, LEAT_RXS(leat_ended(0), leat_ended(0))), 0);
}

static void fan_in_has_the_largest_capacity(void)
{
	leat_chan large = leat_make(int, capacity + 3), small = leat_make(int, capacity);
	leat_rx out = leat_fan_in(nil, LEAT_RXS(small.rx, large.rx, leat_ended(0)));

	check(leat_cap(out) == capacity + 3);
	leat_drop(small.tx);
	leat_drop(large.tx);
	must_be_over(out, 0);
}

static void fan_in_of_one_stream_twice(void)
{
	leat_rx in = numbers(1, 100);

	check(sum_of(leat_fan_in(nil, LEAT_RXS(leat_dup(in), in))) == 5050);
}

/* -------------------------------------------------------------------------------------------- fan out -- */

static int times(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in * *(const int *)arg;
	return 1;
}

static leat_rx times_stage(leat_rx done, leat_rx in, void *arg)
{
	return leat_map(done, in, int, times, arg);
}

static void fan_out_shares_the_values(void)
{
	static int ten = 10;

	for (size_t n = 1; n <= 5; n++) {
		leat_rx out[5];

		check(leat_fan_out(nil, numbers(1, 200), out, n, times_stage, &ten) == 1);
		for (size_t i = 0; i < n; i++)
			check(leat_cap(out[i]) == capacity);
		check(sum_of(leat_fan_in(nil, out, n)) == 201000);
	}
}

/* out[1] and out[2] are read after out[0] has ended. The values that their stages hold are still there. */
static void fan_out_with_outputs_read_one_after_the_other(void)
{
	static int one = 1;
	leat_rx out[3];
	long sum = 0;

	check(leat_fan_out(nil, numbers(1, 200), out, 3, times_stage, &one) == 1);
	for (int i = 0; i < 3; i++)
		sum += sum_of(out[i]);
	check(sum == 20100);
}

static leat_rx take_two(leat_rx done, leat_rx in, void *arg)
{
	check(*(const int *)arg == 42);
	return leat_take(done, in, 2);
}

/* Values that the stages leave in the input are not lost, because another handle of the input can receive them. */
static void fan_out_takes_no_more_than_its_stages(void)
{
	static int answer = 42;
	leat_rx in = numbers(1, 200), out[4];
	long sum = 0;

	check(leat_fan_out(nil, leat_dup(in), out, 4, take_two, &answer) == 1);
	for (int i = 0; i < 4; i++)
		sum += sum_of(out[i]);
	check(sum == 36);
	check(sum_of(in) == 20100 - 36);
}

static void fan_out_stops_when_all_outputs_left(void)
{
	static int one = 1;
	leat_chan silent = leat_make(int, capacity);
	leat_rx out[3];

	check(leat_fan_out(nil, ones(), out, 3, times_stage, &one) == 1);
	leat_drop(out[1]);
	for (int i = 0; i < 10; i++)
		check(leat_wait(out[0]) == 1 && leat_wait(out[2]) == 1);
	leat_drop(out[0]);
	leat_drop(out[2]);
	check(leat_fan_out(nil, silent.rx, out, 3, times_stage, &one) == 1);
	leat_drop(out[0]);
	leat_drop(out[1]);
	check(leat_wait_gone(silent.tx, LEAT_NOW) == -1);
	leat_drop(out[2]);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
}

static leat_rx hand_on(leat_rx done, leat_rx in, void *arg)
{
	(void)arg;
	return leat_or_done(done, in);
}

static void fan_out_gives_done_to_its_stages(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out[3];

	check(leat_fan_out(done.rx, ones(), out, 3, hand_on, NULL) == 1);
	check(leat_close_with(done.tx, EPERM) == 1);
	for (int i = 0; i < 3; i++)
		check(leat_drain(out[i]) == EPERM);
	leat_drop(done.rx);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
}

static void fan_out_of_a_stream_with_a_cause(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out[3];

	check(leat_fan_out(nil, chan.rx, out, 3, hand_on, NULL) == 1);
	check(leat_close_with(chan.tx, EIO) == 1);
	for (int i = 0; i < 3; i++)
		must_be_over(out[i], EIO);
	leat_drop(chan.tx);
}

/* The third stage cannot be started, so the first two are stopped. */
static leat_rx third_fails(leat_rx done, leat_rx in, void *arg)
{
	int *left = arg;

	if ((*left)-- > 0)
		return leat_or_done(done, in);
	leat_drop(in);
	return leat_ended(EDOM);
}

static void fan_out_of_a_stage_that_cannot_be_made(void)
{
	leat_chan silent = leat_make(int, capacity);
	leat_rx out[4];
	int left = 2;

	errno = 0;
	check(leat_fan_out(nil, silent.rx, out, 4, third_fails, &left) == -1 && errno == EDOM);
	check(left == -1);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	for (int i = 0; i < 4; i++)
		must_be_over(out[i], EDOM);
	leat_drop(silent.tx);
}

static void fan_out_of_what_is_over(void)
{
	leat_rx out[2];

	errno = 0;
	check(leat_fan_out(nil, leat_ended(EIO), out, 2, hand_on, NULL) == -1 && errno == EIO);
	must_be_over(out[0], EIO);
	must_be_over(out[1], EIO);
	check(leat_fan_out(nil, leat_ended(0), out, 2, hand_on, NULL) == 1);
	must_be_over(out[0], 0);
	must_be_over(out[1], 0);
}

int main(int argc, char **argv)
{
	return RUN(fan_in_of_none_is_over, fan_in_of_one, fan_in_gives_all_values_once, fan_in_of_many,
	           fan_in_of_what_owns, fan_in_waits_for_all_natural_ends, the_first_cause_ends_fan_in,
	           a_member_that_failed_ends_fan_in, fan_in_has_the_largest_capacity, fan_in_of_one_stream_twice,
	           fan_out_shares_the_values, fan_out_with_outputs_read_one_after_the_other,
	           fan_out_takes_no_more_than_its_stages, fan_out_stops_when_all_outputs_left,
	           fan_out_gives_done_to_its_stages, fan_out_of_a_stream_with_a_cause,
	           fan_out_of_a_stage_that_cannot_be_made, fan_out_of_what_is_over);
}
