/* SPDX-License-Identifier: 0BSD
 *
 * zero_size.c - Go promises that a channel of struct{} works like any other, although its elements have no bytes. The
 * same holds here for leat_make_unit and for each type of size 0, whose elements may even own something.
 */
#include "go.h"

static const leat_type unit_type = { "unit", 0, NULL, NULL };

static void they_are_counted(void)
{
	leat_chan chan = leat_make_of(&unit_type, capacity);

	check(leat_cap(chan) == capacity);
	for (size_t i = 0; i < capacity; i++)
		check(leat_len(chan) == i && leat_signal(chan.tx) == 1);
	check(leat_send_sized(chan.tx, NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	for (size_t i = capacity; i > 0; i--)
		check(leat_len(chan) == i && leat_wait(chan.rx) == 1);
	check(leat_wait_by(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_close(chan.tx) == 1 && leat_wait(chan.rx) == 0);
	leat_drop(chan);
}

/* Nothing is written, neither to NULL nor to a variable. */
static void nothing_is_written(void)
{
	leat_chan chan = leat_make_of(&unit_type, capacity + 1);
	char before = 'b', after = 'a';

	check(leat_send_sized(chan.tx, &before, 0, LEAT_NEVER) == 1);
	check(leat_recv_sized(chan.rx, &after, 0, LEAT_NEVER) == 1 && after == 'a');
	check(leat_close(chan.tx) == 1);
	check(leat_recv_sized(chan.rx, &after, 0, LEAT_NEVER) == 0 && after == 'a');
	leat_drop(chan);
}

static void send_units(void *of_flow)
{
	flow *self = of_flow;
	leat_case on[] = { LEAT_SIGNAL(self->tx), { 0 } };

	for (int i = 0; i < self->count; i++)
		check(i % 2 ? leat_signal(self->tx) == 1 : leat_select(on, LEAT_NEVER) == 0 && on[0].ok);
	leat_drop(self->tx);
}

static void as_many_come_as_were_sent(void)
{
	leat_chan chan = leat_make_of(&unit_type, capacity), quiet = leat_make_unit();
	flow senders[3];
	leat_case on[] = { LEAT_WAIT(quiet.rx), LEAT_WAIT(chan.rx) };
	int count = 0;

	for (int i = 0; i < 3; i++) {
		senders[i] = (flow){ leat_dup(chan.tx), 0, 200 };
		start(send_units, &senders[i]);
	}
	leat_drop(chan.tx);
	while (leat_select(on, LEAT_NEVER) == 1 && on[1].ok)
		count++;
	check(count == 600);
	join();
	leat_drop(chan.rx);
	leat_drop(quiet);
}

/* An element that owns something is released once: when it is discarded, or when it is dropped with the queue. */
static void what_they_own_is_released(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity + 2);

	atomic_store(&places, 0);
	for (size_t i = 0; i < capacity + 2; i++)
		check(leat_signal(chan.tx) == 1);
	check(leat_wait(chan.rx) == 1 && atomic_load(&places) == 1);
	leat_drop(chan);
	check(atomic_load(&places) == (int)capacity + 2);
}

int main(int argc, char **argv)
{
	return RUN(they_are_counted, nothing_is_written, as_many_come_as_were_sent, what_they_own_is_released);
}
