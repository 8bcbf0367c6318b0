/* SPDX-License-Identifier: 0BSD
 *
 * race.c - one race that helgrind must find, and one exchange that it must not report. There is a plain variable beside
 * a channel. The sender of a value writes it, and the receiver reads it. With the argument `before`, the write comes
 * before the send, so the channel orders it. With `after`, it is a race.
 */
#include "../../test.h"

static int beside;

static void receive_and_read(void *of_rx)
{
	int got;

	check(leat_recv(*(leat_rx *)of_rx, &got) == 1);
	check(beside == 0 || beside == 1);
}

int main(int argc, char **argv)
{
	leat_chan chan = leat_make(int, 1);
	background receiver;

	running = argc == 2 ? argv[1] : "";
	begin(&receiver, receive_and_read, &chan.rx);
	if (strcmp(running, "before") == 0)
		beside = 1;
	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	if (strcmp(running, "after") == 0)
		beside = 1;
	must_return(&receiver);
	leat_drop(chan);
	return 0;
}
