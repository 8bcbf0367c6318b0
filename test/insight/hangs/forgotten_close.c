/* SPDX-License-Identifier: 0BSD
 *
 * forgotten_close - a fan-in has two inputs, of which main never closes the second one. So the fan-in does not end.
 */
#include "../insight.h"

int main(void)
{
	leat_chan more = leat_make(int, 1);
	leat_rx some = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));

	leat_name(more, "more");
	must(leat_send(more.tx, &(int){ 4 }) > 0);
	return leat_drain(leat_fan_in(LEAT_NIL, LEAT_RXS(some, more.rx))) == 0;
}

/* status: 2
 * report: main waits to receive from fan_in.out; fan_in waits to receive from more; more is held by main
 */
