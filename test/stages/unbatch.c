/* SPDX-License-Identifier: 0BSD
 *
 * unbatch.c - leat_unbatch yields the values of batches one by one. Each value moves out of its batch, so it has one
 * owner, however the stage ends.
 */
#include "../test.h"

enum { MANY = 100 };

static const leat_rx nil;

static leat_rx batches(size_t n)
{
	return leat_batch(nil, owned_numbers(0, MANY), n, LEAT_NEVER);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

static void values_come_one_by_one(void)
{
	for (size_t n = 1; n <= 2 * MANY; n *= 3) {
		must_yield(leat_unbatch(nil, leat_batch(nil, numbers(0, MANY), n, LEAT_NEVER), int), 0, 1, MANY);
		must_yield_owned(leat_unbatch_of(nil, batches(n), &owned_type), 0, 1, MANY);
	}
}

static void the_consumer_leaves(void)
{
	for (int received = 0; received < 12; received++) {
		leat_rx out = leat_unbatch_of(nil, batches(5), &owned_type);

		for (int i = 0; i < received; i++)
			must_receive_owned(out, i);
		leat_drop(out);
		must_be_clean();
	}
}

static void the_cause_comes_after_all_values(void)
{
	leat_chan chan = leat_make(int, capacity + 5);
	leat_rx out = leat_unbatch(nil, leat_batch(nil, chan.rx, 3, LEAT_NEVER), int);

	send_ints(chan.tx, 0, 5);
	check(leat_drop_with(chan.tx, EIO) == 1);
	receive_ints(out, 0, 5);
	must_be_over(out, EIO);
}

static void no_batch_at_all(void)
{
	leat_chan chan = leat_make_of(&leat_batched_type, 1);
	leat_batched *none = NULL;

	check(leat_send(chan.tx, &none) == 1);
	leat_drop(chan.tx);
	must_be_over(leat_unbatch(nil, chan.rx, int), 0);
}

static void batches_of_something_else(void)
{
	must_be_over(leat_unbatch(nil, leat_batch(nil, numbers(0, 5), 2, LEAT_NEVER), double), EINVAL);
	must_be_over(leat_unbatch(nil, batches(5), owned), EINVAL); /* this element type would own nothing */
	must_be_over(leat_unbatch(nil, numbers(0, 5), int), EINVAL);
	must_be_over(leat_unbatch(nil, nil, int), EINVAL);
	must_be_over(leat_unbatch_of(nil, leat_batch(nil, numbers(0, 5), 2, LEAT_NEVER), NULL), EINVAL);
	must_be_over(leat_unbatch(nil, leat_ended(EIO), int), EIO);
}

int main(int argc, char **argv)
{
	return RUN(values_come_one_by_one, the_consumer_leaves, the_cause_comes_after_all_values, no_batch_at_all,
	           batches_of_something_else);
}
