/* SPDX-License-Identifier: 0BSD
 *
 * fifo.c - Go promises that values leave a channel in the order in which they entered it, and that waiting threads are
 * served in the order in which they came. The same holds here, for each way to receive.
 */
#include "go.h"

enum { VALUES = 500, STAGES = 12, WAITING = 6 };

static void queued_values_leave_in_order(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (int round = 0; round < 3; round++) {
		fill(chan);
		receive_ints(chan.rx, 0, capacity);
		check(leat_len(chan) == 0);
	}
	leat_drop(chan);
}

static void one_by_one_they_go_around(void)
{
	leat_chan chan = leat_make(int, capacity);
	flow sender = { chan.tx, 0, VALUES };

	start(send_flow, &sender);
	receive_ints(chan.rx, 0, VALUES);
	join();
	leat_drop(chan);
}

/* Receive as many values as one call gives. Each call uses another way to receive. */
static long receive_some(leat_rx rx, int *values, long most)
{
	static unsigned ways;
	leat_case on[] = { { 0 }, LEAT_RECV(rx, &values[0]) };

	switch (ways++ % 3) {
	case 0: return leat_recv(rx, &values[0]);
	case 1: return leat_recv_n(rx, values, most < 7 ? most : 7, LEAT_NEVER);
	default: return leat_select(on, LEAT_NEVER) == 1 && on[1].ok;
	}
}

static void every_way_to_receive_keeps_the_order(void)
{
	leat_chan chan = leat_make(int, capacity);
	flow sender = { chan.tx, 0, VALUES };
	int values[7];

	start(send_flow, &sender);
	for (int next = 0; next < VALUES;) {
		long got = receive_some(chan.rx, values, VALUES - next);

		check(got > 0);
		for (long i = 0; i < got; i++)
			check(values[i] == next++);
	}
	join();
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------- a chain -- */

typedef struct { leat_rx in; leat_tx out; } stage;

static void pass_on(void *of_stage)
{
	stage *self = of_stage;

	for (int n; leat_recv(self->in, &n) > 0;)
		check(leat_send(self->out, &n) == 1);
	leat_drop(self->in);
	leat_drop(self->out);
}

static void a_chain_of_threads_keeps_the_order(void)
{
	leat_chan first = leat_make(int, capacity), last = first;
	stage stages[STAGES];
	flow sender = { first.tx, 0, VALUES };

	for (int i = 0; i < STAGES; i++) {
		leat_rx in = last.rx;

		last = leat_make(int, capacity);
		stages[i] = (stage){ in, last.tx };
		start(pass_on, &stages[i]);
	}
	start(send_flow, &sender);
	receive_ints(last.rx, 0, VALUES);
	leat_drop(first.tx);
	check(leat_wait(last.rx) == 0);
	join();
	leat_drop(last.rx);
}

/* -------------------------------------------------------------------------------------------------- asleep -- */

static void receive_one(void *of_call)
{
	call *self = of_call;

	self->result = leat_recv(self->on.rx, &self->value);
}

static void sleeping_receivers_are_served_in_turn(void)
{
	leat_chan chan = leat_make(int, capacity);
	call receivers[WAITING];

	clock_runs();
	for (int i = 0; i < WAITING; i++) {
		receivers[i].on = chan;
		start(receive_one, &receivers[i]);
		until_all_sleep();
	}
	send_ints(chan.tx, 0, WAITING);
	join();
	for (int i = 0; i < WAITING; i++)
		check(receivers[i].result == 1 && receivers[i].value == i);
	leat_clock_real();
	leat_drop(chan);
}

static void sleeping_senders_are_served_in_turn(void)
{
	leat_chan chan = leat_make(int, capacity);
	flow senders[WAITING];

	clock_runs();
	fill(chan);
	for (int i = 0; i < WAITING; i++) {
		senders[i] = (flow){ chan.tx, (int)capacity + i, 1 };
		start(send_flow, &senders[i]);
		until_all_sleep();
	}
	receive_ints(chan.rx, 0, capacity + WAITING);
	join();
	leat_clock_real();
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(queued_values_leave_in_order, one_by_one_they_go_around, every_way_to_receive_keeps_the_order,
	           a_chain_of_threads_keeps_the_order, sleeping_receivers_are_served_in_turn,
	           sleeping_senders_are_served_in_turn);
}
