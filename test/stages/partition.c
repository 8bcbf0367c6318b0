/* SPDX-License-Identifier: 0BSD
 *
 * partition.c - leat_partition. Each value goes to one output. A consumer that is slow holds up the others, and one
 * that leaves does not. See also ends_of_stages.c and bad_arguments.c.
 */
#include "../test.h"

enum { MANY = 300 };

static const leat_rx nil;

static int remainder_of(void *divisor, const void *in)
{
	return *(const int *)in % *(int *)divisor;
}

static int remainder_of_owned(void *divisor, const void *in)
{
	return *((const owned *)in)->number % *(int *)divisor;
}

static int two = 2, three = 3;

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

static void each_value_goes_to_its_output(void)
{
	leat_rx out[3];

	check(leat_partition(nil, owned_numbers(0, MANY), out, 3, remainder_of_owned, &three) == 1);
	for (int i = 0; i < MANY; i++)
		must_receive_owned(out[i % 3], i);
	for (int i = 0; i < 3; i++) {
		check(leat_cap(out[i]) == capacity);
		must_be_over(out[i], 0);
	}
}

/* out[1] has room for `capacity` values; the stage waits with one more. */
static void a_slow_consumer_holds_up_the_others(void)
{
	leat_rx out[2], in = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 2, 1)), capacity);
	call late = { .value = -1 };

	check(leat_partition(nil, in, out, 2, remainder_of, &two) == 1);
	for (size_t i = 0; i < capacity + 1; i++)
		receive_ints(out[0], 2, 1);
	late.on.rx = out[0];
	begin_receive(&late, late.on);
	must_block(&late.behind);
	receive_ints(out[1], 1, 1);
	must_return(&late.behind);
	check(late.result == 1 && late.value == 2);
	leat_drop(out[0]);
	leat_drop(out[1]);
}

/* The stage waits for out[1] when that is dropped. Further values for out[1] are released. */
static void a_consumer_that_leaves_does_not(void)
{
	leat_rx out[2];

	check(leat_partition(nil, owned_numbers(0, MANY), out, 2, remainder_of_owned, &two) == 1);
	must_receive_owned(out[0], 0);
	leat_drop(out[1]);
	for (int i = 2; i < MANY; i += 2)
		must_receive_owned(out[0], i);
	must_be_over(out[0], 0);
}

static void all_consumers_leave_while_the_input_is_silent(void)
{
	leat_chan silent = leat_make(int, capacity);
	leat_rx out[2];

	check(leat_partition(nil, silent.rx, out, 2, remainder_of, &two) == 1);
	leat_drop(out[0]);
	check(leat_wait_gone(silent.tx, LEAT_NOW) == -1);
	leat_drop(out[1]);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
}

static void all_outputs_have_the_cause(void)
{
	leat_chan done = leat_make_unit(), in = leat_make(int, capacity);
	leat_rx out[2];

	check(leat_partition(nil, leat_dup(in.rx), out, 2, remainder_of, &two) == 1);
	check(leat_close_with(in.tx, EIO) == 1);
	must_be_over(out[0], EIO);
	must_be_over(out[1], EIO);
	check(leat_partition(done.rx, leat_repeat(nil, LEAT_VALUES(int, 2, 1)), out, 2, remainder_of, &two) == 1);
	check(leat_close(done.tx) == 1);
	check(leat_drain(out[0]) == ECANCELED);
	check(leat_drain(out[1]) == ECANCELED);
	leat_drop(in);
	leat_drop(done);
}

static void the_index_must_be_one(void)
{
	static const int numbers_of[] = { 0, 1, -EPIPE, 2 };
	static const int causes[] = { EPIPE, EINVAL };

	for (int i = 0; i < 2; i++) {
		int values[] = { 0, 1, numbers_of[2 + i], 0 }, many = 1000;
		leat_rx out[2], in = leat_generator(nil, sizeof *values, values, 4);

		check(leat_partition(nil, in, out, 2, remainder_of, &many) == 1);
		receive_ints(out[0], 0, 1);
		receive_ints(out[1], 1, 1);
		must_be_over(out[0], causes[i]);
		must_be_over(out[1], causes[i]);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

static void values_need_no_copy(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_rx out[2], in = leat_map_of(nil, numbers(0, MANY), &uncopied, to_owned, NULL);

	check(leat_partition(nil, in, out, 2, remainder_of_owned, &two) == 1);
	for (int i = 0; i < 20; i++)
		must_receive_owned(out[i % 2], i);
	leat_drop(out[1]);
	leat_drop(out[0]);
}

int main(int argc, char **argv)
{
	return RUN(each_value_goes_to_its_output, a_slow_consumer_holds_up_the_others, a_consumer_that_leaves_does_not,
	           all_consumers_leave_while_the_input_is_silent, all_outputs_have_the_cause, the_index_must_be_one,
	           values_need_no_copy);
}
