/* SPDX-License-Identifier: 0BSD
 *
 * select_both_ways.c - a select with both ends of one channel. It never meets itself. Two such selects meet: one sends
 * and the other receives. A crowd of them pairs off completely, except for one if their number is odd. After
 * crossbeam's send_recv_same_channel and matching.
 */
#include "../test.h"

enum { CROWD = 12, ROUNDS = 400 };

static void alone(void)
{
	leat_chan chan = leat_make(int, capacity);
	int out = 1, in = -1;
	leat_case on[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(chan.rx, &in) };
	leat_time times[] = { LEAT_NOW, leat_in(LEAT_MS(2)) };

	for (int i = 0; i < 2; i++)
		if (capacity == 0) {
			check(leat_select(on, times[i]) == -1 && errno == (i ? ETIMEDOUT : EAGAIN) && in == -1);
		} else {
			check(leat_select(on, times[i]) == 0 && leat_len(chan) == 1);
			receive_ints(chan.rx, 1, 1);
		}
	leat_drop(chan);
}

/* If the channel is neither empty nor full, the select does either. It never invents or loses a value. */
static void alone_with_room(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int out = 0, in = -1, next = 0;
	leat_case on[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(chan.rx, &in) };

	for (int i = 0; i < 1000; i++)
		if (leat_select(on, LEAT_NEVER) == 0)
			out++;
		else
			check(in == next++);
	check(leat_len(chan) == (size_t)(out - next));
	leat_drop(chan);
}

typedef struct {
	background behind;
	leat_chan chan;
	int number, sent, received;
} party;

static void meet_another(void *of_party)
{
	party *self = of_party;
	int got = -1;
	leat_case on[] = { LEAT_SEND(self->chan.tx, &self->number), LEAT_RECV(self->chan.rx, &got) };
	int chosen = leat_select(on, LEAT_NEVER);

	check(chosen >= 0 && on[chosen].ok == 1);
	self->sent = chosen == 0;
	self->received = chosen == 1;
	check(got == -1 ? self->sent : self->received);
	check(capacity > 0 || got != self->number);
}

/* Without room, a value from outside makes an odd number of selects even. With room, no select waits, and some values
 * may be left. */
static void crowd(int size)
{
	leat_chan chan = leat_make(int, capacity);
	party parties[CROWD + 1];
	int sent = 0, received = 0;

	for (int i = 0; i < size; i++) {
		parties[i] = (party){ .chan = chan, .number = i };
		begin(&parties[i].behind, meet_another, &parties[i]);
	}
	if (size % 2 && capacity == 0) {
		check(leat_send(chan.tx, &(int){ CROWD + 1 }) == 1);
		sent++;
	}
	for (int i = 0; i < size; i++) {
		must_return(&parties[i].behind);
		sent += parties[i].sent;
		received += parties[i].received;
	}
	check((size_t)(sent - received) == leat_len(chan) && leat_len(chan) <= capacity);
	leat_drop(chan);
}

static void a_crowd_pairs_off(void)
{
	for (int i = 0; i < 10; i++)
		crowd(CROWD);
}

static void an_odd_crowd_needs_one_more(void)
{
	for (int i = 0; i < 10; i++)
		crowd(CROWD + 1);
}

/* Both threads always offer to send and to receive. Without room, each value that one sends is received by the
 * other. */
static void meet_again_and_again(void *of_party)
{
	party *self = of_party;
	int got;
	leat_case on[] = { LEAT_SEND(self->chan.tx, &self->number), LEAT_RECV(self->chan.rx, &got) };

	for (int i = 0; i < ROUNDS; i++) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1 && (chosen == 0 || got == !self->number));
		self->sent += chosen == 0;
		self->received += chosen == 1;
	}
}

static void two_meet_again_and_again(void)
{
	leat_chan chan = leat_make(int, 0);
	party parties[2];

	for (int i = 0; i < 2; i++) {
		parties[i] = (party){ .chan = chan, .number = i };
		begin(&parties[i].behind, meet_again_and_again, &parties[i]);
	}
	for (int i = 0; i < 2; i++)
		must_return(&parties[i].behind);
	check(parties[0].sent == parties[1].received && parties[1].sent == parties[0].received);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(alone, alone_with_room, a_crowd_pairs_off, an_odd_crowd_needs_one_more, two_meet_again_and_again);
}
