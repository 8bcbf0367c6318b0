/* SPDX-License-Identifier: 0BSD
 *
 * drops.c - an owned value is released exactly once: by the thread that received it, or by the channel when its last
 * receiver leaves. The numbers of values sent, received and left are random. After crossbeam. Its bounded channels keep
 * their messages until both sides have left. leat releases them when no receiver is left, like crossbeam's unbounded
 * channel.
 */
#include "../test.h"

enum { RUNS = 25, MOST = 150 };

static void send_owned(leat_tx tx, int n)
{
	for (int i = 0; i < n; i++) {
		owned value = own(i);

		check(leat_send(tx, &value) == 1);
	}
}

typedef struct {
	background behind;
	leat_tx tx;
	int count;
} sender;

static void send_count(void *of_sender)
{
	sender *self = of_sender;

	send_owned(self->tx, self->count);
}

/* Some values are kept and then disowned. The library discards others. */
static void receive_count(leat_rx rx, int count, unsigned *random)
{
	for (int i = 0; i < count; i++) {
		if (random_below(random, 2)) {
			check(leat_wait(rx) == 1);
			continue;
		}
		must_receive_owned(rx, i);
	}
}

static void random_numbers_sent_and_left(void)
{
	unsigned random = 1;

	for (int run = 0; run < RUNS; run++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		sender from = { .tx = chan.tx, .count = (int)random_below(&random, MOST) };
		int left = (int)random_below(&random, (unsigned)capacity + 1);

		begin(&from.behind, send_count, &from);
		receive_count(chan.rx, from.count, &random);
		must_return(&from.behind);
		check(atomic_load(&owned_alive) == 0);
		send_owned(chan.tx, left);
		check(atomic_load(&owned_alive) == left);
		leat_drop(chan.tx);
		check(atomic_load(&owned_alive) == left);
		leat_drop(chan.rx);
		check(atomic_load(&owned_alive) == 0);
	}
}

/* The oldest value lies anywhere in the ring, and either side leaves last. */
static void around_the_ring(void)
{
	for (size_t offset = 0; offset <= capacity; offset += capacity / 3 + 1)
		for (int sender_first = 0; sender_first < 2; sender_first++) {
			leat_chan chan = leat_make_of(&owned_type, capacity);

			send_owned(chan.tx, (int)offset);
			for (size_t i = 0; i < offset; i++)
				check(leat_wait(chan.rx) == 1);
			send_owned(chan.tx, (int)capacity);
			check(atomic_load(&owned_alive) == (int)capacity);
			if (sender_first)
				leat_drop(chan.tx);
			leat_drop(chan.rx);
			check(atomic_load(&owned_alive) == 0);
			if (!sender_first)
				leat_drop(chan.tx);
		}
}

/* The oldest value is released to make room for a new one. */
static void displaced(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity + 1);
	owned value;

	for (int i = 0; i < 3 * (int)capacity + 3; i++) {
		value = own(i);
		check(leat_force_send(chan.tx, &value) == 1);
		check(atomic_load(&owned_alive) == (i < (int)capacity ? i + 1 : (int)capacity + 1));
	}
	must_receive_owned(chan.rx, 2 * (int)capacity + 2);
	leat_drop(chan);
	check(atomic_load(&owned_alive) == 0);
}

/* Each value is released once, the oldest first. */
static int released[3], releases;

static void note_release(void *value)
{
	check(releases < 3);
	released[releases++] = *(int *)value;
}

static void oldest_first(void)
{
	leat_type type = { "noted", sizeof(int), NULL, note_release };
	leat_chan chan = leat_make_of(&type, capacity + 3);

	releases = 0;
	send_ints(chan.tx, 10, 3);
	leat_drop(chan.rx);
	check(releases == 3 && released[0] == 10 && released[1] == 11 && released[2] == 12);
	leat_drop(chan.tx);
	check(releases == 3);
}

int main(int argc, char **argv)
{
	return RUN(random_numbers_sent_and_left, around_the_ring, displaced, oldest_first);
}
