/* SPDX-License-Identifier: 0BSD
 *
 * select_duplicates.c - Go promises that a channel may be in several cases of a select. If one case wakes the select,
 * it leaves the queues of all others, so that later waiters are served. The same holds here.
 */
#include "go.h"

enum { VALUES = 400 };

typedef struct { leat_rx c, d; int value, chosen; } sleeper;

/* Two cases are in the queue of c, and one is in that of d. */
static void sleep_in_three_cases(void *of_sleeper)
{
	sleeper *self = of_sleeper;
	leat_case on[] = { LEAT_RECV(self->c, &self->value), LEAT_RECV(self->c, &self->value),
		           LEAT_RECV(self->d, &self->value) };

	self->chosen = leat_select(on, LEAT_NEVER);
	check(self->chosen >= 0 && on[self->chosen].ok == 1);
}

static void sleep_in_one(void *of_sleeper)
{
	sleeper *self = of_sleeper;

	self->chosen = 0;
	check(leat_recv(self->c, &self->value) == 1);
}

static void who_is_woken_elsewhere_leaves_the_queue(void)
{
	leat_chan c = leat_make(int, capacity), d = leat_make(int, capacity);
	sleeper first = { c.rx, d.rx, 0, -1 }, second = first;

	clock_runs();
	start(sleep_in_three_cases, &first);
	until_all_sleep();
	start(sleep_in_one, &second);
	until_all_sleep();
	check(leat_send(d.tx, &(int){ 7 }) == 1);
	until_all_sleep();
	check(first.chosen == 2 && first.value == 7 && second.chosen == 0);
	check(leat_send(c.tx, &(int){ 8 }) == 1);
	join();
	check(second.value == 8 && leat_len(c) == 0 && leat_len(d) == 0);
	leat_clock_real();
	leat_drop(c);
	leat_drop(d);
}

/* The select has another place in the same queue. Each waiter there gets one value. */
static void who_is_woken_once_takes_one_value(void)
{
	leat_chan c = leat_make(int, capacity), d = leat_make(int, capacity);
	sleeper first = { c.rx, d.rx, 0, -1 }, second = first;

	clock_runs();
	start(sleep_in_three_cases, &first);
	until_all_sleep();
	start(sleep_in_one, &second);
	until_all_sleep();
	check(leat_send_n(c.tx, ((int[]){ 1, 2 }), 2, LEAT_NEVER) == 2);
	join();
	check(first.chosen < 2 && first.value == 1 && second.value == 2);
	leat_clock_real();
	leat_drop(c);
	leat_drop(d);
}

static void send_each_of_three(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;
	int n;
	leat_case on[] = { LEAT_SEND(tx, &n), LEAT_SEND(tx, &n), LEAT_SEND(tx, &n) };

	for (n = 0; n < VALUES; n++) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1);
	}
	check(leat_close(tx) == 1);
}

/* Both sides have the channel in three cases. Each case has a place of its own for a value. */
static void each_value_goes_over_once(void)
{
	leat_chan chan = leat_make(int, capacity);
	int in[3], next = 0, chosen;
	leat_case on[] = { LEAT_RECV(chan.rx, &in[0]), LEAT_RECV(chan.rx, &in[1]), LEAT_RECV(chan.rx, &in[2]) };

	start(send_each_of_three, &chan.tx);
	for (;;) {
		in[0] = in[1] = in[2] = -1;
		chosen = leat_select(on, LEAT_NEVER);
		check(chosen >= 0);
		if (!on[chosen].ok)
			break;
		check(in[chosen] == next && in[0] + in[1] + in[2] == next - 2);
		next++;
	}
	check(next == VALUES && in[chosen] == 0);
	join();
	leat_drop(chan);
}

/* If the channel is closed, only one of its cases is chosen, too. */
static void one_case_tells_of_the_end(void)
{
	leat_chan chan = leat_make(int, capacity);
	int in[2];
	leat_case on[] = { LEAT_RECV(chan.rx, &in[0]), LEAT_RECV(chan.rx, &in[1]) };

	check(leat_close(chan.tx) == 1);
	for (int i = 0; i < 20; i++) {
		int chosen;

		in[0] = in[1] = -1;
		chosen = leat_select(on, LEAT_NEVER);
		check((chosen == 0 || chosen == 1) && !on[chosen].ok && in[chosen] == 0 && in[!chosen] == -1);
	}
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(who_is_woken_elsewhere_leaves_the_queue, who_is_woken_once_takes_one_value,
	           each_value_goes_over_once, one_case_tells_of_the_end);
}
