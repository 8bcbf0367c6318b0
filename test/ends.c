/* SPDX-License-Identifier: 0BSD
 *
 * ends.c - how a channel ends: drained after close, zero for ever, who closes, causes.
 */
#include "test.h"

static void fifo_then_zero_for_ever(void)
{
	leat_chan chan = leat_make(int, capacity);
	long room = (long)capacity;

	for (int i = 0; i < room; i++)
		check(leat_send(chan.tx, &i) == 1);
	check(leat_close(chan.tx) == 1);
	for (int i = 0, n; i < room; i++)
		check(leat_recv(chan.rx, &n) == 1 && n == i);
	for (int i = 0, n = 7; i < 3; i++, n = 7)
		check(leat_recv(chan.rx, &n) == 0 && n == 0);
	leat_drop(chan);
}

static void close_twice_and_nil(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n = 1;

	check(leat_close_with(chan.tx, EIO) == 1);
	check(leat_close(chan.tx) == 0);
	check(leat_send(chan.tx, &n) == 0);
	check(leat_cause(chan.rx) == EIO);
	errno = 0;
	check(leat_close((leat_tx){ 0 }) == -1 && errno == EINVAL);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(fifo_then_zero_for_ever, close_twice_and_nil);
}
