/* SPDX-License-Identifier: 0BSD
 *
 * recv_after_disconnect.c - after the last sender has left, the queued values can still be received, in order. Then
 * each form of receiving reports the end, for ever, as in crossbeam. leat also gives the cause, and zeroes the variable
 * of the receive.
 */
#include "../test.h"

static void must_be_over(leat_rx rx)
{
	leat_rx nobody = LEAT_NIL;
	int n = 7, several[] = { 7, 7 };
	leat_case on[] = { LEAT_RECV(rx, &n) };

	check(leat_closed(rx) == 1 && leat_len(rx) == 0);
	for (int again = 0; again < 2; again++) {
		check(leat_recv(rx, &n) == 0 && n == 0);
		check(leat_recv_by(rx, &n, LEAT_NOW) == 0);
		check(leat_recv_by(rx, &n, leat_in(LEAT_S(3600))) == 0);
		check(leat_recv_or(rx, &n, nobody) == 0);
		check(leat_recv_n(rx, several, 2, LEAT_NEVER) == 0);
		check(leat_wait(rx) == 0);
		n = 7;
		check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 0 && n == 0);
	}
}

static void all_that_is_queued(void)
{
	leat_chan chan = leat_make(int, capacity);

	send_ints(chan.tx, 0, capacity);
	leat_drop(chan.tx);
	check(leat_len(chan.rx) == capacity);
	receive_ints(chan.rx, 0, capacity);
	must_be_over(chan.rx);
	check(leat_cause(chan.rx) == 0);
	leat_drop(chan.rx);
}

/* The same with a batch that is larger than the rest of the values, across the end of the ring. */
static void all_that_is_queued_at_once(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int *several = calloc(capacity + 3, sizeof *several);

	check(several);
	send_ints(chan.tx, -1, 1);
	receive_ints(chan.rx, -1, 1);
	send_ints(chan.tx, 0, capacity + 1);
	check(leat_drop_with(chan.tx, EPIPE) == 1);
	check(leat_recv_n(chan.rx, several, capacity + 3, LEAT_NEVER) == (long)capacity + 1);
	for (size_t i = 0; i <= capacity; i++)
		check(several[i] == (int)i);
	must_be_over(chan.rx);
	check(leat_cause(chan.rx) == EPIPE);
	free(several);
	leat_drop(chan.rx);
}

/* The end is the same for all receivers. It comes only when the last sender has left. */
static void for_all_receivers(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx other = leat_dup(chan.rx);
	leat_tx last = leat_dup(chan.tx);
	int n;

	leat_drop(chan.tx);
	check(leat_recv_by(other, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(last);
	must_be_over(chan.rx);
	must_be_over(other);
	leat_drop(chan.rx);
	must_be_over(other);
	leat_drop(other);
}

int main(int argc, char **argv)
{
	return RUN(all_that_is_queued, all_that_is_queued_at_once, for_all_receivers);
}
