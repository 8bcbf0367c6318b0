/* SPDX-License-Identifier: 0BSD
 *
 * mpmc.c - many senders and many receivers. Each value arrives exactly once, at one of the receivers. Each receiver
 * gets the values of a sender in the order in which they were sent. crossbeam counts the values, and leat.h also
 * promises the order.
 */
#include "../test.h"

enum { SENDERS = 4, RECEIVERS = 4, EACH = 1500 };

static atomic_int arrived[SENDERS * EACH];

typedef struct {
	background behind;
	leat_chan chan;
	int number, got;
} party;

static void send_own(void *of_party)
{
	party *self = of_party;

	send_ints(self->chan.tx, self->number * EACH, EACH);
	leat_drop(self->chan.tx);
}

static void count_one(party *self, int last[], int value)
{
	check(value >= 0 && value < SENDERS * EACH);
	check(value > last[value / EACH]);
	last[value / EACH] = value;
	atomic_fetch_add(&arrived[value], 1);
	self->got++;
}

static void begin_lasts(int last[])
{
	for (int i = 0; i < SENDERS; i++)
		last[i] = -1;
}

static void receive_one_by_one(void *of_party)
{
	party *self = of_party;
	int last[SENDERS];

	begin_lasts(last);
	for (int value; leat_recv(self->chan.rx, &value) > 0;)
		count_one(self, last, value);
	leat_drop(self->chan.rx);
}

static void receive_several(void *of_party)
{
	party *self = of_party;
	int last[SENDERS], values[5];
	long n;

	begin_lasts(last);
	while ((n = leat_recv_n(self->chan.rx, values, 5, LEAT_NEVER)) > 0)
		for (long i = 0; i < n; i++)
			count_one(self, last, values[i]);
	check(n == 0);
	leat_drop(self->chan.rx);
}

static void run(void (*receive)(void *))
{
	leat_chan chan = leat_make(int, capacity);
	party senders[SENDERS], receivers[RECEIVERS];
	int got = 0;

	for (int i = 0; i < RECEIVERS; i++) {
		receivers[i] = (party){ .chan.rx = leat_dup(chan.rx) };
		begin(&receivers[i].behind, receive, &receivers[i]);
	}
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (party){ .chan.tx = leat_dup(chan.tx), .number = i };
		begin(&senders[i].behind, send_own, &senders[i]);
	}
	leat_drop(chan);
	for (int i = 0; i < SENDERS; i++)
		must_return(&senders[i].behind);
	for (int i = 0; i < RECEIVERS; i++) {
		must_return(&receivers[i].behind);
		got += receivers[i].got;
	}
	check(got == SENDERS * EACH);
	for (int i = 0; i < SENDERS * EACH; i++)
		check(atomic_exchange(&arrived[i], 0) == 1);
}

static void each_value_once(void)
{
	run(receive_one_by_one);
}

static void each_value_once_in_batches(void)
{
	run(receive_several);
}

int main(int argc, char **argv)
{
	return RUN(each_value_once, each_value_once_in_batches);
}
