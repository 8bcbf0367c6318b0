/* SPDX-License-Identifier: 0BSD
 *
 * channel_through_channel.c - the value of a channel is the receiving end of the next channel, and so on, a thousand
 * times, with plain calls and with selects, as in crossbeam. A queued handle is alive: its channel is not closed or
 * emptied before the handle is dropped.
 */
#include "../test.h"

enum { LINKS = 1000 };

typedef struct {
	background behind;
	leat_tx tx;
	int selects;
} sender;

static void send_link(leat_tx tx, leat_rx *next, int selects)
{
	leat_case on[] = { LEAT_SEND(tx, next) };

	if (selects)
		check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
	else
		check(leat_send(tx, next) == 1);
}

static leat_rx receive_link(leat_rx rx, int selects)
{
	leat_rx next;
	leat_case on[] = { LEAT_RECV(rx, &next) };

	if (selects)
		check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
	else
		check(leat_recv(rx, &next) == 1);
	return next;
}

static void send_links(void *of_sender)
{
	sender *self = of_sender;
	leat_tx tx = self->tx;

	for (int i = 0; i < LINKS; i++) {
		leat_chan next = leat_make_of(&leat_rx_type, capacity);

		send_link(tx, &next.rx, self->selects);
		leat_drop(tx);
		tx = next.tx;
	}
	leat_drop(tx);
}

static void run(int sender_selects, int receiver_selects)
{
	leat_chan first = leat_make_of(&leat_rx_type, capacity);
	sender from = { .tx = first.tx, .selects = sender_selects };
	leat_rx rx = first.rx;

	begin(&from.behind, send_links, &from);
	for (int i = 0; i < LINKS; i++) {
		leat_rx next = receive_link(rx, receiver_selects);

		leat_drop(rx);
		rx = next;
	}
	check(leat_wait(rx) == 0);
	leat_drop(rx);
	must_return(&from.behind);
}

static void one_through_the_other(void)
{
	run(0, 0);
}

static void one_through_the_other_by_select(void)
{
	run(1, 1);
	run(0, 1);
}

/* Each channel is the first value of another one. All are inside each other at once. Then the outermost is dropped. */
static void all_inside_each_other(void)
{
	leat_chan innermost = leat_make(int, capacity);
	leat_rx carried = innermost.rx;

	for (int i = 0; i < LINKS; i++) {
		leat_chan around = leat_make_of(&leat_rx_type, capacity + 1);

		check(leat_send(around.tx, &carried) == 1);
		leat_drop(around.tx);
		carried = around.rx;
	}
	check(leat_closed(innermost.tx) == 0 && leat_wait_gone(innermost.tx, LEAT_NOW) == -1);
	leat_drop(carried);
	check(leat_closed(innermost.tx) == 1 && leat_wait_gone(innermost.tx, LEAT_NOW) == 1);
	leat_drop(innermost.tx);
}

/* Both ends of a channel are sent. The channel works at their destination and on the way, and it has ended if they are
 * lost. */
static void both_ends_travel(void)
{
	leat_chan inner = leat_make(int, capacity + 1), moved;
	leat_chan of_tx = leat_make_of(&leat_tx_type, capacity + 1), of_rx = leat_make_of(&leat_rx_type, capacity + 1);

	check(leat_send(of_tx.tx, &inner.tx) == 1);
	check(leat_wait_by(inner.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_recv(of_tx.rx, &moved.tx) == 1);
	check(leat_send(of_rx.tx, &inner.rx) == 1);
	send_ints(moved.tx, 4, 1);
	check(leat_recv(of_rx.rx, &moved.rx) == 1);
	receive_ints(moved.rx, 4, 1);
	check(leat_send(of_tx.tx, &moved.tx) == 1);
	leat_drop(of_tx.rx);
	check(leat_wait(moved.rx) == 0);
	leat_drop(moved.rx);
	leat_drop(of_tx.tx);
	leat_drop(of_rx);
}

int main(int argc, char **argv)
{
	return RUN(one_through_the_other, one_through_the_other_by_select, all_inside_each_other, both_ends_travel);
}
