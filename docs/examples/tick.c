/* SPDX-License-Identifier: 0BSD
 *
 * tick - a stream of times, one period apart: leat_tick.
 *
 * Each value is the time at which the tick was due. A tick has no thread. A late reader finds one waiting tick, not
 * all that it has missed, and is in step again.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_time period = LEAT_MS(5), begin = 0, due = 0;
	leat_rx tick = leat_tick(period);
	int cause;

	for (int i = 1; i <= 4 && leat_recv(tick, &due) > 0; i++) {
		if (i == 1)
			begin = due;
		printf("tick %d is %s\n", i, (due - begin) % period == 0 ? "in step" : "out of step");
	}
	cause = leat_cause(tick);
	if (cause)
		fprintf(stderr, "tick: %s\n", leat_strerror(cause));
	leat_drop(tick); /* it never ends by itself */
	return cause != 0;
}
