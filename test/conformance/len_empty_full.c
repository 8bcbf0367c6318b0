/* SPDX-License-Identifier: 0BSD
 *
 * len_empty_full.c - lengths, after crossbeam's tests of each flavour. A length is exact while no other thread uses the
 * channel. It is between 0 and the capacity at any moment. Empty means leat_len == 0, and full means leat_len ==
 * leat_cap, so a rendezvous channel is both. A timer never has a queued value; in crossbeam it holds one message.
 */
#include "../test.h"

enum { COUNT = 3000 };

static void while_filling_and_draining(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (size_t i = 0; i < capacity; i++) {
		check(leat_len(chan.tx) == i && leat_len(chan.rx) == i && leat_len(chan) < leat_cap(chan));
		send_ints(chan.tx, (int)i, 1);
	}
	check(leat_len(chan) == capacity && leat_cap(chan) == capacity);
	check(leat_send_by(chan.tx, (&(int){ 0 }), LEAT_NOW) == -1 && errno == EAGAIN && leat_len(chan) == capacity);
	for (size_t i = 0; i < capacity; i++) {
		receive_ints(chan.rx, (int)i, 1);
		check(leat_len(chan.tx) == capacity - i - 1 && leat_len(chan.rx) == capacity - i - 1);
	}
	check(leat_len(chan) == 0);
	leat_drop(chan);
}

/* A value that waits with its sender is not queued. */
static void while_a_sender_waits(void)
{
	leat_chan chan = leat_make(int, capacity);
	call sends;

	send_ints(chan.tx, 0, capacity);
	begin_send(&sends, chan, (int)capacity);
	must_block(&sends.behind);
	check(leat_len(chan) == capacity);
	receive_ints(chan.rx, 0, 1);
	must_return(&sends.behind);
	check(sends.result == 1 && leat_len(chan) == capacity);
	leat_drop(chan);
}

/* The end of sending does not change the number of queued values. The end of receiving does. */
static void after_the_end(void)
{
	leat_chan chan = leat_make(int, capacity), left = leat_make(int, capacity);

	send_ints(chan.tx, 0, capacity);
	leat_drop(chan.tx);
	check(leat_len(chan.rx) == capacity && leat_cap(chan.rx) == capacity);
	receive_ints(chan.rx, 0, capacity);
	check(leat_len(chan.rx) == 0);
	leat_drop(chan.rx);
	send_ints(left.tx, 0, capacity);
	leat_drop(left.rx);
	check(leat_len(left.tx) == 0);
	leat_drop(left.tx);
}

static void must_be_within(leat_chan chan)
{
	check(leat_len(chan.rx) <= capacity && leat_len(chan.tx) <= capacity && leat_cap(chan) == capacity);
}

static void send_and_look(void *of_chan)
{
	leat_chan chan = *(leat_chan *)of_chan;

	for (int i = 0; i < COUNT; i++) {
		check(leat_send(chan.tx, &i) == 1);
		must_be_within(chan);
	}
}

static void receive_and_look(void *of_chan)
{
	leat_chan chan = *(leat_chan *)of_chan;

	for (int i = 0; i < COUNT; i++) {
		receive_ints(chan.rx, i, 1);
		must_be_within(chan);
	}
}

static void never_outside_while_others_work(void)
{
	leat_chan chan = leat_make(int, capacity);
	background sends, receives;

	begin(&sends, send_and_look, &chan);
	begin(&receives, receive_and_look, &chan);
	while (!atomic_load(&receives.returned)) {
		must_be_within(chan);
		sched_yield();
	}
	must_return(&sends);
	must_return(&receives);
	check(leat_len(chan) == 0);
	leat_drop(chan);
}

static void of_timers(void)
{
	leat_rx at, ticks;
	leat_time tick;

	check(leat_clock_fake() == 1);
	at = leat_after(LEAT_S(1));
	ticks = leat_tick(LEAT_S(1));
	check(leat_len(at) == 0 && leat_len(ticks) == 0 && leat_cap(at) == 0 && leat_cap(ticks) == 1);
	check(leat_clock_advance(LEAT_S(5)) == 1);
	check(leat_len(at) == 0 && leat_len(ticks) == 1);
	check(leat_recv(ticks, &tick) == 1 && leat_len(ticks) == 0);
	leat_drop(at);
	leat_drop(ticks);
	leat_clock_real();
}

static void of_nil(void)
{
	leat_chan nil = { { NULL }, { NULL } };

	check(leat_len(nil) == 0 && leat_cap(nil) == 0);
}

int main(int argc, char **argv)
{
	return RUN(while_filling_and_draining, while_a_sender_waits, after_the_end, never_outside_while_others_work,
	           of_timers, of_nil);
}
