/* SPDX-License-Identifier: 0BSD
 *
 * ticks - a thread sends a number at each tick. Main waits for the numbers without a deadline.
 */
#include "../insight.h"

static void send_at_ticks(void *numbers)
{
	leat_tx out = *(leat_tx *)numbers;
	leat_rx ticks = leat_tick(a_while() / 2);

	for (int i = 0; i < 3 && leat_wait(ticks) > 0; i++)
		(void)leat_send(out, &i);
	leat_drop(ticks);
	leat_drop(out);
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);

	start(send_at_ticks, &numbers.tx);
	must(leat_drain(numbers.rx) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
