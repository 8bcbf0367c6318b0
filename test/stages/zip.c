/* SPDX-License-Identifier: 0BSD
 *
 * zip.c - leat_zip makes a value of each row of values. It ends with the first member that is over, also if another one
 * is silent. Values of an incomplete row are released.
 */
#include "../test.h"

enum { WIDE = 40, MANY = 100 };

static const leat_rx nil;

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	must_be_clean();
}

/* The number of an int and an owned, which must be equal. Odd ones are left out, and -1 is a failure. */
static int even(void *arg, const void *const *in, void *out)
{
	const int *number = in[0];
	const owned *same = in[1];

	(void)arg;
	check(*number == *same->number);
	*(int *)out = *number;
	return *number < 0 ? -EDOM : *number % 2 == 0;
}

static leat_rx zipped(leat_rx numbers, leat_rx owned_ones)
{
	return leat_zip(nil, int, LEAT_RXS(numbers, owned_ones), even, NULL);
}

static void rows_of_different_types(void)
{
	must_yield(zipped(numbers(0, MANY), owned_numbers(0, MANY)), 0, 2, MANY);
	must_be_over(zipped(numbers(-1, MANY), owned_numbers(-1, MANY)), EDOM);
}

static void it_ends_with_the_shortest(void)
{
	must_yield(zipped(numbers(0, 10), owned_numbers(0, MANY)), 0, 2, 10);
	must_yield(zipped(numbers(0, MANY), owned_numbers(0, 10)), 0, 2, 10);
	must_yield(zipped(leat_repeat(nil, LEAT_VALUES(int, 0)), owned_numbers(0, 1)), 0, 2, 1);
}

/* The member that ends has a natural end, or a cause. */
static void it_ends_although_a_member_is_silent(void)
{
	for (int cause = 0; cause <= EIO; cause += EIO) {
		leat_chan silent = leat_make(int, capacity), other = leat_make_of(&owned_type, capacity);
		leat_rx out = zipped(silent.rx, other.rx);

		check(leat_drop_with(other.tx, cause) == 1);
		check(leat_wait(out) == 0 && leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
		leat_drop(silent.tx);
		must_be_over(out, cause);
	}
}

static void an_incomplete_row_is_released(void)
{
	for (int way = 0; way < 3; way++) {
		leat_chan silent = leat_make(int, capacity), done = leat_make_unit(), own_end = leat_make_of(&owned_type, 0);
		leat_rx out = leat_zip(done.rx, int, LEAT_RXS(silent.rx, own_end.rx), even, NULL);
		owned value = own(1);

		check(leat_send(own_end.tx, &value) == 1);
		if (way == 0)
			check(leat_close_with(silent.tx, EIO) == 1);
		if (way == 1)
			check(leat_close_with(done.tx, EPERM) == 1);
		if (way == 2)
			leat_drop(out);
		check(leat_wait_gone(own_end.tx, LEAT_NEVER) == 1);
		leat_drop(own_end.tx);
		leat_drop(silent.tx);
		leat_drop(done);
		if (way < 2)
			must_be_over(out, way == 0 ? EIO : EPERM);
	}
}

static int sum(void *count, const void *const *in, void *out)
{
	*(int *)out = 0;
	for (int i = 0; i < *(int *)count; i++)
		*(int *)out += *(const int *)in[i];
	return 1;
}

static void wide_rows(void)
{
	leat_rx members[WIDE];
	int count = WIDE;

	for (int i = 0; i < WIDE; i++)
		members[i] = numbers(0, 5);
	must_yield(leat_zip(nil, int, members, WIDE, sum, &count), 0, WIDE, 5 * WIDE);
}

static int leave(void *arg, const void *const *in, void *out)
{
	(void)arg;
	(void)out;
	check(in[0] != in[1]);
	pthread_exit(NULL);
}

static void fn_leaves(void)
{
	must_be_over(leat_zip(nil, int, LEAT_RXS(owned_numbers(0, 9), owned_numbers(0, 9)), leave, NULL), EOWNERDEAD);
}

int main(int argc, char **argv)
{
	return RUN(rows_of_different_types, it_ends_with_the_shortest, it_ends_although_a_member_is_silent,
	           an_incomplete_row_is_released, wide_rows, fn_leaves);
}
