/* SPDX-License-Identifier: 0BSD
 *
 * mutual_send - two threads send to each other first and would receive afterwards. Their channels have no room.
 */
#include "../insight.h"

static leat_chan ping, pong;

static void exchange(leat_tx out, leat_rx in)
{
	int n = 1;

	(void)leat_send(out, &n);
	(void)leat_recv(in, &n);
}

static void answer(void *arg)
{
	(void)arg;
	exchange(pong.tx, ping.rx);
}

int main(void)
{
	ping = leat_make(int, 0);
	pong = leat_make(int, 0);
	leat_name(ping, "ping");
	leat_name(pong, "pong");
	start(answer, NULL);
	exchange(ping.tx, pong.rx);
	return 1;
}

/* status: 2
 * report: main waits to send to ping
 * report: answer waits to send to pong
 */
