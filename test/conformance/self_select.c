/* SPDX-License-Identifier: 0BSD
 *
 * self_select.c - Go promises that a select which sends to and receives from the same channel never meets itself. Alone
 * and without room it blocks. Two such selects meet. The same holds here.
 */
#include "go.h"

enum { ROUNDS = 1500 };

/* If the channel has room, the select may receive its own value later. */
static void alone_it_blocks_without_room(void)
{
	leat_chan chan = leat_make(int, capacity);
	int in = -1, out = 5;
	leat_case on[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(chan.rx, &in) };

	clock_runs();
	if (capacity == 0) {
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_select(on, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
		check(in == -1 && leat_len(chan) == 0);
	} else {
		check(leat_select(on, leat_in(LEAT_S(1))) == 0 && on[0].ok == 1 && leat_len(chan) == 1);
		on[0].ch = NULL;
		check(leat_select(on, leat_in(LEAT_S(1))) == 1 && on[1].ok == 1 && in == 5);
		check(leat_select(on, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	}
	leat_clock_real();
	leat_drop(chan);
}

typedef struct { leat_chan chan; int name, sent, received; } party;

/* Send one's own name or receive that of the other, with the cases in either order. */
static void send_or_receive(void *of_party)
{
	party *self = of_party;

	for (int i = 0; i < ROUNDS; i++) {
		int in = -1, send = (self->name + i) % 2, chosen;
		leat_case on[2];

		on[send] = LEAT_SEND(self->chan.tx, &self->name);
		on[!send] = LEAT_RECV(self->chan.rx, &in);
		chosen = leat_select(on, LEAT_NEVER);
		check(chosen >= 0 && on[chosen].ok == 1);
		check(chosen == send ? in == -1 : in == !self->name || (in == self->name && capacity > 0));
		self->sent += chosen == send;
		self->received += chosen != send;
	}
}

static void two_meet_each_other(void)
{
	leat_chan chan = leat_make(int, capacity);
	party parties[] = { { chan, 0, 0, 0 }, { chan, 1, 0, 0 } };

	start(send_or_receive, &parties[0]);
	start(send_or_receive, &parties[1]);
	join();
	check(parties[0].sent + parties[1].sent ==
	      parties[0].received + parties[1].received + (int)leat_len(chan));
	if (capacity == 0)
		check(parties[0].sent == parties[1].received && parties[1].sent == parties[0].received);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(alone_it_blocks_without_room, two_meet_each_other);
}
