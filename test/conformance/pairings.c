/* SPDX-License-Identifier: 0BSD
 *
 * pairings.c - Go promises that each kind of send meets each kind of receive, plain or in a select of one or several
 * cases, whichever of them waits for the other. The same holds here, also for calls with a deadline, for batches, and
 * for calls that another stream can end.
 */
#include "go.h"

enum { WAYS = 6 };

typedef struct { leat_chan chan, idle; int way, value; long result; } party;

static void send_its_way(void *of_party)
{
	party *self = of_party;
	leat_tx tx = self->chan.tx;
	const int *n = &self->value;
	leat_case on[] = { LEAT_SEND(tx, n), LEAT_RECV(self->idle.rx, &self->way), LEAT_GONE(self->idle.tx) };

	switch (self->way) {
	case 0: self->result = leat_send(tx, n); break;
	case 1: self->result = leat_send_by(tx, n, leat_in(LEAT_S(9))); break;
	case 2: self->result = leat_send_n(tx, n, 1, LEAT_NEVER); break;
	case 3: self->result = leat_send_or(tx, n, self->idle.rx); break;
	case 4: self->result = leat_select_n(on, 1, LEAT_NEVER) == 0 && on[0].ok; break;
	default: self->result = leat_select(on, LEAT_NEVER) == 0 && on[0].ok;
	}
}

static void receive_its_way(void *of_party)
{
	party *self = of_party;
	leat_rx rx = self->chan.rx;
	int *n = &self->value;
	leat_case on[] = { LEAT_RECV(self->idle.rx, &self->way), LEAT_GONE(self->idle.tx), LEAT_RECV(rx, n) };

	switch (self->way) {
	case 0: self->result = leat_recv(rx, n); break;
	case 1: self->result = leat_recv_by(rx, n, leat_in(LEAT_S(9))); break;
	case 2: self->result = leat_recv_n(rx, n, 1, LEAT_NEVER); break;
	case 3: self->result = leat_recv_or(rx, n, self->idle.rx); break;
	case 4: self->result = leat_select_n(on + 2, 1, LEAT_NEVER) == 0 && on[2].ok; break;
	default: self->result = leat_select(on, LEAT_NEVER) == 2 && on[2].ok;
	}
}

/* Each kind meets each other kind. If the first must wait, it sleeps before the second comes. A sender that has room
 * need not wait. */
static void meet_each_other(void (*first)(void *), void (*second)(void *))
{
	leat_chan chan = leat_make(int, capacity), idle = leat_make(int, capacity);
	party sender = { .chan = chan, .idle = idle }, receiver = sender;

	clock_runs();
	for (int i = 0; i < WAYS * WAYS; i++) {
		sender.way = i / WAYS;
		receiver.way = i % WAYS;
		sender.value = 100 + i;
		receiver.value = -1;
		start(first, first == send_its_way ? &sender : &receiver);
		until_all_sleep();
		start(second, second == send_its_way ? &sender : &receiver);
		join();
		check(sender.result == 1 && receiver.result == 1 && receiver.value == 100 + i);
	}
	leat_clock_real();
	check(leat_len(chan) == 0 && leat_len(idle) == 0);
	leat_drop(chan);
	leat_drop(idle);
}

static void sends_find_receives(void)
{
	meet_each_other(receive_its_way, send_its_way);
}

static void receives_find_sends(void)
{
	meet_each_other(send_its_way, receive_its_way);
}

int main(int argc, char **argv)
{
	return RUN(sends_find_receives, receives_find_sends);
}
