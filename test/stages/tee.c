/* SPDX-License-Identifier: 0BSD
 *
 * tee.c - leat_tee. All outputs get all values, in whatever order the outputs are read. Outputs may leave. Values are
 * copied.
 */
#include "../test.h"

enum { MANY = 300 };

static const leat_rx nil;

static leat_rx ones(void)
{
	return leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
}

static void must_be_next(leat_rx in, int expected)
{
	int n;

	check(leat_recv(in, &n) == 1 && n == expected);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

static void drop_all(const leat_rx *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		leat_drop(out[i]);
}

/* -------------------------------------------------------------------------------------- in any order -- */

static void all_of_them(void *of_rx)
{
	leat_rx in = *(leat_rx *)of_rx;

	for (int i = 0; i < MANY; i++)
		must_be_next(in, i);
	must_be_over(in, 0);
}

static void each_output_gets_all(void)
{
	leat_rx out[5];
	background readers[5];

	check(leat_tee(nil, numbers(0, MANY), out, 5) == 1);
	for (int i = 0; i < 5; i++) {
		check(leat_cap(out[i]) == capacity);
		begin(&readers[i], all_of_them, &out[i]);
	}
	for (int i = 0; i < 5; i++)
		must_return(&readers[i]);
}

/* All six orders in turn. At capacity 0, the tee sleeps in a different way for each of them. */
static void outputs_are_read_in_any_order(void)
{
	static const char *const orders[] = { "210", "012", "102", "120", "201", "021" };
	leat_rx out[3];

	check(leat_tee(nil, numbers(0, MANY), out, 3) == 1);
	for (int i = 0; i < MANY; i++)
		for (int j = 0; j < 3; j++)
			must_be_next(out[orders[i % 6][j] - '0'], i);
	for (int i = 0; i < 3; i++)
		must_be_over(out[i], 0);
}

static void receive_one(void *of_rx)
{
	must_be_next(*(leat_rx *)of_rx, 1);
}

/* out[0] may be ahead of out[1] by the room of out[1], and by the one value that waits for room. */
static void the_next_follows_when_all_have_it(void)
{
	leat_rx out[2];
	background reader;

	check(leat_tee(nil, ones(), out, 2) == 1);
	for (size_t i = 0; i < capacity + 1; i++)
		must_be_next(out[0], 1);
	begin(&reader, receive_one, &out[0]);
	must_block(&reader);
	must_be_next(out[1], 1);
	must_return(&reader);
	drop_all(out, 2);
}

static void tee_of_one(void)
{
	leat_rx out;

	check(leat_tee(nil, numbers(0, MANY), &out, 1) == 1);
	all_of_them(&out);
}

static void tee_of_many(void)
{
	leat_rx out[100];

	check(leat_tee(nil, numbers(0, 20), out, 100) == 1);
	for (int i = 0; i < 20; i++)
		for (int j = 100; j-- > 0;)
			must_be_next(out[j], i);
	for (int j = 0; j < 100; j++)
		must_be_over(out[j], 0);
}

/* -------------------------------------------------------------------------------- outputs that leave -- */

static void an_output_dropped_is_left_out(void)
{
	leat_rx out[3];

	check(leat_tee(nil, numbers(0, MANY), out, 3) == 1);
	for (int i = 0; i < 10; i++)
		for (int j = 0; j < 3; j++)
			must_be_next(out[j], i);
	leat_drop(out[1]);
	for (int i = 10; i < 20; i++) {
		must_be_next(out[2], i);
		must_be_next(out[0], i);
	}
	leat_drop(out[0]);
	for (int i = 20; i < MANY; i++)
		must_be_next(out[2], i);
	must_be_over(out[2], 0);
}

/* The tee sleeps on out[1], which nobody reads. */
static void an_output_dropped_lets_the_others_go_on(void)
{
	leat_rx out[2];
	background reader;

	check(leat_tee(nil, ones(), out, 2) == 1);
	for (size_t i = 0; i < capacity + 1; i++)
		must_be_next(out[0], 1);
	begin(&reader, receive_one, &out[0]);
	must_block(&reader);
	leat_drop(out[1]);
	must_return(&reader);
	for (int i = 0; i < MANY; i++)
		must_be_next(out[0], 1);
	leat_drop(out[0]);
}

static void all_outputs_dropped_stops_it(void)
{
	for (int received = 0; received < 3; received++) {
		leat_rx out[2];

		check(leat_tee(nil, ones(), out, 2) == 1);
		for (int i = 0; i < received; i++)
			must_be_next(out[i % 2], 1);
		drop_all(out, 2);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

static void all_outputs_dropped_while_the_input_is_silent(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out[2];

	check(leat_tee(nil, chan.rx, out, 2) == 1);
	nap(2);
	leat_drop(out[0]);
	check(leat_wait_gone(chan.tx, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(out[1]);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
	leat_drop(chan.tx);
}

/* ----------------------------------------------------------------------------------------------- ends -- */

static void all_outputs_end_with_the_cause(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out[3];

	check(leat_tee(nil, chan.rx, out, 3) == 1);
	check(leat_close_with(chan.tx, EIO) == 1);
	for (int i = 0; i < 3; i++)
		must_be_over(out[i], EIO);
	leat_drop(chan.tx);
}

/* The tee sleeps. Some outputs have the value, others do not. */
static void all_outputs_end_by_done(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out[3];

	check(leat_tee(done.rx, ones(), out, 3) == 1);
	must_be_next(out[1], 1);
	check(leat_close(done.tx) == 1);
	for (int i = 0; i < 3; i++)
		check(leat_drain(out[i]) == ECANCELED);
	leat_drop(done);
}

static void tee_of_what_is_over(void)
{
	leat_rx out[2];

	errno = 0;
	check(leat_tee(nil, leat_ended(EIO), out, 2) == -1 && errno == EIO);
	must_be_over(out[0], EIO);
	must_be_over(out[1], EIO);
}

/* Nothing has failed, so the output ends naturally. */
static void tee_of_nothing(void)
{
	leat_rx out[2];

	check(leat_tee(nil, leat_fan_in(nil, LEAT_RXS()), out, 2) == 1);
	must_be_over(out[0], 0);
	must_be_over(out[1], 0);
}

/* --------------------------------------------------------------------------------------------- copies -- */

static void copies_are_independent(void)
{
	leat_rx out[3];

	check(leat_tee(nil, owned_numbers(0, MANY), out, 3) == 1);
	for (int i = 0; i < MANY; i++) {
		owned values[3];

		for (int j = 3; j-- > 0;) {
			check(leat_recv(out[j], &values[j]) == 1 && *values[j].number == i);
			*values[j].number = -j;
		}
		for (int j = 0; j < 3; j++) {
			check(*values[j].number == -j);
			disown(values[j]);
		}
	}
	for (int j = 0; j < 3; j++)
		must_be_over(out[j], 0);
}

static void owned_values_of_outputs_that_leave(void)
{
	for (int received = 0; received < 6; received++) {
		leat_rx out[3];
		owned value;

		check(leat_tee(nil, owned_numbers(0, MANY), out, 3) == 1);
		for (int i = 0; i < received; i++) {
			check(leat_recv(out[2 - i % 3], &value) == 1);
			disown(value);
		}
		leat_drop(out[received % 3]);
		leat_drop(out[(received + 1) % 3]);
		check(leat_recv(out[(received + 2) % 3], &value) == 1);
		disown(value);
		leat_drop(out[(received + 2) % 3]);
		must_be_clean();
	}
}

/* Without room, the tee holds a value for two outputs. One of them has got it when done stops the tee. */
static void owned_values_when_done_stops_it(void)
{
	for (int reads = 0; reads < 3; reads++) {
		leat_chan done = leat_make_unit();
		leat_rx out[3];
		owned value;

		check(leat_tee(done.rx, owned_numbers(0, MANY), out, 3) == 1);
		for (int i = 0; i < reads; i++) {
			check(leat_recv(out[i], &value) == 1);
			disown(value);
		}
		check(leat_close(done.tx) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		drop_all(out, 3);
		leat_drop(done);
	}
}

/* The copy function fails after three copies. */
static atomic_int copies_left;

static int copy_three(void *to, const void *from)
{
	return atomic_fetch_sub(&copies_left, 1) > 0 ? owned_copy(to, from) : -ENOMEM;
}

static const leat_type rarely_copied = { "rarely copied", sizeof(owned), copy_three, owned_release };

static void a_copy_that_fails_is_the_cause(void)
{
	leat_rx out[3];

	atomic_store(&copies_left, 3);
	check(leat_tee(nil, leat_map_of(nil, numbers(0, MANY), &rarely_copied, to_owned, NULL), out, 3) == 1);
	for (int j = 0; j < 3; j++)
		must_receive_owned(out[j], 0);
	for (int j = 0; j < 3; j++)
		must_be_over(out[j], ENOMEM);
}

static void what_cannot_be_copied_is_refused(void)
{
	leat_type type = { "never copied", sizeof(owned), NULL, owned_release };
	leat_chan chan = leat_make_of(&type, capacity);
	leat_rx out[2];

	errno = 0;
	check(leat_tee(nil, chan.rx, out, 2) == -1 && errno == EINVAL);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
	must_be_over(out[0], EINVAL);
	must_be_over(out[1], EINVAL);
	leat_drop(chan.tx);
}

static void strings_are_duplicated(void)
{
	leat_chan chan = leat_make_of(&leat_string_type, capacity + 2);
	char *text = strdup("text"), *none = NULL, *a, *b;
	leat_rx out[2];

	check(leat_send(chan.tx, &text) == 1 && leat_send(chan.tx, &none) == 1);
	leat_drop(chan.tx);
	check(leat_tee(nil, chan.rx, out, 2) == 1);
	check(leat_recv(out[1], &b) == 1 && leat_recv(out[0], &a) == 1);
	check(a != b && strcmp(a, "text") == 0 && strcmp(b, "text") == 0);
	free(a);
	free(b);
	check(leat_recv(out[0], &a) == 1 && !a && leat_recv(out[1], &b) == 1 && !b);
	must_be_over(out[0], 0);
	must_be_over(out[1], 0);
}

/* Copies of a handle belong to the same channel. Each value that is sent there goes to one of them. */
static void streams_are_duplicated(void)
{
	leat_chan chan = leat_make_of(&leat_rx_type, capacity + 1);
	leat_rx stream = numbers(0, MANY), out[2], a, b;

	check(leat_send(chan.tx, &stream) == 1);
	leat_drop(chan.tx);
	check(leat_tee(nil, chan.rx, out, 2) == 1);
	check(leat_recv(out[0], &a) == 1 && leat_recv(out[1], &b) == 1 && leat_same(a, b));
	for (int i = 0; i < 10; i++)
		must_be_next(i % 2 ? a : b, i);
	leat_drop(a);
	must_be_next(b, 10);
	leat_drop(b);
	must_be_over(out[0], 0);
	must_be_over(out[1], 0);
}

int main(int argc, char **argv)
{
	return RUN(each_output_gets_all, outputs_are_read_in_any_order, the_next_follows_when_all_have_it, tee_of_one,
	           tee_of_many, an_output_dropped_is_left_out, an_output_dropped_lets_the_others_go_on,
	           all_outputs_dropped_stops_it, all_outputs_dropped_while_the_input_is_silent,
	           all_outputs_end_with_the_cause, all_outputs_end_by_done, tee_of_what_is_over,
	           copies_are_independent, owned_values_of_outputs_that_leave, owned_values_when_done_stops_it,
	           a_copy_that_fails_is_the_cause, what_cannot_be_copied_is_refused, strings_are_duplicated,
	           streams_are_duplicated, tee_of_nothing);
}
