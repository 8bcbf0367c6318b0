/* SPDX-License-Identifier: 0BSD
 *
 * select_closed_nil.c - Go promises that a nil channel switches its case off, that a select with no case that is on
 * blocks for ever, and that a closed channel is always ready to receive from. The same holds here. In Go, a send to a
 * closed channel panics. Here its case is ready with ok 0, and the value still belongs to the sender.
 */
#include "go.h"

static const leat_tx nil_tx;
static const leat_rx nil_rx;

static void nothing_that_is_on_blocks(void)
{
	int n = 3;
	leat_case off[] = { LEAT_RECV(nil_rx, &n), LEAT_SEND(nil_tx, &n), LEAT_WAIT(nil_rx), LEAT_GONE(nil_tx), { 0 } };

	clock_runs();
	check(leat_select_n(NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_n(NULL, 0, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	for (int i = 1; i <= 5; i++) {
		check(leat_select_n(off, i, LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_select_n(off, i, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	}
	leat_clock_real();
	check(n == 3);
}

static void select_nothing(void *unused)
{
	leat_case off[] = { LEAT_WAIT(nil_rx) };

	(void)unused;
	(void)leat_select(off, LEAT_NEVER); /* it must not return at all */
}

/* This thread sleeps until the process ends, so it cannot be joined. */
static void for_ever_without_a_deadline(void)
{
	static background nothing;

	begin(&nothing, select_nothing, NULL);
	must_block(&nothing);
	check(pthread_detach(nothing.thread) == 0);
}

/* First the queued values, in order, then the end again and again. */
static void closed_is_ready_among_idle_and_nil(void)
{
	leat_chan closed = leat_make(int, capacity), idle = leat_make(int, capacity);
	int n;
	leat_case on[] = { LEAT_RECV(idle.rx, &n), LEAT_RECV(nil_rx, &n), LEAT_RECV(closed.rx, &n),
		           LEAT_SEND(nil_tx, &n) };

	fill(closed);
	check(leat_close(closed.tx) == 1);
	for (size_t i = 0; i < capacity + 20; i++) {
		n = -1;
		check(leat_select(on, i % 2 ? LEAT_NEVER : LEAT_NOW) == 2);
		check(on[2].ok == (i < capacity) && n == (i < capacity ? (int)i : 0));
	}
	leat_drop(closed);
	leat_drop(idle);
}

static void a_send_to_a_closed_one_is_ready_too(void)
{
	leat_chan closed = leat_make(int, capacity), idle = leat_make(int, capacity);
	int in = -1, out = 4;
	leat_case on[] = { LEAT_RECV(idle.rx, &in), LEAT_SEND(closed.tx, &out) };

	check(leat_close(closed.tx) == 1);
	for (int i = 0; i < 20; i++) {
		on[1].ok = 1;
		check(leat_select(on, i % 2 ? LEAT_NEVER : LEAT_NOW) == 1 && on[1].ok == 0);
	}
	check(in == -1 && out == 4 && leat_len(closed) == 0);
	leat_drop(closed);
	leat_drop(idle);
}

/* A ready value and an end are equally likely. Neither hides the other for long. */
static void an_end_does_not_hide_a_value(void)
{
	leat_chan closed = leat_make(int, capacity), ready = leat_make(int, capacity + 1);
	int n, ends = 0, values = 0;
	leat_case on[] = { LEAT_RECV(closed.rx, &n), LEAT_RECV(ready.rx, &n) };

	check(leat_close(closed.tx) == 1);
	for (int i = 0; i < 400; i++) {
		(void)leat_send_by(ready.tx, &i, LEAT_NOW); /* full unless it was chosen last */
		if (leat_select(on, LEAT_NEVER) == 0)
			ends++;
		else
			values++;
	}
	check(ends > 100 && values > 100); /* ten standard deviations */
	leat_drop(closed);
	leat_drop(ready);
}

/* ------------------------------------------------------------------------------------------ switching off -- */

static void send_and_close(void *of_flow)
{
	const flow *self = of_flow;

	send_flow(of_flow);
	check(leat_close(self->tx) == 1);
}

/* The usual way to merge two streams: one that has ended is set to nil. */
static void merged_until_both_are_over(void)
{
	leat_chan chans[] = { leat_make(int, capacity), leat_make(int, capacity) };
	flow flows[] = { { chans[0].tx, 0, 100 }, { chans[1].tx, 0, 300 } };
	int n, next[2] = { 0 };
	leat_case on[] = { LEAT_RECV(chans[0].rx, &n), LEAT_RECV(chans[1].rx, &n) };

	for (int i = 0; i < 2; i++)
		start(send_and_close, &flows[i]);
	while (on[0].ch || on[1].ch) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && n == (on[chosen].ok ? next[chosen]++ : 0));
		if (!on[chosen].ok)
			on[chosen] = (leat_case){ 0 };
	}
	check(next[0] == 100 && next[1] == 300);
	join();
	for (int i = 0; i < 2; i++)
		leat_drop(chans[i]);
}

/* Send once on each channel that is on. Returns how many values were sent. */
static int send_once_each(leat_tx a, leat_tx b)
{
	int bit = 1, sent = 0, chosen;
	leat_case on[] = { LEAT_SEND(a, &bit), LEAT_SEND(b, &bit) };

	for (; (chosen = leat_select(on, LEAT_NOW)) >= 0; sent++) {
		check(on[chosen].ok == 1);
		on[chosen].ch = NULL;
		bit = 2;
	}
	check(errno == EAGAIN);
	return sent;
}

static void a_loop_ends_when_all_are_off(void)
{
	leat_chan a = leat_make(int, capacity + 1), b = leat_make(int, capacity + 1);
	int of_a, of_b;

	check(send_once_each(a.tx, b.tx) == 2);
	check(leat_recv(a.rx, &of_a) == 1 && leat_recv(b.rx, &of_b) == 1 && (of_a | of_b) == 3);
	check(send_once_each(a.tx, nil_tx) == 1 && leat_len(a) == 1);
	check(send_once_each(nil_tx, nil_tx) == 0);
	leat_drop(a);
	leat_drop(b);
}

int main(int argc, char **argv)
{
	return RUN(nothing_that_is_on_blocks, for_ever_without_a_deadline, closed_is_ready_among_idle_and_nil,
	           a_send_to_a_closed_one_is_ready_too, an_end_does_not_hide_a_value, merged_until_both_are_over,
	           a_loop_ends_when_all_are_off);
}
