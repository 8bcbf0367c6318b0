/* SPDX-License-Identifier: 0BSD
 *
 * or_after - many reasons to stop become one: leat_or of streams that end after hours, minutes and a second.
 *
 * It is over after the second. The clock is fake and runs by itself, so nobody has to wait, and the second is exact.
 * The book: P43, fig-or-channel.go
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_time start;
	leat_rx any;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	start = leat_now();
	any = leat_or(LEAT_RXS(leat_after(LEAT_S(2 * 60 * 60)), leat_after(LEAT_S(5 * 60)), leat_after(LEAT_S(1)),
	                       leat_after(LEAT_S(60 * 60)), leat_after(LEAT_S(60))));
	(void)leat_wait(any); /* 0: the stream is over */
	printf("done after %.3fs\n", (double)(leat_now() - start) / 1e9);
	leat_drop(any);
	return leat_wait_all(LEAT_NEVER) < 0;
}
