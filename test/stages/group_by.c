/* SPDX-License-Identifier: 0BSD
 *
 * group_by.c - leat_group_by gathers values of equal keys, in a bounded number of bounded groups. See also
 * ends_of_stages.c and bad_arguments.c.
 */
#include "../test.h"

static const leat_rx nil;

/* The key of a number is its hundreds. */
static int hundreds(void *arg, const void *in, leat_key *key)
{
	int *hundred = arg;

	*hundred = *((const owned *)in)->number / 100;
	*key = (leat_key){ hundred, sizeof *hundred };
	return *hundred == 9 ? -EPIPE : 0;
}

static int scratch; /* of `hundreds`; one stage at a time uses it */

static leat_rx grouped(leat_rx done, const int *values, size_t count, size_t open, size_t n)
{
	leat_rx in = leat_buffer(leat_generator(nil, sizeof *values, values, count), capacity);

	return leat_group_by(done, leat_map_of(nil, in, &owned_type, to_owned, NULL), open, n, hundreds, &scratch);
}

#define GROUPED(open, n, ...) \
	grouped(nil, (const int[]){ __VA_ARGS__ }, sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int), (open), (n))

/* The next group has these numbers. */
static void must_come(leat_rx in, const int *numbers_of, size_t count)
{
	leat_batched *group;

	check(leat_recv(in, &group) == 1 && group->count == count && group->type.size == sizeof(owned));
	for (size_t i = 0; i < count; i++)
		check(*((owned *)group->values)[i].number == numbers_of[i]);
	leat_batched_free(group);
}

#define MUST_COME(in, ...) \
	must_come((in), (const int[]){ __VA_ARGS__ }, sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void runs_of_equal_keys(void)
{
	leat_rx out = GROUPED(1, SIZE_MAX, 101, 102, 201, 202, 203, 103);

	check(leat_cap(out) == capacity);
	MUST_COME(out, 101, 102);
	MUST_COME(out, 201, 202, 203);
	MUST_COME(out, 103);
	must_be_over(out, 0);
}

/* The group that was opened first makes room, also if it has got values later than the others. */
static void as_many_groups_as_may_be_open(void)
{
	leat_rx out = GROUPED(2, SIZE_MAX, 101, 201, 102, 301, 202, 103);

	MUST_COME(out, 101, 102);
	MUST_COME(out, 201, 202);
	MUST_COME(out, 301);
	MUST_COME(out, 103);
	must_be_over(out, 0);
}

static void groups_of_n_values(void)
{
	leat_rx out = GROUPED(5, 3, 101, 201, 102, 103, 104, 105, 106, 107);

	MUST_COME(out, 101, 102, 103);
	MUST_COME(out, 104, 105, 106);
	MUST_COME(out, 201);
	MUST_COME(out, 107);
	must_be_over(out, 0);
}

/* 40 values in each of 500 groups, which come in the order of their first values. */
static void one_group_for_each_key(void)
{
	enum { KEYS = 500, EACH = 40 };
	static int values[KEYS * EACH];
	leat_batched *group;
	leat_rx out;

	for (int i = 0; i < KEYS * EACH; i++)
		values[i] = 1000 + i % KEYS * 100 + i / KEYS;
	out = grouped(nil, values, KEYS * EACH, SIZE_MAX, SIZE_MAX);
	for (int key = 0; key < KEYS; key++) {
		check(leat_recv(out, &group) == 1 && group->count == EACH);
		for (int i = 0; i < EACH; i++)
			check(*((owned *)group->values)[i].number == 1000 + 100 * key + i);
		leat_batched_free(group);
	}
	must_be_over(out, 0);
}

/* Without a function the value is the key. The input stays open. */
static void a_group_is_sent_when_the_next_key_comes(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out = leat_group_by(nil, chan.rx, 1, SIZE_MAX, NULL, NULL);
	leat_batched *group;

	for (int i = 0; i < 3; i++)
		send_ints(chan.tx, 7, 1);
	send_ints(chan.tx, 8, 1);
	check(leat_recv(out, &group) == 1 && group->count == 3 && *(int *)group->values == 7);
	leat_batched_free(group);
	leat_drop(chan.tx);
	check(leat_recv(out, &group) == 1 && group->count == 1 && *(int *)group->values == 8);
	leat_batched_free(group);
	must_be_over(out, 0);
}

static void open_groups_come_before_a_cause(void)
{
	leat_chan chan = leat_make_of(&owned_type, 1);
	owned value = own(101);
	leat_rx out = GROUPED(3, 9, 101, 201, 102, 900, 103);

	MUST_COME(out, 101, 102);
	MUST_COME(out, 201);
	must_be_over(out, EPIPE);
	out = leat_group_by(nil, chan.rx, 3, 9, hundreds, &scratch);
	check(leat_send(chan.tx, &value) == 1);
	check(leat_drop_with(chan.tx, EIO) == 1);
	MUST_COME(out, 101);
	must_be_over(out, EIO);
}

static void without_values(void)
{
	must_be_over(leat_group_by(nil, leat_take(nil, owned_numbers(0, 3), 0), 1, 1, hundreds, &scratch), 0);
}

/* The stage has received both values when a third one has been sent and received, and waits for more. */
static void open_groups_are_released_by_done(void)
{
	leat_chan done = leat_make_unit(), chan = leat_make_of(&owned_type, capacity);
	leat_rx out = leat_group_by(done.rx, chan.rx, 3, 2, hundreds, &scratch);

	for (int i = 0; i < 3; i++) {
		owned value = own(i < 2 ? 101 + 100 * i : 102);

		check(leat_send(chan.tx, &value) == 1);
	}
	MUST_COME(out, 101, 102);
	check(atomic_load(&owned_alive) == 1);
	check(leat_close(done.tx) == 1);
	must_be_over(out, ECANCELED);
	check(atomic_load(&owned_alive) == 0);
	leat_drop(chan.tx);
	leat_drop(done);
}

static int leave(void *left, const void *in, leat_key *key)
{
	(void)in;
	(void)key;
	if (++*(int *)left == 3)
		pthread_exit(NULL);
	return 0;
}

static void a_key_function_that_leaves(void)
{
	int left = 0;

	check(leat_drain(leat_group_by(nil, owned_numbers(0, 5), 3, 3, leave, &left)) == EOWNERDEAD);
}

int main(int argc, char **argv)
{
	return RUN(runs_of_equal_keys, as_many_groups_as_may_be_open, groups_of_n_values, one_group_for_each_key,
	           a_group_is_sent_when_the_next_key_comes, open_groups_come_before_a_cause, without_values,
	           open_groups_are_released_by_done, a_key_function_that_leaves);
}
