/* SPDX-License-Identifier: 0BSD
 *
 * stress_oneshot.c - ten thousand channels that carry one value each between two threads, as in crossbeam. Each is
 * dropped by its sender as soon as the value has gone, and by its receiver as soon as it has come: the end may come
 * before, with or after the value. The two take turns, so that neither runs away from the other.
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

/* The even rounds are sent by one, the odd ones by the other. */
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

/* In one thread, where there is room: the sender has left when the value is looked for. */
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
