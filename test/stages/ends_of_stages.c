/* SPDX-License-Identifier: 0BSD
 *
 * ends_of_stages.c - each stage is ended in each way: by its input; by done, before, during and after its work; and by
 * a consumer that leaves. The stage is awake, asleep on its input, or asleep on its output. Each time, all threads end,
 * and each owned value is received or released once.
 */
#include "../test.h"

static const leat_rx nil;

/* ------------------------------------------------------------------------------------ all the stages -- */

static int same_number(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int keep_all(void *arg, const void *in)
{
	(void)arg;
	return ((const owned *)in)->number != NULL;
}

static int keep_none(void *arg, const void *in)
{
	(void)arg;
	return ((const owned *)in)->number == NULL;
}

static leat_rx a_take(leat_rx done, leat_rx in)
{
	return leat_take(done, in, -1);
}

static leat_rx a_map(leat_rx done, leat_rx in)
{
	return leat_map_of(done, in, &owned_type, same_number, NULL);
}

static leat_rx a_steps(leat_rx done, leat_rx in)
{
	leat_step steps[] = { { same_number, NULL }, { same_number, NULL }, { same_number, NULL } };

	return leat_steps_of(done, in, &owned_type, steps, 3);
}

static leat_rx a_filter(leat_rx done, leat_rx in)
{
	return leat_filter(done, in, keep_all, NULL);
}

static leat_rx a_filter_of_none(leat_rx done, leat_rx in)
{
	return leat_filter(done, in, keep_none, NULL);
}

static leat_rx a_tee(leat_rx done, leat_rx in)
{
	leat_rx out[3];

	check(leat_tee(done, in, out, 3) == 1);
	leat_drop(out[0]);
	leat_drop(out[2]);
	return out[1];
}

static int the_second(void *arg, const void *in)
{
	return keep_all(arg, in);
}

static leat_rx a_partition(leat_rx done, leat_rx in)
{
	leat_rx out[2];

	check(leat_partition(done, in, out, 2, the_second, NULL) == 1);
	leat_drop(out[0]);
	return out[1];
}

/* No value has the key of another one. */
static int another_key(void *arg, const void *in, leat_key *key)
{
	static int number;

	(void)arg;
	(void)in;
	number++;
	*key = (leat_key){ &number, sizeof number };
	return 0;
}

static leat_rx a_distinct(leat_rx done, leat_rx in)
{
	return leat_distinct(done, in, 5, another_key, NULL);
}

static leat_rx a_group_by(leat_rx done, leat_rx in)
{
	return leat_unbatch_of(done, leat_group_by(done, in, 2, 3, another_key, NULL), &owned_type);
}

static leat_rx a_debounce(leat_rx done, leat_rx in)
{
	return leat_debounce(done, in, 0);
}

static leat_rx a_throttle(leat_rx done, leat_rx in)
{
	return leat_throttle(done, in, 0, LEAT_FIRST);
}

static leat_rx a_throttle_to_the_last(leat_rx done, leat_rx in)
{
	return leat_throttle(done, in, 0, LEAT_LAST);
}

static leat_rx a_bridge(leat_rx done, leat_rx in)
{
	leat_chan chan = leat_make_of(&leat_rx_type, 2);

	check(leat_send(chan.tx, &(leat_rx){ leat_ended(0).ch }) == 1 && leat_send(chan.tx, &in) == 1);
	leat_drop(chan.tx);
	return leat_bridge_of(done, chan.rx, &owned_type);
}

/* The other member is silent until the first one has ended. */
static leat_rx a_fan_in(leat_rx done, leat_rx in)
{
	return leat_fan_in(done, LEAT_RXS(leat_dup(in), in));
}

static leat_rx map_stage(leat_rx done, leat_rx in, void *arg)
{
	(void)arg;
	return a_map(done, in);
}

static leat_rx a_fan_out(leat_rx done, leat_rx in)
{
	leat_rx out[3];

	check(leat_fan_out(done, in, out, 3, map_stage, NULL) == 1);
	return leat_fan_in(done, out, 3);
}

static leat_rx a_map_n(leat_rx done, leat_rx in)
{
	return leat_map_n_of(done, in, 3, &owned_type, same_number, NULL);
}

static leat_rx a_map_ordered(leat_rx done, leat_rx in)
{
	return leat_map_ordered_of(done, in, 3, &owned_type, same_number, NULL);
}

static int compare_owned(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *((const owned *)a)->number - *((const owned *)b)->number;
}

/* Another member is over, and one receives the same values. */
static leat_rx a_merge_sorted(leat_rx done, leat_rx in)
{
	return leat_merge_sorted(done, LEAT_RXS(leat_ended(0), leat_dup(in), in), compare_owned, NULL);
}

static int first_of_row(void *arg, const void *const *in, void *out)
{
	check(*(const int *)in[1] == 2);
	return same_number(arg, in[0], out);
}

/* The other member has no end. */
static leat_rx a_zip(leat_rx done, leat_rx in)
{
	return leat_zip_of(done, &owned_type, LEAT_RXS(in, leat_repeat(nil, LEAT_VALUES(int, 2))), first_of_row, NULL);
}

static int send_copy(void *arg, const void *in, leat_stage *stage)
{
	owned out;

	return same_number(arg, in, &out) && leat_emit(stage, &out);
}

static leat_rx a_flat_map(leat_rx done, leat_rx in)
{
	return leat_flat_map_of(done, in, 3, &owned_type, send_copy, NULL);
}

static int send_stream(void *arg, const void *in, leat_stage *stage)
{
	leat_chan chan = leat_make_of(&owned_type, 1);
	owned out;

	(void)same_number(arg, in, &out);
	check(leat_send(chan.tx, &out) == 1);
	leat_drop(chan.tx);
	return leat_emit_all(stage, chan.rx);
}

static leat_rx a_flat_map_of_streams(leat_rx done, leat_rx in)
{
	return leat_flat_map_of(done, in, 1, &owned_type, send_stream, NULL);
}

static int last_number(void *arg, void *result, const void *value)
{
	(void)arg;
	*((owned *)result)->number = *((const owned *)value)->number;
	return 1;
}

static leat_rx a_scan(leat_rx done, leat_rx in)
{
	owned first = own(7);
	leat_rx out = leat_scan_of(done, in, &owned_type, &first, last_number, NULL);

	disown(first);
	return out;
}

static leat_rx a_window(leat_rx done, leat_rx in)
{
	return leat_unbatch_of(done, leat_window(done, in, 3, 3), &owned_type);
}

static leat_rx a_tee_and_fan_in(leat_rx done, leat_rx in)
{
	leat_rx out[2];

	check(leat_tee(done, in, out, 2) == 1);
	return a_take(done, leat_fan_in(done, out, 2));
}

static leat_rx all_in_a_row(leat_rx done, leat_rx in)
{
	in = a_map_n(done, a_fan_in(done, a_filter(done, a_tee(done, leat_or_done(done, in)))));
	return a_map_ordered(done, a_fan_out(done, a_bridge(done, a_take(done, a_steps(done, a_map(done, in))))));
}

typedef leat_rx stage(leat_rx done, leat_rx in);

/* The first SINGLE entries are one stage of the library each. The last entry yields no value. */
static stage *const stages[] = { a_take, a_map, a_steps, a_filter, leat_or_done, a_tee, a_partition, a_distinct,
	a_debounce, a_throttle, a_throttle_to_the_last, a_bridge, a_fan_in, a_map_n, a_map_ordered, a_merge_sorted, a_zip,
	a_flat_map, a_flat_map_of_streams, a_scan, a_fan_out, a_tee_and_fan_in, a_group_by, a_window, all_in_a_row,
	a_filter_of_none };

enum { SINGLE = 20, STAGES = sizeof stages / sizeof *stages, YIELDING = STAGES - 1 };

/* ------------------------------------------------------------------------------------ what they work on -- */

static int count_up(void *arg, void *out)
{
	int *left = arg;

	if (*left == 0)
		return 0;
	--*left;
	*(owned *)out = own(1);
	return 1;
}

/* A source of `count` values, or without end if `count` is negative. It has no done, so the stage under test must stop
 * it. */
static leat_rx owned_ones(int count)
{
	static int left;

	check(leat_live() == 0);
	left = count;
	return leat_buffer(leat_repeat_fn_of(nil, &owned_type, count_up, &left), capacity);
}

static void receive(leat_rx in, int count)
{
	for (int i = 0; i < count; i++)
		must_receive_owned(in, 1);
}

/* Receive until the end. Returns how many values came. */
static int receive_rest(leat_rx in)
{
	int count = 0;

	for (owned value; leat_recv(in, &value) > 0; count++)
		disown(value);
	return count;
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause && leat_closed(in));
	leat_drop(in);
	must_be_clean();
}

/* ------------------------------------------------------------------------------------ ended by its input -- */

/* Run each stage with a nil done, and with a done that is closed only after the end, when it changes nothing. */
static void all_values_and_a_natural_end(void)
{
	for (int i = 0; i < 2 * YIELDING; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i / 2](i % 2 ? done.rx : nil, owned_ones(20));
		int expected = stages[i / 2] == a_tee_and_fan_in ? 40 : 20;

		check(receive_rest(out) == expected);
		check(leat_cause(out) == 0);
		check(leat_close_with(done.tx, EPERM) == 1);
		must_be_over(out, 0);
		leat_drop(done);
	}
	must_be_over(a_filter_of_none(nil, owned_ones(20)), 0);
}

static void an_input_without_values(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		leat_rx out = stages[i](nil, chan.rx);

		leat_drop(chan.tx);
		must_be_over(out, 0);
	}
}

/* ---------------------------------------------------------------------------------------- ended by done -- */

/* A stage looks at done first, even if it has work. */
static void done_was_over_before(void)
{
	for (int i = 0; i < 2 * STAGES; i++) {
		leat_chan done = leat_make_unit();

		check(leat_close_with(done.tx, i % 2 ? EPERM : 0) == 1);
		must_be_over(stages[i / 2](done.rx, owned_ones(-1)), i % 2 ? EPERM : ECANCELED);
		leat_drop(done);
	}
}

static void done_closed_at_work(void)
{
	for (int i = 0; i < 3 * YIELDING; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i / 3](done.rx, owned_ones(-1));

		receive(out, 7 * (i % 3));
		check(leat_close_with(done.tx, i % 2 ? EPERM : 0) == 1);
		(void)receive_rest(out);
		must_be_over(out, i % 2 ? EPERM : ECANCELED);
		leat_drop(done);
	}
}

/* When the last sender of done is dropped, done is closed. */
static void done_dropped_at_work(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i](done.rx, owned_ones(-1));

		leat_drop(done.tx);
		(void)receive_rest(out);
		must_be_over(out, ECANCELED);
		leat_drop(done.rx);
	}
}

/* A value in done stops all threads of the stage, and none of them takes it. */
static void done_has_a_value(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan done = leat_make(int, 1);
		leat_rx out = stages[i](done.rx, owned_ones(-1));

		check(leat_send(done.tx, &i) == 1);
		(void)receive_rest(out);
		must_be_over(out, ECANCELED);
		check(leat_len(done) == 1);
		leat_drop(done);
	}
}

static void send_seven(void *of_tx)
{
	check(leat_send(*(leat_tx *)of_tx, &(int){ 7 }) >= 0);
}

/* Three stages share one done. One value stops all of them. It stays in the channel, or its sender sleeps on until the
 * last receiver has gone. */
static void one_value_stops_all(void)
{
	enum { THREE = 3 };
	leat_chan done = leat_make(int, capacity), in[THREE];
	leat_rx out[THREE];
	background sender;

	for (int i = 0; i < THREE; i++) {
		in[i] = leat_make(int, capacity);
		out[i] = leat_or_done(done.rx, in[i].rx);
	}
	begin(&sender, send_seven, &done.tx);
	for (int i = 0; i < THREE; i++) {
		check(leat_wait(out[i]) == 0 && leat_cause(out[i]) == ECANCELED);
		check(leat_wait_gone(in[i].tx, LEAT_NEVER) == 1);
		leat_drop(in[i].tx);
		leat_drop(out[i]);
	}
	if (capacity == 0)
		must_block(&sender);
	check(leat_wait_ready_by(done.rx, LEAT_NOW) == 1);
	leat_drop(done.rx);
	must_return(&sender);
	leat_drop(done.tx);
}

static void done_closed_when_asleep_on_the_input(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan done = leat_make_unit(), silent = leat_make_of(&owned_type, capacity);
		leat_rx out = stages[i](done.rx, silent.rx);

		nap(2);
		check(leat_close(done.tx) == 1);
		check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
		must_be_over(out, ECANCELED);
		leat_drop(silent.tx);
		leat_drop(done);
	}
}

/* When a consumer sees the end, the stage has already dropped its input. So it holds up no stage upstream. */
static void the_input_is_let_go_before_the_output_is_over(void)
{
	for (int i = 0; i < SINGLE; i++) {
		leat_chan done = leat_make_unit(), silent = leat_make_of(&owned_type, capacity);
		leat_rx out = stages[i](done.rx, silent.rx);

		nap(i % 2);
		check(leat_close(done.tx) == 1);
		check(leat_wait(out) == 0);
		check(leat_wait_gone(silent.tx, LEAT_NOW) == 1);
		must_be_over(out, ECANCELED);
		leat_drop(silent.tx);
		leat_drop(done);
	}
}

/* The output is full, and nobody receives. */
static void done_closed_when_asleep_on_the_output(void)
{
	for (int i = 0; i < YIELDING; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i](done.rx, owned_ones(-1));

		nap(5);
		check(leat_close(done.tx) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check((size_t)receive_rest(out) <= leat_cap(out));
		must_be_over(out, ECANCELED);
		leat_drop(done);
	}
}

static void done_is_a_timer(void)
{
	for (int i = 0; i < 2 * STAGES; i++) {
		leat_rx done = i % 2 ? leat_after(LEAT_MS(2)) : leat_at(leat_now() - 1);
		leat_rx out = stages[i / 2](done, owned_ones(-1));

		(void)receive_rest(out);
		must_be_over(out, ETIMEDOUT);
		leat_drop(done);
	}
}

static void done_is_a_timer_and_the_input_silent(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan silent = leat_make_of(&owned_type, capacity);
		leat_rx done = leat_after(LEAT_MS(2)), out = stages[i](done, silent.rx);

		leat_drop(done); /* the stage has a handle of its own */
		must_be_over(out, ETIMEDOUT);
		leat_drop(silent.tx);
	}
}

/* --------------------------------------------------------------------------- ended by one who leaves -- */

static void the_consumer_left(void)
{
	for (int i = 0; i < 4 * YIELDING; i++) {
		leat_rx out = stages[i / 4](nil, owned_ones(-1));

		receive(out, 5 * (i % 4));
		leat_drop(out);
		must_be_clean();
	}
}

static void the_consumer_of_nothing_left(void)
{
	for (int naps = 0; naps < 2; naps++) {
		leat_rx out = a_filter_of_none(nil, owned_ones(-1));

		nap(naps);
		leat_drop(out);
		must_be_clean();
	}
}

static void the_consumer_left_when_asleep_on_the_input(void)
{
	for (int i = 0; i < 2 * STAGES; i++) {
		leat_chan silent = leat_make_of(&owned_type, capacity);
		leat_rx out = stages[i / 2](nil, silent.rx);

		nap(i % 2);
		leat_drop(out);
		check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
		must_be_clean();
		leat_drop(silent.tx);
	}
}

static void the_consumer_left_when_asleep_on_the_output(void)
{
	for (int i = 0; i < YIELDING; i++) {
		leat_rx out = stages[i](nil, owned_ones(-1));

		nap(5);
		leat_drop(out);
		must_be_clean();
	}
}

/* A sender upstream learns that all receivers have left, and keeps its value. */
static void what_is_upstream_sees_that_all_left(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		leat_rx out = stages[i](nil, chan.rx);
		owned value = own(1);

		leat_drop(out);
		while (leat_send(chan.tx, &value) > 0)
			value = own(1);
		disown(value);
		must_be_clean();
		leat_drop(chan.tx);
	}
}

/* ---------------------------------------------------------------------------------------- sources, or -- */

enum { SOURCES = 4 };

static leat_rx a_source(int which, leat_rx done)
{
	static const leat_step steps[] = { { same_number, NULL }, { same_number, NULL } };
	static int left;

	left = -1;
	switch (which) {
	case 0: return leat_repeat(done, LEAT_VALUES(int, 1, 2));
	case 1: return leat_repeat_fn_of(done, &owned_type, count_up, &left);
	case 2: return leat_steps_from_of(done, &owned_type, count_up, &left, steps, 2);
	default: return leat_generator(done, LEAT_VALUES(int, 1, 2, 3, 4, 5));
	}
}

static void sources_end_by_done(void)
{
	for (int i = 0; i < 2 * SOURCES; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = a_source(i / 2, done.rx);

		if (i % 2)
			check(leat_wait(out) == 1);
		check(leat_close_with(done.tx, EPERM) == 1);
		check(leat_drain(out) == EPERM);
		check(leat_close(done.tx) == 0);
		check(leat_drain(leat_buffer(a_source(i / 2, done.rx), capacity)) == EPERM);
		must_be_clean();
		leat_drop(done);
	}
}

static void sources_end_when_the_consumer_left(void)
{
	for (int i = 0; i < 3 * SOURCES; i++) {
		leat_rx out = leat_buffer(a_source(i / 3, nil), capacity);

		for (int j = 0; j < i % 3; j++)
			check(leat_wait(out) == 1);
		leat_drop(out);
		must_be_clean();
	}
}

static void or_ends_when_the_consumer_left(void)
{
	for (int naps = 0; naps < 2; naps++) {
		leat_chan a = leat_make(int, capacity), b = leat_make_of(&owned_type, capacity);
		leat_rx out = leat_or(LEAT_RXS(a.rx, b.rx));

		nap(naps);
		leat_drop(out);
		check(leat_wait_gone(a.tx, LEAT_NEVER) == 1 && leat_wait_gone(b.tx, LEAT_NEVER) == 1);
		leat_drop(a.tx);
		leat_drop(b.tx);
	}
}

/* ---------------------------------------------------------------------------------------- done let go -- */

/* Stay in the function until `go` is closed. */
static int stay(void *arg, const void *in, void *out)
{
	leat_chan *gate = arg;

	(void)leat_signal(gate[0].tx);
	(void)leat_wait(gate[1].rx);
	return same_number(NULL, in, out);
}

/* leat_wait_gone on done waits for the stages that were given this done, and for no others. */
static void wait_gone_waits_for_the_stages_of_this_done(void)
{
	leat_chan done = leat_make_unit(), other = leat_make_unit(), gate[2] = { leat_make_unit(), leat_make_unit() };
	leat_rx out = leat_map_of(done.rx, owned_ones(-1), &owned_type, stay, gate);
	leat_rx elsewhere = leat_repeat(other.rx, LEAT_VALUES(int, 1));

	check(leat_wait(gate[0].rx) == 1);
	leat_drop(out);
	leat_drop(elsewhere);
	leat_drop(done.rx);
	leat_drop(other.rx);
	check(leat_wait_gone(other.tx, LEAT_NEVER) == 1);
	check(leat_wait_gone(done.tx, leat_in(LEAT_MS(10))) == -1 && errno == ETIMEDOUT);
	check(leat_close(gate[1].tx) == 1);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	leat_drop(other.tx);
	leat_drop(gate[0]);
	leat_drop(gate[1]);
}

static void wait_gone_waits_for_every_stage(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i](done.rx, owned_ones(-1));

		leat_drop(done.rx);
		check(leat_wait_gone(done.tx, LEAT_NOW) == -1 && errno == EAGAIN);
		leat_drop(out);
		check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
		leat_drop(done.tx);
		must_be_clean();
	}
}

static void wait_alone_waits_for_every_stage(void)
{
	for (int i = 0; i < STAGES; i++) {
		leat_chan done = leat_make_unit();
		leat_rx out = stages[i](done.rx, owned_ones(-1));

		check(leat_wait_alone(done.rx, LEAT_NOW) == -1 && errno == EAGAIN);
		leat_drop(out);
		check(leat_wait_alone(done.rx, LEAT_NEVER) == 1);
		leat_drop(done);
		must_be_clean();
	}
}

/* The sending end of such a done is not at hand, so leat_wait_gone does not help. */
static void wait_alone_of_or_and_after(void)
{
	leat_chan gate[2] = { leat_make_unit(), leat_make_unit() }, own = leat_make_unit();
	leat_rx done[] = { leat_or(LEAT_RXS(own.rx, leat_after(LEAT_S(3600)))), leat_after(LEAT_S(3600)) };

	for (int i = 0; i < 2; i++) {
		leat_rx out = leat_map_of(done[i], owned_numbers(1, 3), &owned_type, stay, gate);

		check(leat_wait(gate[0].rx) == 1);
		leat_drop(out);
		check(leat_wait_alone(done[i], leat_in(LEAT_MS(10))) == -1 && errno == ETIMEDOUT);
		check(leat_signal(gate[1].tx) == 1);
		check(leat_wait_alone(done[i], LEAT_NEVER) == 1);
		leat_drop(done[i]);
	}
	leat_drop(own.tx);
	leat_drop(gate[0]);
	leat_drop(gate[1]);
}

int main(int argc, char **argv)
{
	return RUN(all_values_and_a_natural_end, an_input_without_values, done_was_over_before, done_closed_at_work,
	           done_dropped_at_work, done_has_a_value, one_value_stops_all,
	           done_closed_when_asleep_on_the_input, the_input_is_let_go_before_the_output_is_over,
	           done_closed_when_asleep_on_the_output, done_is_a_timer, done_is_a_timer_and_the_input_silent,
	           the_consumer_left, the_consumer_of_nothing_left, the_consumer_left_when_asleep_on_the_input,
	           the_consumer_left_when_asleep_on_the_output, what_is_upstream_sees_that_all_left,
	           sources_end_by_done, sources_end_when_the_consumer_left, or_ends_when_the_consumer_left,
	           wait_gone_waits_for_the_stages_of_this_done, wait_gone_waits_for_every_stage,
	           wait_alone_waits_for_every_stage, wait_alone_of_or_and_after);
}
