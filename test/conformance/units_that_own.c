/* SPDX-License-Identifier: 0BSD
 *
 * units_that_own.c - elements without bytes that still own something: a place, which is given back when the element is
 * released. They are counted, queued and released like other elements, exactly once each. crossbeam's `drops` has such
 * a message, of size 0 with a Drop.
 */
#include "../test.h"

static void send_places(leat_tx tx, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(leat_signal(tx) == 1);
}

static void released_with_their_channel(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity);

	atomic_store(&places, 0);
	send_places(chan.tx, capacity);
	check(leat_len(chan) == capacity && atomic_load(&places) == 0);
	leat_drop(chan.tx);
	check(atomic_load(&places) == 0);
	leat_drop(chan.rx);
	check(atomic_load(&places) == (int)capacity);
}

/* A discarded place is given back at once. A received place belongs to the receiver. */
static void released_by_who_discards(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity + 3);
	leat_case on[] = { LEAT_WAIT(chan.rx) };
	char none;

	atomic_store(&places, 0);
	send_places(chan.tx, 3);
	check(leat_wait(chan.rx) == 1 && atomic_load(&places) == 1);
	check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 1 && atomic_load(&places) == 2);
	check(leat_recv_sized(chan.rx, &none, 0, LEAT_NOW) == 1 && atomic_load(&places) == 2);
	check(leat_select(on, LEAT_NOW) == -1 && atomic_load(&places) == 2);
	leat_drop(chan);
	check(atomic_load(&places) == 2);
}

static void displaced_ones(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity + 1);

	atomic_store(&places, 0);
	send_places(chan.tx, capacity + 1);
	for (int i = 0; i < 3; i++)
		check(leat_force_send_sized(chan.tx, NULL, 0) == 1 && atomic_load(&places) == i + 1);
	check(leat_len(chan) == capacity + 1);
	leat_drop(chan);
	check(atomic_load(&places) == (int)capacity + 4);
}

enum { SENDERS = 3, EACH = 700 };

static void send_each(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;
	int sent = 0;

	while (sent < EACH && leat_signal(tx) == 1)
		sent++;
	check(sent == EACH);
}

/* As many places are given back as were sent, whichever threads take them and however many are left. */
static void among_many(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity);
	background senders[SENDERS];
	int taken = SENDERS * EACH - (capacity ? 1 : 0);

	atomic_store(&places, 0);
	for (int i = 0; i < SENDERS; i++)
		begin(&senders[i], send_each, &chan.tx);
	for (int i = 0; i < taken; i++)
		check(leat_wait(chan.rx) == 1);
	for (int i = 0; i < SENDERS; i++)
		must_return(&senders[i]);
	check(atomic_load(&places) == taken);
	leat_drop(chan);
	check(atomic_load(&places) == SENDERS * EACH);
}

/* A refused send has not given its place away. */
static void refused_ones(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity);

	atomic_store(&places, 0);
	send_places(chan.tx, capacity);
	check(leat_send_sized(chan.tx, NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_close(chan.tx) == 1 && leat_signal(chan.tx) == 0);
	leat_drop(chan);
	check(atomic_load(&places) == (int)capacity);
}

int main(int argc, char **argv)
{
	return RUN(released_with_their_channel, released_by_who_discards, displaced_ones, among_many, refused_ones);
}
