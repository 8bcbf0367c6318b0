/* SPDX-License-Identifier: 0BSD
 *
 * merge_sorted.c - leat_merge_sorted makes one sorted stream of several. Equal values come in the order of the members.
 * What comes before a cause is the beginning of the whole.
 */
#include "../test.h"

enum { MEMBERS = 9, MANY = 60 };

static const leat_rx nil;

struct entry { int key, member; };

static int by_key(void *arg, const void *a, const void *b)
{
	(void)arg;
	return ((const struct entry *)a)->key - ((const struct entry *)b)->key;
}

static int by_number(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *(const int *)a - *(const int *)b;
}

static int by_owned_number(void *arg, const void *a, const void *b)
{
	return by_number(arg, ((const owned *)a)->number, ((const owned *)b)->number);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

/* A member of `count` entries. Many keys are equal to the one before. */
static leat_rx entries(int member, size_t count, unsigned *random)
{
	struct entry values[MANY] = { { 0, member } };

	for (size_t i = 1; i < count; i++)
		values[i] = (struct entry){ values[i - 1].key + (int)random_below(random, 3), member };
	if (count == 0)
		return leat_ended(0);
	return leat_buffer(leat_generator(nil, sizeof *values, values, count), capacity);
}

static void sorted_and_stable(void)
{
	unsigned random = 1;

	for (int members = 1; members <= MEMBERS; members++) {
		struct entry last = { -1, 0 }, entry;
		size_t expected = 0, count = 0;
		leat_rx in[MEMBERS], out;

		for (int i = 0; i < members; i++, expected += count)
			in[i] = entries(i, count = random_below(&random, MANY), &random);
		out = leat_merge_sorted(nil, in, (size_t)members, by_key, NULL);
		for (count = 0; leat_recv(out, &entry) > 0; count++, last = entry)
			check(last.key < entry.key || (last.key == entry.key && last.member <= entry.member));
		check(count == expected);
		must_be_over(out, 0);
	}
}

static void it_waits_for_every_open_member(void)
{
	leat_chan slow = leat_make(int, capacity);
	leat_rx out = leat_merge_sorted(nil, LEAT_RXS(numbers(5, 3), slow.rx), by_number, NULL);
	call receive;

	begin_receive(&receive, (leat_chan){ slow.tx, out });
	must_block(&receive.behind);
	send_ints(slow.tx, 4, 1);
	must_return(&receive.behind);
	check(receive.value == 4);
	leat_drop(slow.tx);
	receive_ints(out, 5, 3);
	must_be_over(out, 0);
}

/* After 1 the failed member might have sent 2. So 9 must not come. */
static void the_beginning_comes_before_a_cause(void)
{
	leat_chan failing = leat_make(int, capacity + 1);
	leat_rx out = leat_merge_sorted(nil, LEAT_RXS(numbers(9, 1), failing.rx, numbers(0, 1)), by_number, NULL);

	send_ints(failing.tx, 1, 1);
	check(leat_drop_with(failing.tx, EIO) == 1);
	receive_ints(out, 0, 2);
	must_be_over(out, EIO);
}

static void the_consumer_leaves(void)
{
	for (int received = 0; received < 8; received++) {
		leat_rx first = owned_numbers(0, 3), second = owned_numbers(3, MANY);
		leat_rx out = leat_merge_sorted(nil, LEAT_RXS(second, first), by_owned_number, NULL);

		for (int i = 0; i < received; i++)
			must_receive_owned(out, i);
		leat_drop(out);
		must_be_clean();
	}
}

static int leave(void *arg, const void *a, const void *b)
{
	(void)arg;
	check(*((const owned *)a)->number != *((const owned *)b)->number);
	pthread_exit(NULL);
}

static void compare_leaves(void)
{
	must_be_over(leat_merge_sorted(nil, LEAT_RXS(owned_numbers(0, 9), owned_numbers(20, 9)), leave, NULL), EOWNERDEAD);
}

int main(int argc, char **argv)
{
	return RUN(sorted_and_stable, it_waits_for_every_open_member, the_beginning_comes_before_a_cause,
	           the_consumer_leaves, compare_leaves);
}
