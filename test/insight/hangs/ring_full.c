/* SPDX-License-Identifier: 0BSD
 *
 * ring_full - three nodes pass tokens around a ring. There is a token in each channel, and each node has one in hand,
 * which it passes on before it takes the next one. So there is no room anywhere.
 */
#include "../insight.h"

enum { NODES = 3 };

static leat_chan ring[NODES];

static void node(void *from)
{
	leat_chan *in = from, *out = in == &ring[NODES - 1] ? &ring[0] : in + 1;

	for (int token = 0; leat_send(out->tx, &token) > 0;)
		(void)leat_recv(in->rx, &token);
}

int main(void)
{
	for (size_t i = 0; i < NODES; i++) {
		ring[i] = leat_make(int, 1);
		leat_name(ring[i], (const char *[]){ "north", "east", "west" }[i]);
		must(leat_send(ring[i].tx, &(int){ 1 }) > 0);
	}
	for (size_t i = 0; i < NODES; i++)
		start(node, &ring[i]);
	return leat_wait_all(LEAT_NEVER);
}

/* status: 2
 * report: waits to send to north
 * report: waits to send to east
 * report: waits to send to west
 */
