/* SPDX-License-Identifier: 0BSD
 *
 * sliding_log - allow at most three events in any ten seconds: leat_sliding_log remembers when the last three were.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_sliding_log events;

	if (leat_clock_fake() < 0 || leat_sliding_log_init(&events, 3, LEAT_S(10)) < 0) {
		fprintf(stderr, "sliding_log: %s\n", leat_strerror(errno));
		return 1;
	}
	for (int second = 0; second <= 24; second += 2) {
		printf("%2d s  %s\n", second, leat_limiter_allow(&events.limiter, 1) ? "allowed" : "-");
		(void)leat_clock_advance(LEAT_S(2)); /* the clock is a fake one */
	}
	leat_sliding_log_end(&events);
	return 0;
}
