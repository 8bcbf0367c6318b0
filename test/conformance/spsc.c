/* SPDX-License-Identifier: 0BSD
 *
 * spsc.c - one sender and one receiver: all values arrive, in order, and then the end, as in crossbeam. Batches and
 * selects must not change the order either.
 */
#include "../test.h"

enum { COUNT = 4000, BATCH = 7 };

typedef struct {
	background behind;
	leat_tx tx;
	int how;
} sender;

static void send_in_batches(leat_tx tx)
{
	int values[BATCH];
	long sent;

	for (int next = 0; next < COUNT; next += (int)sent) {
		int n = COUNT - next < BATCH ? COUNT - next : BATCH;

		for (int i = 0; i < n; i++)
			values[i] = next + i;
		sent = leat_send_n(tx, values, n, LEAT_NEVER);
		check(sent > 0 && sent <= n);
	}
}

static void send_by_select(leat_tx tx)
{
	int value;
	leat_case on[] = { LEAT_SEND(tx, &value), { 0 } };

	for (value = 0; value < COUNT; value++)
		check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
}

static void send_all(void *of_sender)
{
	sender *self = of_sender;

	switch (self->how) {
	case 0: send_ints(self->tx, 0, COUNT); break;
	case 1: send_in_batches(self->tx); break;
	default: send_by_select(self->tx);
	}
	leat_drop(self->tx);
}

static void receive_in_batches(leat_rx rx)
{
	int values[BATCH], next = 0;
	long received;

	while ((received = leat_recv_n(rx, values, BATCH, LEAT_NEVER)) > 0)
		for (long i = 0; i < received; i++)
			check(values[i] == next++);
	check(received == 0 && next == COUNT);
}

static void receive_by_select(leat_rx rx)
{
	int value;
	leat_case on[] = { { 0 }, LEAT_RECV(rx, &value) };

	for (int next = 0; next < COUNT; next++)
		check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 1 && value == next);
	check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 0 && value == 0);
}

static void receive_all(leat_rx rx, int how)
{
	int rest = 7;

	switch (how) {
	case 0: receive_ints(rx, 0, COUNT); break;
	case 1: receive_in_batches(rx); break;
	default: receive_by_select(rx);
	}
	check(leat_recv(rx, &rest) == 0 && rest == 0);
	leat_drop(rx);
}

static void run(int sends, int receives)
{
	leat_chan chan = leat_make(int, capacity);
	sender from = { .tx = chan.tx, .how = sends };

	begin(&from.behind, send_all, &from);
	receive_all(chan.rx, receives);
	must_return(&from.behind);
}

static void in_order(void)
{
	run(0, 0);
}

static void in_order_however_sent_and_received(void)
{
	run(1, 1);
	run(2, 2);
	run(1, 2);
	run(2, 0);
}

int main(int argc, char **argv)
{
	return RUN(in_order, in_order_however_sent_and_received);
}
