/* SPDX-License-Identifier: 0BSD
 *
 * try_send_recv.c - calls that do not wait, like crossbeam's try_send and try_recv. leat gives EAGAIN where crossbeam
 * has Full and Empty, and 0 for Disconnected. A waiting partner is met. A value that was not sent still belongs to the
 * caller; crossbeam returns it in the error.
 */
#include "clock.h"

static leat_chan chan;

static void send_after_a_second(void *nothing)
{
	(void)nothing;
	leat_sleep(LEAT_S(1));
	check(leat_send(chan.tx, &(int){ 7 }) == 1);
	leat_drop(chan.tx);
}

/* Three receives: too early, in time (the sender waits, or has left its value), and too late. */
static void receive_early_and_late(void)
{
	int n = 5;

	begin_clock();
	chan = leat_make(int, capacity);
	check(leat_go(send_after_a_second, NULL) == 1);
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN && n == 5);
	leat_sleep(LEAT_MS(1500));
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == 1 && n == 7);
	leat_sleep(LEAT_MS(500));
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == 0 && n == 0);
	end_clock();
	leat_drop(chan.rx);
}

static void receive_after_a_second(void *nothing)
{
	int n;

	(void)nothing;
	leat_sleep(LEAT_S(1));
	for (size_t i = 0; i < capacity; i++)
		receive_ints(chan.rx, (int)i, 1);
	check(leat_recv(chan.rx, &n) == 1 && n == 8);
	leat_drop(chan.rx);
}

static void send_early_and_late(void)
{
	int n = 6;

	begin_clock();
	chan = leat_make(int, capacity);
	send_ints(chan.tx, 0, capacity);
	check(leat_go(receive_after_a_second, NULL) == 1);
	check(leat_send_by(chan.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN && n == 6);
	leat_sleep(LEAT_MS(1500));
	check(leat_send_by(chan.tx, (&(int){ 8 }), LEAT_NOW) == 1);
	leat_sleep(LEAT_MS(500));
	check(leat_send_by(chan.tx, &n, LEAT_NOW) == 0 && n == 6);
	end_clock();
	leat_drop(chan.tx);
}

/* Two calls that do not wait do not meet. */
static void two_that_do_not_wait(void)
{
	leat_chan both = leat_make(int, capacity);
	int n = 1, got = 0;

	check(leat_send_by(both.tx, &n, LEAT_NOW) == (capacity ? 1 : -1));
	check(leat_recv_by(both.rx, &got, LEAT_NOW) == (capacity ? 1 : -1) && got == (capacity ? 1 : 0));
	leat_drop(both);
}

/* The value of a refused send can be used, and sent elsewhere. */
static void refused_values_are_kept(void)
{
	leat_chan full = leat_make_of(&owned_type, 0), roomy = leat_make_of(&owned_type, capacity + 1);
	owned value = own(3), got;

	check(leat_send_by(full.tx, &value, LEAT_NOW) == -1 && *value.number == 3);
	check(leat_send_by(roomy.tx, &value, LEAT_NOW) == 1);
	check(leat_recv_by(roomy.rx, &got, LEAT_NOW) == 1 && *got.number == 3);
	disown(got);
	leat_drop(full);
	leat_drop(roomy);
}

int main(int argc, char **argv)
{
	return RUN(receive_early_and_late, send_early_and_late, two_that_do_not_wait, refused_values_are_kept);
}
