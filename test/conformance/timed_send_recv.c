/* SPDX-License-Identifier: 0BSD
 *
 * timed_send_recv.c - calls that wait for a while, like crossbeam's send_timeout and recv_timeout. One reaches its
 * deadline, one meets a partner in time, and one is cut short by the end of the channel. leat takes a point in time,
 * like crossbeam's recv_deadline. On the fake clock, each call ends exactly when it must.
 */
#include "clock.h"

static leat_chan chan;

/* A new channel, on a clock that begins now. */
static void begin_with_channel(void)
{
	begin_clock();
	chan = leat_make(int, capacity);
}

static void send_and_leave(void *nothing)
{
	(void)nothing;
	leat_sleep(LEAT_MS(1500));
	check(leat_send(chan.tx, &(int){ 7 }) == 1);
	must_be_at(LEAT_MS(1500));
	leat_sleep(LEAT_MS(700));
	leat_drop(chan.tx);
}

static void a_receive(void)
{
	int n = 5;

	begin_with_channel();
	check(leat_go(send_and_leave, NULL) == 1);
	check(leat_recv_by(chan.rx, &n, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT && n == 5);
	must_be_at(LEAT_S(1));
	check(leat_recv_by(chan.rx, &n, leat_in(LEAT_S(1))) == 1 && n == 7);
	must_be_at(LEAT_MS(1500));
	check(leat_recv_by(chan.rx, &n, leat_in(LEAT_S(1))) == 0 && n == 0);
	must_be_at(LEAT_MS(2200));
	end_clock();
	leat_drop(chan.rx);
}

static void receive_and_leave(void *nothing)
{
	(void)nothing;
	leat_sleep(LEAT_MS(1500));
	receive_ints(chan.rx, 0, capacity + 1);
	leat_sleep(LEAT_MS(700));
	leat_drop(chan.rx);
}

static void a_send(void)
{
	int n = (int)capacity;

	begin_with_channel();
	send_ints(chan.tx, 0, capacity);
	check(leat_go(receive_and_leave, NULL) == 1);
	check(leat_send_by(chan.tx, &n, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	must_be_at(LEAT_S(1));
	check(leat_send_by(chan.tx, &n, leat_in(LEAT_S(1))) == 1);
	must_be_at(LEAT_MS(1500));
	for (size_t i = 0; i < capacity; i++)
		check(leat_send_by(chan.tx, &n, leat_in(LEAT_S(1))) == 1);
	check(leat_send_by(chan.tx, &n, leat_in(LEAT_S(1))) == 0);
	must_be_at(LEAT_MS(2200));
	end_clock();
	leat_drop(chan.tx);
}

/* No call waits if there is a value, room, or the end, whether the deadline is past, now, or far away. */
static void nothing_to_wait_for(void)
{
	leat_time times[] = { LEAT_NOW, 0, leat_now(), leat_in(LEAT_S(3600)), LEAT_NEVER };
	leat_chan roomy = leat_make(int, capacity + 1);

	begin_with_channel();
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int n = (int)i, got = -1;

		check(leat_send_by(roomy.tx, &n, times[i]) == 1);
		check(leat_recv_by(roomy.rx, &got, times[i]) == 1 && got == n);
	}
	leat_close(roomy.tx);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int n = 1;

		check(leat_send_by(roomy.tx, &n, times[i]) == 0 && n == 1);
		check(leat_recv_by(roomy.rx, &n, times[i]) == 0 && n == 0);
	}
	must_be_at(0);
	leat_drop(roomy);
	leat_drop(chan);
	end_clock();
}

/* A wait that was given up leaves nothing behind: no value that arrives later, and no claim on one. */
static void given_up_for_good(void)
{
	int n = 5;

	begin_with_channel();
	send_ints(chan.tx, 0, capacity);
	check(leat_send_by(chan.tx, &n, leat_in(LEAT_S(1))) == -1);
	receive_ints(chan.rx, 0, capacity);
	check(leat_recv_by(chan.rx, &n, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT && n == 5);
	must_be_at(LEAT_S(2));
	check(leat_send_by(chan.tx, &n, LEAT_NOW) == (capacity ? 1 : -1));
	leat_drop(chan);
	end_clock();
}

int main(int argc, char **argv)
{
	return RUN(a_receive, a_send, nothing_to_wait_for, given_up_for_good);
}
