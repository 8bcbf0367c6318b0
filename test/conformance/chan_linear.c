/* SPDX-License-Identifier: 0BSD
 *
 * chan_linear.c - Go promises that a select leaves the long queue of a channel without searching it: n selects take n
 * steps. The same holds here, because each case knows its place in the queue. The test does not measure time. Ten
 * thousand times, a select joins a long queue and leaves it at any place. Then a select with ten thousand cases does
 * so. At the end, all waiters are served.
 */
#include "go.h"

enum { SLEEPERS = 100, MESSAGES = 100, PLACES = 10000 };

typedef struct { leat_chan shared, own; int woken, last; } sleeper;

/* When its own channel wakes the select, it goes to the end of the shared channel's queue again. */
static void sleep_among_others(void *of_sleeper)
{
	sleeper *self = of_sleeper;
	int n;
	leat_case on[] = { LEAT_RECV(self->shared.rx, &self->last), LEAT_RECV(self->own.rx, &n) };

	for (; self->woken < MESSAGES; self->woken++)
		check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 1 && n == self->woken);
	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
}

static void many_selects_in_one_queue(void)
{
	static sleeper sleepers[SLEEPERS];
	leat_chan shared = leat_make(int, capacity);
	static atomic_int served[SLEEPERS];

	clock_runs();
	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i] = (sleeper){ shared, leat_make(int, capacity), 0, -1 };
		start(sleep_among_others, &sleepers[i]);
	}
	for (int message = 0; message < MESSAGES; message++)
		for (int i = 0; i < SLEEPERS; i++)
			check(leat_send(sleepers[i * 37 % SLEEPERS].own.tx, &message) == 1);
	until_all_sleep();
	send_ints(shared.tx, 0, SLEEPERS);
	join();
	leat_clock_real();
	for (int i = 0; i < SLEEPERS; i++) {
		atomic_fetch_add(&served[sleepers[i].last], 1);
		leat_drop(sleepers[i].own);
	}
	must_all_be(1, served, SLEEPERS);
	leat_drop(shared);
}

/* ----------------------------------------------------------------------------------------- many places in one -- */

typedef struct { leat_chan shared, own; } crowd;

static void sleep_everywhere(void *of_crowd)
{
	crowd *self = of_crowd;
	static leat_case on[PLACES + 1];
	int n;

	for (int i = 0; i <= PLACES; i++)
		on[i] = LEAT_RECV(i == PLACES / 2 ? self->own.rx : self->shared.rx, &n);
	for (int i = 0; i < 10; i++)
		check(leat_select(on, LEAT_NEVER) == PLACES / 2 && n == i);
	check(leat_select(on, LEAT_NEVER) != PLACES / 2 && n == 10);
}

static void many_cases_in_one_queue(void)
{
	crowd self = { leat_make(int, capacity), leat_make(int, capacity) };

	clock_runs();
	start(sleep_everywhere, &self);
	for (int i = 0; i < 10; i++) {
		until_all_sleep();
		check(leat_send(self.own.tx, &i) == 1);
	}
	until_all_sleep();
	check(leat_send(self.shared.tx, &(int){ 10 }) == 1);
	join();
	leat_clock_real();
	leat_drop(self.shared);
	leat_drop(self.own);
}

int main(int argc, char **argv)
{
	return RUN(many_selects_in_one_queue, many_cases_in_one_queue);
}
