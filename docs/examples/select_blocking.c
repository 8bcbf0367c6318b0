/* SPDX-License-Identifier: 0BSD
 *
 * select_blocking - a select waits until one of its cases can proceed: leat_select with LEAT_NEVER.
 *
 * Its only case can proceed when a thread closes the channel after five seconds. The clock is fake and runs by itself,
 * so the program takes no time, and the five seconds are exact.
 * The book: P58, fig-select-blocking.go
 */
#include <leat.h>
#include <stdio.h>

static void close_later(void *of_c)
{
	leat_sleep(LEAT_S(5));
	leat_drop(*(leat_tx *)of_c); /* the last sending end: this closes the channel */
}

int main(void)
{
	leat_chan c = leat_make_unit();
	leat_case on[] = { LEAT_WAIT(c.rx) };
	leat_time start;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0 || leat_go(close_later, &c.tx) < 0)
		return 1;
	start = leat_now();
	printf("Blocking on read...\n");
	if (leat_select(on, LEAT_NEVER) == 0)
		printf("Unblocked %ds later.\n", (int)((leat_now() - start) / LEAT_S(1)));
	leat_drop(c.rx);
	return leat_wait_all(LEAT_NEVER) < 0;
}
