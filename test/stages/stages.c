/* SPDX-License-Identifier: 0BSD
 *
 * stages.c - the stages with one input and one output: take, map, filter, or_done, bridge, drain, or. Also tested: that
 * they compose, that capacities are passed on, fifty stages in a row, and all stages together.
 */
#include "../test.h"

#include <limits.h>

enum { MANY = 200 };

static const leat_rx nil;

/* -------------------------------------------------------------------------------------------- take -- */

static void take_gives_the_first(void)
{
	must_yield(leat_take(nil, numbers(0, MANY), 5), 0, 1, 5);
	must_yield(leat_take(nil, numbers(0, 5), 5), 0, 1, 5);
	must_yield(leat_take(nil, numbers(0, 5), 6), 0, 1, 5);
	must_yield(leat_take(nil, numbers(0, 5), LONG_MAX), 0, 1, 5);
	must_yield_owned(leat_take(nil, owned_numbers(0, MANY), 5), 0, 1, 5);
}

static void take_of_none_is_over_at_once(void)
{
	leat_chan silent = leat_make(int, capacity);

	must_yield(leat_take(nil, silent.rx, 0), 0, 1, 0);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
	must_yield_owned(leat_take(nil, owned_numbers(0, MANY), 0), 0, 1, 0);
}

static void take_of_a_negative_number_is_all(void)
{
	must_yield(leat_take(nil, numbers(0, MANY), -1), 0, 1, MANY);
	must_yield(leat_take(nil, numbers(0, MANY), -7), 0, 1, MANY);
}

static void take_of_the_most_negative_number_is_all(void)
{
	must_yield(leat_take(nil, numbers(0, MANY), LONG_MIN), 0, 1, MANY);
}

/* After the third value, the input is open and silent. */
static void take_does_not_look_for_another(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out = leat_take(nil, chan.rx, 3);

	for (int i = 0, n; i < 3; i++) {
		check(leat_send(chan.tx, &i) == 1);
		check(leat_recv(out, &n) == 1 && n == i);
	}
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
	leat_drop(chan.tx);
	leat_drop(out);
}

static void take_leaves_the_rest_to_others(void)
{
	leat_rx in = numbers(0, MANY);

	must_yield(leat_take(nil, leat_dup(in), 3), 0, 1, 3);
	must_yield(in, 3, 1, MANY);
}

/* --------------------------------------------------------------------------------------- map, filter -- */

struct pair { int number; char sign; };

static int to_pair(void *arg, const void *in, void *out)
{
	struct pair *pair = out;

	pair->number = *(const int *)in + *(int *)arg;
	pair->sign = '+';
	return 1;
}

static void map_changes_the_type(void)
{
	int plus = 100, expected = 100;
	leat_rx out = leat_map(nil, numbers(0, MANY), struct pair, to_pair, &plus);

	check(leat_type_of(out).size == sizeof(struct pair));
	for (struct pair pair; leat_recv(out, &pair) > 0; expected++)
		check(pair.number == expected && pair.sign == '+');
	check(expected == 100 + MANY);
	leat_drop(out);
}

/* Keep every third number. */
static int third(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return *(const int *)in % 3 == 0;
}

static void map_skips_at_zero(void)
{
	must_yield(leat_map(nil, numbers(0, MANY), int, third, NULL), 0, 3, MANY);
}

/* Make an owned value of twice the number. Skip every second one. */
static int twice_owned(void *arg, const void *in, void *out)
{
	int number = *((const owned *)in)->number;

	(void)arg;
	if (number % 2)
		return 0;
	*(owned *)out = own(2 * number);
	return 1;
}

static int from_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *((const owned *)in)->number;
	return 1;
}

static void map_of_what_owns(void)
{
	must_yield_owned(leat_map_of(nil, owned_numbers(0, MANY), &owned_type, twice_owned, NULL), 0, 4, 2 * MANY);
	must_yield(leat_map(nil, owned_numbers(0, MANY), int, from_owned, NULL), 0, 1, MANY);
}

static int one_each(void *arg, const void *in, void *out)
{
	(void)in;
	*(int *)out = *(int *)arg;
	return 1;
}

static void map_of_what_has_no_bytes(void)
{
	int seven = 7, n;
	leat_chan chan = leat_make_of(&place_type, capacity + 3);
	leat_rx out = leat_map(nil, chan.rx, int, one_each, &seven);

	atomic_store(&places, 0);
	for (int i = 0; i < 3; i++)
		check(leat_signal(chan.tx) == 1 && leat_recv(out, &n) == 1 && n == 7);
	leat_drop(chan.tx);
	check(leat_drain(out) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&places) == 3);
}

static int multiple(void *arg, const void *in)
{
	return *(const int *)in % *(int *)arg == 0;
}

static int multiple_owned(void *arg, const void *in)
{
	return *((const owned *)in)->number % *(int *)arg == 0;
}

static void filter_keeps_what_is_wanted(void)
{
	static int one = 1, seven = 7, thousand = 1000;

	must_yield(leat_filter(nil, numbers(0, MANY), multiple, &one), 0, 1, MANY);
	must_yield(leat_filter(nil, numbers(0, MANY), multiple, &seven), 0, 7, MANY);
	must_yield(leat_filter(nil, numbers(0, MANY), multiple, &thousand), 0, 1000, MANY);
	must_yield_owned(leat_filter(nil, owned_numbers(0, MANY), multiple_owned, &seven), 0, 7, MANY);
}

/* ------------------------------------------------------------------------------------ or_done, drain -- */

static void or_done_hands_on(void)
{
	must_yield(leat_or_done(nil, numbers(0, MANY)), 0, 1, MANY);
	must_yield_owned(leat_or_done(nil, owned_numbers(0, MANY)), 0, 1, MANY);
}

static void drain_discards_to_the_end(void)
{
	leat_chan chan = leat_make_of(&leat_string_type, capacity + 1);
	char *text = strdup("text");

	check(leat_drain(numbers(0, MANY)) == 0);
	check(leat_drain(owned_numbers(0, MANY)) == 0);
	check(leat_send(chan.tx, &text) == 1);
	check(leat_close_with(chan.tx, EIO) == 1);
	leat_drop(chan.tx);
	check(leat_drain(chan.rx) == EIO);
}

/* ------------------------------------------------------------------------------------------ bridge -- */

/* The streams 0 to 4, 5 to 9, and so on. After each of these, there is also an empty stream. */
static leat_rx streams(int count)
{
	leat_chan chan = leat_make_of(&leat_rx_type, (size_t)count * 2);

	for (int i = 0; i < count; i++) {
		int from = 5 * i;
		leat_rx five = leat_generator(nil, LEAT_VALUES(int, from, from + 1, from + 2, from + 3, from + 4));
		leat_rx none = leat_ended(0);

		five = leat_buffer(five, capacity);
		check(leat_send(chan.tx, &five) == 1);
		check(leat_send(chan.tx, &none) == 1);
	}
	leat_drop(chan.tx);
	return chan.rx;
}

static void bridge_takes_one_after_the_other(void)
{
	must_yield(leat_bridge(nil, streams(1), int), 0, 1, 5);
	must_yield(leat_bridge(nil, streams(40), int), 0, 1, 200);
	must_yield(leat_bridge(nil, streams(0), int), 0, 1, 0);
}

/* A stream that has this number ten times. */
static int ten_of(void *arg, const void *in, void *out)
{
	int number = *(const int *)in;

	(void)arg;
	*(leat_rx *)out = leat_take(nil, leat_buffer(leat_repeat(nil, LEAT_VALUES(int, number)), capacity), 10);
	return 1;
}

static void bridge_of_streams_made_on_the_way(void)
{
	leat_rx out = leat_bridge(nil, leat_map_of(nil, numbers(0, 20), &leat_rx_type, ten_of, NULL), int);
	int count = 0;

	for (int n; leat_recv(out, &n) > 0; count++)
		check(n == count / 10);
	check(count == 200 && leat_cause(out) == 0);
	leat_drop(out);
}

/* A value goes through before its stream is over, and before the next stream is there. */
static void bridge_of_streams_sent_before_they_are_filled(void)
{
	leat_chan streams = leat_make_of(&leat_rx_type, capacity);
	leat_rx out = leat_bridge(nil, streams.rx, int);

	for (int i = 0, n; i < 10; i++) {
		leat_chan one = leat_make(int, capacity);

		check(leat_send(streams.tx, &one.rx) == 1);
		check(leat_wait_by(out, LEAT_NOW) == -1);
		check(leat_send(one.tx, &i) == 1 && leat_recv(out, &n) == 1 && n == i);
		leat_drop(one.tx);
	}
	leat_drop(streams.tx);
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(out);
}

static int ten_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	*(leat_rx *)out = owned_numbers(0, 10);
	return 1;
}

static void bridge_of_what_owns(void)
{
	leat_rx made = leat_map_of(nil, numbers(0, 5), &leat_rx_type, ten_owned, NULL);
	leat_rx out = leat_bridge_of(nil, made, &owned_type);
	int count = 0;

	for (owned value; leat_recv(out, &value) > 0; count++) {
		check(*value.number == count % 10);
		disown(value);
	}
	check(count == 50 && leat_cause(out) == 0);
	leat_drop(out);
}

/* A stream of numbers, then `last`, then a stream of owned numbers that nobody asks for. */
static leat_rx bridge_with(leat_rx last)
{
	leat_chan chan = leat_make_of(&leat_rx_type, 3);
	leat_rx first = numbers(0, 5), never = owned_numbers(0, 5);

	check(leat_send(chan.tx, &first) == 1 && leat_send(chan.tx, &last) == 1 && leat_send(chan.tx, &never) == 1);
	leat_drop(chan.tx);
	return leat_bridge(nil, chan.rx, int);
}

static void must_yield_five_then(leat_rx in, int cause)
{
	int n, expected = 0;

	for (; leat_recv(in, &n) > 0; expected++)
		check(n == expected);
	check(expected == 5 && leat_cause(in) == cause);
	leat_drop(in);
}

static void bridge_ends_at_a_bad_inner_stream(void)
{
	leat_chan failed = leat_make(int, capacity);

	check(leat_close_with(failed.tx, EIO) == 1);
	leat_drop(failed.tx);
	must_yield_five_then(bridge_with(failed.rx), EIO);
	must_yield_five_then(bridge_with(leat_ended(ENOMEM)), ENOMEM);
	must_yield_five_then(bridge_with(nil), EINVAL);
	must_yield_five_then(bridge_with(leat_generator(nil, LEAT_VALUES(char, 'a'))), EINVAL);
}

/* ---------------------------------------------------------------------------------------------- or -- */

static void or_ends_with_a_member(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make_unit();
	leat_rx out = leat_or(LEAT_RXS(a.rx, b.rx, nil));

	check(leat_type_of(out).size == 0);
	check(leat_wait_by(out, leat_in(LEAT_MS(10))) == -1 && errno == ETIMEDOUT);
	check(leat_close_with(b.tx, EDOM) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
	check(leat_wait_gone(a.tx, LEAT_NEVER) == 1 && leat_wait_gone(b.tx, LEAT_NEVER) == 1);
	leat_drop(a.tx);
	leat_drop(b.tx);
	leat_drop(out);
}

static void or_ends_naturally(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(double, capacity);
	leat_rx out = leat_or(LEAT_RXS(nil, a.rx, nil, b.rx));

	leat_drop(b.tx);
	check(leat_wait(out) == 0 && leat_cause(out) == 0 && !leat_never_started(out));
	leat_drop(a.tx);
	leat_drop(out);
}

/* The members have four types, and one of them owns something. Its value is not taken: it is released if it is queued,
 * and stays the sender's if there is no room. */
static void or_ends_at_a_value(void)
{
	leat_chan silent = leat_make(char, capacity), values = leat_make_of(&owned_type, capacity);
	leat_rx out = leat_or(LEAT_RXS(silent.rx, values.rx, leat_after(LEAT_S(1000)), leat_tick(LEAT_S(1000))));
	owned value = own(1);
	int sent = leat_send(values.tx, &value);

	check(sent == (capacity > 0));
	if (!sent)
		disown(value);
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(silent.tx);
	leat_drop(values.tx);
	leat_drop(out);
}

/* If the channel has room, the value is there before the stage is. */
static void or_of_one_releases_its_value(void)
{
	leat_chan values = leat_make_of(&owned_type, capacity);
	owned value = own(1);
	leat_rx out;

	if (capacity)
		check(leat_send(values.tx, &value) == 1);
	out = leat_or(LEAT_RXS(values.rx));
	if (!capacity) {
		check(leat_send(values.tx, &value) == 0); /* nobody takes it */
		disown(value);
	}
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(values.tx);
	leat_drop(out);
}

static void or_has_no_room(void)
{
	leat_chan silent = leat_make(int, capacity);
	leat_rx out = leat_or(LEAT_RXS(silent.rx));

	check(leat_cap(out) == 0);
	leat_drop(silent.tx);
	leat_drop(out);
}

static void or_with_a_timer_ends_by_it(void)
{
	leat_chan silent = leat_make(int, capacity);
	leat_rx out = leat_or(LEAT_RXS(silent.rx, leat_after(LEAT_MS(2))));

	check(leat_wait(out) == 0 && leat_cause(out) == ETIMEDOUT);
	leat_drop(silent.tx);
	leat_drop(out);
}

static void or_of_what_is_over_already(void)
{
	leat_chan silent = leat_make(int, capacity);
	leat_rx out = leat_or(LEAT_RXS(leat_dup(silent.rx), leat_ended(0)));

	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(out);
	out = leat_or(LEAT_RXS(silent.rx, leat_ended(EDOM)));
	check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
	leat_drop(out);
}

static void or_of_none_never_ends(void)
{
	leat_rx none = leat_or(LEAT_RXS()), nils = leat_or(LEAT_RXS(nil, nil));

	check(leat_wait_by(none, leat_in(LEAT_MS(10))) == -1 && errno == ETIMEDOUT);
	check(leat_wait_by(nils, LEAT_NOW) == -1 && errno == EAGAIN);
	check(!leat_closed(none) && !leat_closed(nils) && leat_cause(none) == 0 && leat_cause(nils) == 0);
	leat_drop(none);
	leat_drop(nils);
}

static void or_of_many(void)
{
	enum { MEMBERS = 1000 };
	static leat_chan chans[MEMBERS];
	leat_rx members[MEMBERS], out;

	for (size_t i = 0; i < MEMBERS; i++) {
		chans[i] = leat_make(int, capacity);
		members[i] = chans[i].rx;
	}
	out = leat_or(members, MEMBERS);
	check(leat_wait_by(out, leat_in(LEAT_MS(5))) == -1);
	check(leat_close_with(chans[MEMBERS - 1].tx, EIO) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == EIO);
	leat_drop(out);
	for (size_t i = 0; i < MEMBERS; i++) {
		check(leat_wait_gone(chans[i].tx, LEAT_NEVER) == 1);
		leat_drop(chans[i].tx);
	}
}

static void or_serves_as_done(void)
{
	leat_chan stop = leat_make_unit();
	leat_rx done = leat_or(LEAT_RXS(stop.rx, leat_after(LEAT_S(1000))));
	leat_rx out = leat_buffer(leat_repeat(done, LEAT_VALUES(int, 1)), capacity);

	check(leat_wait(out) == 1);
	check(leat_close_with(stop.tx, EPERM) == 1);
	check(leat_drain(out) == EPERM);
	leat_drop(stop.tx);
	leat_drop(done);
}

/* --------------------------------------------------------------------------------------- all of them -- */

static void capacity_is_the_input_s(void)
{
	static int one = 1;
	leat_chan streams_of = leat_make_of(&leat_rx_type, capacity + 5);
	leat_rx made[] = {
		leat_take(nil, numbers(0, 5), 1), leat_map(nil, numbers(0, 5), int, third, NULL),
		leat_filter(nil, numbers(0, 5), multiple, &one), leat_or_done(nil, numbers(0, 5)),
		leat_steps(nil, numbers(0, 5), int, LEAT_STEPS({ third, NULL }, { third, NULL })),
		leat_map_n(nil, numbers(0, 5), 2, int, third, NULL),
		leat_map_ordered(nil, numbers(0, 5), 2, int, third, NULL)
	};
	leat_rx bridge = leat_bridge(nil, streams_of.rx, int);

	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		check(leat_cap(made[i]) == capacity);
		leat_drop(made[i]);
	}
	check(leat_cap(bridge) == capacity + 5);
	leat_drop(streams_of.tx);
	leat_drop(bridge);
}

static int plus_one(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

static void fifty_in_a_row(void)
{
	leat_rx out = numbers(0, MANY);

	for (int i = 0; i < 50; i++)
		out = leat_map(nil, out, int, plus_one, NULL);
	must_yield(out, 50, 1, 50 + MANY);
}

static leat_rx plus_one_stage(leat_rx done, leat_rx in, void *arg)
{
	(void)arg;
	return leat_map(done, in, int, plus_one, NULL);
}

/* leat_tee and leat_fan_in make 20 numbers of 10. Then three stages, two workers, and three workers in order add one
 * each. At last the stream is bridged. */
static leat_rx everything(leat_rx done)
{
	static int one = 1;
	leat_chan chan = leat_make_of(&leat_rx_type, 1);
	leat_rx two[2], three[3], all;

	check(leat_tee(done, leat_or_done(done, leat_take(done, numbers(0, MANY), 10)), two, 2) == 1);
	check(leat_fan_out(done, leat_fan_in(done, two, 2), three, 3, plus_one_stage, NULL) == 1);
	all = leat_map_n(done, leat_fan_in(done, three, 3), 2, int, plus_one, NULL);
	all = leat_filter(done, leat_map_ordered(done, all, 3, int, plus_one, NULL), multiple, &one);
	check(leat_send(chan.tx, &all) == 1);
	leat_drop(chan.tx);
	return leat_bridge(done, chan.rx, int);
}

static int add_up(void *arg, const void *in)
{
	atomic_fetch_add((atomic_int *)arg, *(const int *)in);
	return 1;
}

static void everything_together(void)
{
	leat_chan done = leat_make_unit();

	for (int i = 0; i < 10; i++) {
		atomic_int sum = 0;
		leat_rx left = everything(done.rx);

		check(leat_each(done.rx, everything(done.rx), 2, add_up, &sum) == 0);
		check(atomic_load(&sum) == 2 * 45 + 20 * 3);
		check(leat_wait(left) == 1);
		leat_drop(left);
	}
	leat_drop(done.rx);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
}

int main(int argc, char **argv)
{
	return RUN(take_gives_the_first, take_of_none_is_over_at_once, take_of_a_negative_number_is_all,
	           take_does_not_look_for_another, take_leaves_the_rest_to_others, map_changes_the_type,
	           map_skips_at_zero, map_of_what_owns, map_of_what_has_no_bytes, filter_keeps_what_is_wanted,
	           or_done_hands_on, drain_discards_to_the_end, bridge_takes_one_after_the_other,
	           bridge_of_streams_made_on_the_way, bridge_of_streams_sent_before_they_are_filled,
	           bridge_of_what_owns, bridge_ends_at_a_bad_inner_stream, or_ends_with_a_member, or_ends_naturally,
	           or_ends_at_a_value, or_of_one_releases_its_value, or_with_a_timer_ends_by_it,
	           or_of_what_is_over_already, or_of_none_never_ends, or_of_many, or_serves_as_done,
	           capacity_is_the_input_s, fifty_in_a_row, everything_together, or_has_no_room,
	           take_of_the_most_negative_number_is_all);
}
