/* SPDX-License-Identifier: 0BSD
 *
 * bridge_inner - a bridge reads one stream after the other. The first one never ends, because main keeps a sending end
 * of it. So the second one is never read.
 */
#include "../insight.h"

int main(void)
{
	leat_chan streams = leat_make_of(&leat_rx_type, 2), first = leat_make(int, 1);
	leat_rx second = leat_generator(LEAT_NIL, LEAT_VALUES(int, 2, 3));

	leat_name(first, "first");
	must(leat_send(first.tx, &(int){ 1 }) > 0);
	must(leat_send(streams.tx, &first.rx) > 0 && leat_send(streams.tx, &second) > 0);
	leat_drop(streams.tx);
	return leat_drain(leat_bridge(LEAT_NIL, streams.rx, int)) == 0;
}

/* status: 2
 * report: main waits to receive from bridge.out; bridge waits to receive from first; first is held by main
 */
