/* SPDX-License-Identifier: 0BSD
 *
 * stress_timeout_two_threads.c - deadlines that race with values. Both sides wait for some microseconds and try again.
 * All values arrive once and in order. A wait that was given up loses no value and adds none. This is so in crossbeam,
 * too. It is tested with plain calls, with selects, and with owned values.
 */
#include "../test.h"

#include <stdbool.h>

enum { COUNT = 1200 };

typedef struct {
	background behind;
	leat_tx tx;
	bool selects;
	unsigned random;
} sender;

/* Mostly about as long as it takes until the other side comes. */
static leat_time some_time(unsigned *random)
{
	return leat_in(LEAT_US(random_below(random, 150)));
}

static int send_for_a_while(sender *self, owned *value)
{
	leat_rx nobody = LEAT_NIL;
	leat_case on[] = { LEAT_WAIT(nobody), LEAT_SEND(self->tx, value) };
	int chosen;

	if (!self->selects)
		return leat_send_by(self->tx, value, some_time(&self->random));
	chosen = leat_select(on, some_time(&self->random));
	check(chosen == 1 || chosen == -1);
	return chosen == 1 ? on[1].ok : -1;
}

static void send_all(void *of_sender)
{
	sender *self = of_sender;

	for (int i = 0, sent; i < COUNT; i++) {
		owned value = own(i);

		while ((sent = send_for_a_while(self, &value)) == -1)
			check(errno == ETIMEDOUT && *value.number == i);
		check(sent == 1);
	}
	leat_drop(self->tx);
}

static int receive_for_a_while(leat_rx rx, owned *value, bool selects, unsigned *random)
{
	leat_case on[] = { LEAT_RECV(rx, value) };

	if (!selects)
		return leat_recv_by(rx, value, some_time(random));
	return leat_select(on, some_time(random)) == 0 ? on[0].ok : -1;
}

static void run(bool sender_selects, bool receiver_selects)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	sender from = { .tx = chan.tx, .selects = sender_selects, .random = 1 };
	unsigned random = 2;
	owned value = { NULL };
	int next = 0, got;

	begin(&from.behind, send_all, &from);
	while ((got = receive_for_a_while(chan.rx, &value, receiver_selects, &random)) != 0) {
		if (got == 1) {
			check(*value.number == next);
			next++;
			disown(value);
			value.number = NULL;
		}
		check(got == 1 || (errno == ETIMEDOUT && !value.number));
	}
	check(next == COUNT);
	must_return(&from.behind);
	leat_drop(chan.rx);
}

static void calls(void)
{
	run(false, false);
}

static void selects(void)
{
	run(true, true);
}

static void one_of_each(void)
{
	run(true, false);
	run(false, true);
}

int main(int argc, char **argv)
{
	return RUN(calls, selects, one_of_each);
}
