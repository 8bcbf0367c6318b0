/* SPDX-License-Identifier: 0BSD
 *
 * stuck_stage - the function of a map receives from nil. So the map, and the generator that sends to it, are stuck for
 * ever, while main goes on. Only these two stages hold the channel between them.
 */
#include "../insight.h"

static leat_rx prices;

static int look_up(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	return leat_recv(prices, (int *)out);
}

int main(void)
{
	leat_rx numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));
	leat_rx found = leat_map(LEAT_NIL, numbers, int, look_up, NULL);

	must(!leat_never_started(found));
	live_until_reported();
}

/* status: 0
 * report: 2 stuck and 0 suspected
 * report: map waits to receive from a nil channel
 * report: to send to generator.out
 */
