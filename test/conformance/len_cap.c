/* SPDX-License-Identifier: 0BSD
 *
 * len_cap.c - Go promises that len tells how many values are queued, without the waiting threads, and that cap tells
 * how many can be queued. Both are 0 for nil. A channel of an absurd size panics. The same holds here, but an absurd
 * channel has ended with EINVAL.
 */
#include "go.h"

static void they_count_what_is_queued(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_cap(chan) == capacity && leat_len(chan) == 0);
	for (size_t i = 0; i < capacity; i++) {
		check(leat_send(chan.tx, &(int){ 0 }) == 1);
		check(leat_len(chan) == i + 1 && leat_len(chan.tx) == i + 1 && leat_len(chan.rx) == i + 1);
	}
	for (size_t i = capacity; i-- > 0;)
		check(leat_wait(chan.rx) == 1 && leat_len(chan) == i);
	check(leat_cap(chan.tx) == capacity && leat_cap(chan.rx) == capacity);
	leat_drop(chan);
}

/* Also after a close: the queued values can still be received. */
static void closing_changes_neither(void)
{
	leat_chan chan = leat_make(int, capacity);

	fill(chan);
	check(leat_close(chan.tx) == 1 && leat_len(chan) == capacity && leat_cap(chan) == capacity);
	for (size_t i = capacity; i-- > 0;)
		check(leat_wait(chan.rx) == 1 && leat_len(chan) == i);
	check(leat_wait(chan.rx) == 0 && leat_len(chan) == 0);
	leat_drop(chan);
}

static void receive_one(void *of_call)
{
	call *self = of_call;

	self->result = leat_recv(self->on.rx, &self->value);
}

static void who_waits_does_not_count(void)
{
	leat_chan chan = leat_make(int, capacity);
	flow sender = { chan.tx, (int)capacity, 2 };
	call receiver = { .on = chan };

	clock_runs();
	fill(chan);
	start(send_flow, &sender);
	until_all_sleep();
	check(leat_len(chan) == capacity);
	receive_ints(chan.rx, 0, capacity + 2);
	join();
	check(leat_len(chan) == 0);
	start(receive_one, &receiver);
	until_all_sleep();
	check(leat_len(chan) == 0);
	send_ints(chan.tx, 0, 1);
	join();
	check(leat_len(chan) == 0 && receiver.result == 1 && receiver.value == 0);
	leat_clock_real();
	leat_drop(chan);
}

static void of_nil_both_are_zero(void)
{
	leat_chan nil = { { NULL }, { NULL } };

	check(leat_len(nil) == 0 && leat_cap(nil) == 0 && leat_len(nil.tx) == 0 && leat_cap(nil.rx) == 0);
}

/* Sizes that are negative, larger than the memory, or so large that size times capacity wraps around. */
static void absurd_ones_are_over(void)
{
	leat_chan absurd[] = { leat_make(int, -1), leat_make(int, PTRDIFF_MAX / 2), leat_make(int, SIZE_MAX / 4 + 2),
		               leat_make(char, SIZE_MAX) };

	for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
		check(leat_never_started(absurd[i]) && leat_closed(absurd[i]) && leat_cause(absurd[i]) == EINVAL);
		check(leat_len(absurd[i]) == 0 && leat_wait(absurd[i].rx) == 0);
		leat_drop(absurd[i]);
	}
}

int main(int argc, char **argv)
{
	return RUN(they_count_what_is_queued, closing_changes_neither, who_waits_does_not_count, of_nil_both_are_zero,
	           absurd_ones_are_over);
}
