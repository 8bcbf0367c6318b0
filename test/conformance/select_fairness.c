/* SPDX-License-Identifier: 0BSD
 *
 * select_fairness.c - Go promises a uniform choice among the ready cases, whatever their places. The same holds here,
 * also for a select that slept: if it is several times in the queue that wakes it, each of its places has the same
 * chance. leat_select_first takes the earliest case; Go has no such select.
 */
#include "go.h"

enum { DRAWS = 4000, PATIENCE = 100 };

/* The difference of two fair counts that sum up to n has a standard deviation of sqrt(n). It exceeds six of them once
 * in 500 million times. */
static void must_be_even(long a, long b)
{
	check((a - b) * (a - b) <= 36 * (a + b));
}

/* Two of four channels always have a value, in all combinations of places. */
static void two_ready_among_two_idle(void)
{
	enum { CASES = 4 };
	leat_chan idle = leat_make(int, capacity), ready[] = { leat_make(int, 1), leat_make(int, 1) };
	int n;

	for (int a = 0; a < CASES; a++) {
		for (int b = 0; b < CASES; b++) {
			leat_case on[CASES];
			long counts[CASES] = { 0 };

			if (a == b)
				continue;
			for (int i = 0; i < CASES; i++)
				on[i] = LEAT_RECV(i == a ? ready[0].rx : i == b ? ready[1].rx : idle.rx, &n);
			for (int i = 0; i < DRAWS; i++) {
				(void)leat_send_by(ready[0].tx, &i, LEAT_NOW); /* the channel is full unless it was
				                                                * chosen last */
				(void)leat_send_by(ready[1].tx, &i, LEAT_NOW);
				counts[leat_select(on, LEAT_NEVER)]++;
			}
			check(counts[a] + counts[b] == DRAWS);
			must_be_even(counts[a], counts[b]);
		}
	}
	leat_drop(idle);
	leat_drop(ready[0]);
	leat_drop(ready[1]);
}

/* A channel that is always ready does not keep another one from being chosen. A fair choice between two misses the
 * other one PATIENCE times in a row with a probability of 2 to the -100. */
static void nothing_ready_is_starved(void)
{
	leat_chan busy = leat_make(int, capacity + 1), rare = leat_make(int, capacity + 1);
	int n;
	leat_case on[] = { LEAT_RECV(busy.rx, &n), LEAT_RECV(rare.rx, &n) };

	for (int round = 0; round < 200; round++) {
		int looks = 0;

		check(leat_send(rare.tx, &round) == 1);
		do
			(void)leat_send_by(busy.tx, &round, LEAT_NOW); /* full unless it was chosen last */
		while (leat_select(on, LEAT_NEVER) == 0 && ++looks < PATIENCE);
		check(looks < PATIENCE);
	}
	leat_drop(busy);
	leat_drop(rare);
}

/* ---------------------------------------------------------------------------------- one channel, two cases -- */

/* A select sends zeroes and ones on one channel. The receiver finds it asleep or not. */
static void send_bits(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;
	int zero = 0, one = 1;
	leat_case on[] = { LEAT_SEND(tx, &zero), LEAT_SEND(tx, &one) };

	for (int i = 0; i < DRAWS; i++)
		check(leat_select(on, LEAT_NEVER) >= 0);
}

static void two_sends_into_one_channel(void)
{
	leat_chan chan = leat_make(int, capacity);
	long counts[2] = { 0 };

	start(send_bits, &chan.tx);
	for (int i = 0, n; i < DRAWS; i++) {
		check(leat_recv(chan.rx, &n) == 1 && (n == 0 || n == 1));
		counts[n]++;
	}
	must_be_even(counts[0], counts[1]);
	join();
	leat_drop(chan);
}

typedef struct { leat_rx rx; int first, rounds; long counts[2]; } reading;

static void receive_twice_beside(void *of_reading)
{
	reading *self = of_reading;
	int n;
	leat_case on[] = { LEAT_RECV(self->rx, &n), LEAT_RECV(self->rx, &n) };

	for (int i = 0; i < self->rounds; i++)
		self->counts[self->first ? leat_select_first(on, LEAT_NEVER) : leat_select(on, LEAT_NEVER)]++;
}

/* The select sleeps each time when a value comes. */
static void wake_each_time(reading *self, leat_tx tx)
{
	start(receive_twice_beside, self);
	for (int i = 0; i < self->rounds; i++) {
		until_all_sleep();
		check(leat_send(tx, &i) == 1);
	}
	join();
}

static void a_sleeping_select_is_as_fair(void)
{
	leat_chan chan = leat_make(int, capacity);
	reading any = { chan.rx, 0, 300, { 0 } }, first = { chan.rx, 1, 50, { 0 } };

	clock_runs();
	wake_each_time(&any, chan.tx);
	wake_each_time(&first, chan.tx);
	leat_clock_real();
	must_be_even(any.counts[0], any.counts[1]);
	check(first.counts[0] == 50 && first.counts[1] == 0);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(two_ready_among_two_idle, nothing_ready_is_starved, two_sends_into_one_channel,
	           a_sleeping_select_is_as_fair);
}
