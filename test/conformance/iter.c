/* SPDX-License-Identifier: 0BSD
 *
 * iter.c - loops over a stream, after crossbeam's iterators. A loop goes on until the end, or is left in the middle. It
 * takes the values that are there now, or batches. The sender may have left before the loop begins.
 */
#include "../test.h"

typedef struct {
	background behind;
	leat_rx in;
	leat_tx out;
} summer;

static void sum_up(void *of_summer)
{
	summer *self = of_summer;
	int sum = 0;

	for (int n; leat_recv(self->in, &n) > 0;)
		sum += n;
	check(leat_send(self->out, &sum) == 1);
	leat_drop(self->in);
	leat_drop(self->out);
}

static void until_it_is_over(void)
{
	leat_chan values = leat_make(int, capacity), sum = leat_make(int, capacity);
	summer sums = { .in = values.rx, .out = sum.tx };
	int n;

	begin(&sums.behind, sum_up, &sums);
	send_ints(values.tx, 1, 3);
	leat_drop(values.tx);
	check(leat_recv(sum.rx, &n) == 1 && n == 6);
	check(leat_recv(sum.rx, &n) == 0);
	must_return(&sums.behind);
	leat_drop(sum.rx);
}

static void leave_after_two(void *of_summer)
{
	summer *self = of_summer;
	int sum = 0;

	for (int n; leat_recv(self->in, &n) > 0;) {
		sum += n;
		if (sum >= 4)
			break;
	}
	leat_drop(self->in);
	check(leat_send(self->out, &sum) == 1);
	leat_drop(self->out);
}

/* A sender that goes on learns that the receiver has left. At most as many values are sent as there is room for. */
static void left_in_the_middle(void)
{
	leat_chan values = leat_make(int, capacity), sum = leat_make(int, capacity);
	summer sums = { .in = values.rx, .out = sum.tx };
	int n, sent = 0, two = 2;

	begin(&sums.behind, leave_after_two, &sums);
	while (leat_send(values.tx, &two) > 0)
		sent++;
	check(sent >= 2);
	check(leat_recv(sum.rx, &n) == 1 && n == 4);
	must_return(&sums.behind);
	leat_drop(values.tx);
	leat_drop(sum.rx);
}

static void over_what_is_there(void)
{
	leat_chan chan = leat_make(int, capacity);
	size_t seen = 0;

	send_ints(chan.tx, 0, capacity);
	for (int n; leat_recv_by(chan.rx, &n, LEAT_NOW) > 0; seen++)
		check(n == (int)seen);
	check(errno == EAGAIN && seen == capacity && leat_closed(chan) == 0);
	leat_drop(chan);
}

static void whose_sender_has_left(void)
{
	leat_chan chan = leat_make(int, capacity + 2);
	int next = 0;

	send_ints(chan.tx, 0, capacity + 2);
	leat_drop(chan.tx);
	for (int n; leat_recv(chan.rx, &n) > 0; next++)
		check(n == next);
	check(next == (int)capacity + 2);
	leat_drop(chan.rx);
}

static void over_batches(void)
{
	leat_rx in = numbers(0, 100);
	int batch[8], next = 0;

	for (long n; (n = leat_recv_n(in, batch, 8, LEAT_NEVER)) > 0;)
		for (long i = 0; i < n; i++)
			check(batch[i] == next++);
	check(next == 100 && leat_cause(in) == 0);
	leat_drop(in);
}

/* Two nested loops over the same stream. */
static void nested(void)
{
	leat_rx in = numbers(0, 9);
	int outer = 0, inner = 0;

	for (int n; leat_recv(in, &n) > 0; outer++) {
		check(n % 3 == 0);
		for (int k = 0, m; k < 2 && leat_recv(in, &m) > 0; k++, inner++)
			check(m == n + k + 1);
	}
	check(outer == 3 && inner == 6);
	leat_drop(in);
}

int main(int argc, char **argv)
{
	return RUN(until_it_is_over, left_in_the_middle, over_what_is_there, whose_sender_has_left, over_batches,
	           nested);
}
