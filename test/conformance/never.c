/* SPDX-License-Identifier: 0BSD
 *
 * never.c - a channel that is never ready. crossbeam's `never` is nil here, {0} of either end. In a select, it switches
 * its case off. A call with a deadline times out. No call on it is an error, except a close.
 */
#include "../test.h"

static const leat_chan nil;

static void not_now(void)
{
	leat_case on[] = { LEAT_WAIT(nil.rx), LEAT_SIGNAL(nil.tx), LEAT_GONE(nil.tx) };
	int n = 7;

	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_recv_by(nil.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN && n == 7);
	check(leat_send_by(nil.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_len(nil) == 0 && leat_cap(nil) == 0 && leat_closed(nil) == 0);
}

static void not_by_any_time(void)
{
	leat_time start;
	int n = 7;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
	check(leat_recv_by(nil.rx, &n, leat_in(LEAT_MS(100))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == start + LEAT_MS(100));
	check(leat_send_by(nil.tx, &n, leat_in(LEAT_MS(100))) == -1 && errno == ETIMEDOUT && n == 7);
	check(leat_now() == start + LEAT_MS(200));
	check(leat_wait_gone(nil.tx, leat_in(LEAT_MS(100))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == start + LEAT_MS(300));
	leat_clock_real();
}

/* A case that may or may not be there. */
static void optional(void)
{
	leat_chan chan = leat_make(int, capacity + 2);
	int n;

	send_ints(chan.tx, 1, 2);
	for (int there = 1; there >= 0; there--) {
		leat_case on[] = { LEAT_RECV(there ? chan.rx : nil.rx, &n) };

		check(leat_select(on, LEAT_NOW) == (there ? 0 : -1));
	}
	check(n == 1 && leat_len(chan) == 1);
	leat_drop(chan);
}

/* After ten ticks, the case is switched off. So half a second without a tick follows the tenth. */
static void switched_off_after_ten(void)
{
	leat_rx ticks, in;
	leat_time tick, start;
	int steps = 0;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
	in = ticks = leat_tick(LEAT_MS(100));
	while (leat_recv_by(in, &tick, leat_in(LEAT_MS(500))) == 1)
		if (++steps == 10)
			in = nil.rx;
	check(errno == ETIMEDOUT && steps == 10 && leat_now() == start + LEAT_MS(1500));
	leat_drop(ticks);
	leat_clock_real();
}

/* Beside other cases it takes nothing from them, in any order. As `done`, it never cancels. */
static void beside_others(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int n;
	leat_case on[] = { LEAT_WAIT(nil.rx), LEAT_RECV(chan.rx, &n), LEAT_SIGNAL(nil.tx), { 0 } };

	for (int i = 0; i < 100; i++) {
		check(leat_send_or(chan.tx, &i, nil.rx) == 1);
		check((i % 2 ? leat_select(on, LEAT_NEVER) : leat_select_first(on, LEAT_NEVER)) == 1);
		check(on[1].ok == 1 && n == i);
		check(leat_send(chan.tx, &i) == 1);
		check(leat_recv_or(chan.rx, &n, nil.rx) == 1 && n == i);
	}
	leat_drop(chan);
}

static void wait_for_nothing(void *nothing)
{
	leat_case on[] = { LEAT_WAIT(nil.rx), LEAT_SIGNAL(nil.tx) };

	(void)nothing;
	(void)leat_select(on, LEAT_NEVER); /* does not return */
}

/* This thread stays blocked until the program ends. */
static void blocks_for_ever(void)
{
	static background waits;

	begin(&waits, wait_for_nothing, NULL);
	check(pthread_detach(waits.thread) == 0);
	must_block(&waits);
}

int main(int argc, char **argv)
{
	return RUN(not_now, not_by_any_time, optional, switched_off_after_ten, beside_others, blocks_for_ever);
}
