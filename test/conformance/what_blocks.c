/* SPDX-License-Identifier: 0BSD
 *
 * what_blocks.c - Go promises for each operation in each state of a channel whether it blocks. It always does on a nil
 * channel, and never on a closed one. Otherwise that depends on room, a value or a partner. The same holds here, for
 * each way to send and to receive. Where Go panics, on a send to a closed channel, the operation returns 0. So does a
 * send when no receiver is left.
 */
#include "go.h"

enum { SENDS = 5, RECEIVES = 5, BLOCKS = -1, OVER = 0, GOES = 1 };

/* BLOCKS if the deadline ended the call. On this clock that happens only if nothing else can run. */
static int outcome(long result)
{
	check(result >= 0 || errno == ETIMEDOUT);
	return result > 0 ? GOES : (int)result;
}

static int of_select(leat_case *on, int n, int chosen)
{
	int result = leat_select_n(on, n, leat_in(LEAT_S(1)));

	check(result < 0 || result == chosen);
	return outcome(result < 0 ? result : on[chosen].ok);
}

/* Each way to send 7, alone and in a select beside a case that is never ready. */
static int send_by_way(leat_tx tx, int way)
{
	int n = 7;
	leat_chan idle = leat_make(int, capacity);
	leat_case on[] = { LEAT_SEND(tx, &n), LEAT_RECV(idle.rx, &n), { 0 } };
	int result = BLOCKS;

	switch (way) {
	case 0: result = outcome(leat_send_by(tx, &n, leat_in(LEAT_S(1)))); break;
	case 1: result = outcome(leat_send_n(tx, &n, 1, leat_in(LEAT_S(1)))); break;
	case 2: result = outcome(leat_send_sized(tx, &n, sizeof n, leat_in(LEAT_S(1)))); break;
	case 3: result = of_select(on, 1, 0); break;
	case 4: result = of_select(on, 3, 0); break;
	}
	check(n == 7);
	leat_drop(idle);
	return result;
}

static int receive_by_way(leat_rx rx, int way, int *n)
{
	leat_chan idle = leat_make(int, capacity);
	leat_case on[] = { { 0 }, LEAT_RECV(idle.rx, n), LEAT_RECV(rx, n) };
	int result = BLOCKS;

	*n = 5;
	switch (way) {
	case 0: result = outcome(leat_recv_by(rx, n, leat_in(LEAT_S(1)))); break;
	case 1: result = outcome(leat_recv_n(rx, n, 1, leat_in(LEAT_S(1)))); break;
	case 2: result = outcome(leat_recv_sized(rx, n, sizeof *n, leat_in(LEAT_S(1)))); break;
	case 3: result = of_select(on + 2, 1, 0); break;
	case 4: result = of_select(on, 3, 2); break;
	}
	leat_drop(idle);
	return result;
}

/* A receive that blocks changes nothing. One that sees the end gives zero. */
static void must_receive(leat_rx rx, int way, int expected, int value)
{
	int n;

	check(receive_by_way(rx, way, &n) == expected);
	check(n == (expected == GOES ? value : expected == OVER ? 0 : 5));
}

/* ------------------------------------------------------------------------------------------------ the table -- */

static void nil_blocks(void)
{
	for (int way = 0; way < SENDS; way++)
		check(send_by_way((leat_tx){ NULL }, way) == BLOCKS);
	for (int way = 0; way < RECEIVES; way++)
		must_receive(LEAT_NIL, way, BLOCKS, 0);
}

/* Fill the channel, then empty it again. */
static void open_and_nobody_waits(void)
{
	for (int way = 0; way < SENDS; way++) {
		leat_chan chan = leat_make(int, capacity);

		must_receive(chan.rx, way, BLOCKS, 0);
		for (size_t i = 0; i < capacity; i++)
			check(send_by_way(chan.tx, way) == GOES);
		check(send_by_way(chan.tx, way) == BLOCKS);
		for (size_t i = 0; i < capacity; i++)
			must_receive(chan.rx, way, GOES, 7);
		must_receive(chan.rx, way, BLOCKS, 0);
		leat_drop(chan);
	}
}

static void closed(void)
{
	for (int way = 0; way < SENDS; way++) {
		leat_chan chan = leat_make(int, capacity);

		fill(chan);
		check(leat_close(chan.tx) == 1);
		check(send_by_way(chan.tx, way) == OVER);
		for (size_t i = 0; i < capacity; i++)
			must_receive(chan.rx, way, GOES, (int)i);
		must_receive(chan.rx, way, OVER, 0);
		check(send_by_way(chan.tx, way) == OVER);
		leat_drop(chan);
	}
}

static void without_senders_or_receivers(void)
{
	for (int way = 0; way < SENDS; way++) {
		leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);

		fill(chan);
		leat_drop(chan.tx);
		for (size_t i = 0; i < capacity; i++)
			must_receive(chan.rx, way, GOES, (int)i);
		must_receive(chan.rx, way, OVER, 0);
		leat_drop(chan.rx);
		leat_drop(other.rx);
		check(send_by_way(other.tx, way) == OVER);
		leat_drop(other.tx);
	}
}

static void receive_seven(void *of_rx)
{
	int n = 0;

	check(leat_recv(*(leat_rx *)of_rx, &n) == 1 && n == 7);
}

static void with_a_partner_asleep(void)
{
	for (int way = 0; way < SENDS; way++) {
		leat_chan chan = leat_make(int, capacity);
		flow last = { chan.tx, (int)capacity, 1 };

		start(receive_seven, &chan.rx);
		until_all_sleep();
		check(send_by_way(chan.tx, way) == GOES);
		join();
		check(leat_len(chan) == 0);
		fill(chan);
		start(send_flow, &last);
		until_all_sleep();
		for (size_t i = 0; i <= capacity; i++)
			must_receive(chan.rx, way, GOES, (int)i);
		must_receive(chan.rx, way, BLOCKS, 0);
		join();
		leat_drop(chan);
	}
}

int main(int argc, char **argv)
{
	clock_runs();
	return RUN(nil_blocks, open_and_nobody_waits, closed, without_senders_or_receivers, with_a_partner_asleep);
}
