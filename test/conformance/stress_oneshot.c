/* SPDX-License-Identifier: 0BSD
 *
 * stress_oneshot.c - ten thousand channels that carry one value each between two threads, as in crossbeam. The sender
 * drops its end as soon as the value is sent, and the receiver as soon as it has come. So the end may come before the
 * value is received, with it, or after it. The two threads take turns, so that neither gets far ahead.
 */
#include "../test.h"

enum { ROUNDS = 10000 };

static leat_chan rounds[ROUNDS];

static void send_once(leat_tx tx, int value)
{
	check(leat_send(tx, &value) == 1);
	leat_drop(tx);
}

static void receive_once(leat_rx rx, int value)
{
	int got = -1, rest = 7;

	check(leat_recv(rx, &got) == 1 && got == value);
	check(leat_recv(rx, &rest) == 0 && rest == 0 && leat_closed(rx) == 1);
	leat_drop(rx);
}

/* One side sends in the even rounds, the other in the odd rounds. */
static void play(int side)
{
	for (int i = 0; i < ROUNDS; i++)
		if (i % 2 == side)
			send_once(rounds[i].tx, i);
		else
			receive_once(rounds[i].rx, i);
}

static void play_even(void *nothing)
{
	(void)nothing;
	play(0);
}

static void ten_thousand(void)
{
	background other;

	for (int i = 0; i < ROUNDS; i++) {
		rounds[i] = leat_make(int, capacity);
		check(leat_never_started(rounds[i]) == 0);
	}
	begin(&other, play_even, NULL);
	play(1);
	must_return(&other);
}

/* If there is room, one thread does both. The sender has left when the value is received. */
static void in_one_thread(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		leat_chan chan = leat_make(int, 1);

		send_once(chan.tx, i);
		receive_once(chan.rx, i);
	}
}

int main(int argc, char **argv)
{
	return RUN(ten_thousand, in_one_thread);
}
