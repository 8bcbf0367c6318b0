/* SPDX-License-Identifier: 0BSD
 *
 * fixed_window - allow at most three events in each ten seconds: leat_fixed_window counts, and begins again.
 *
 * It is simple, but around the end of a window it allows twice as many: compare sliding_log.c.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_fixed_window window;

	if (leat_clock_fake() < 0 || leat_fixed_window_init(&window, 3, LEAT_S(10)) < 0) {
		fprintf(stderr, "fixed_window: %s\n", leat_strerror(errno));
		return 1;
	}
	(void)leat_clock_advance(LEAT_S(6)); /* the clock is a fake one */
	for (int second = 6; second < 16; second++) {
		printf("%2d s  %s\n", second, leat_limiter_allow(&window.limiter, 1) ? "allowed" : "-");
		(void)leat_clock_advance(LEAT_S(1));
	}
	return 0;
}
