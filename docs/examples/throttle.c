/* SPDX-License-Identifier: 0BSD
 *
 * throttle - show progress at most once a second: leat_throttle.
 *
 * With LEAT_LAST each line is up to date. With LEAT_FIRST the first line would come at once. The clock is fake, so that
 * the program takes no time.
 */
#include <leat.h>
#include <stdio.h>

static int do_a_percent(void *done, void *out)
{
	if (*(int *)done == 100)
		return 0;
	leat_sleep(LEAT_MS(45));
	*(int *)out = ++*(int *)done;
	return 1;
}

int main(void)
{
	int done = 0, cause;
	leat_rx progress;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	progress = leat_throttle(LEAT_NIL, leat_repeat_fn(LEAT_NIL, int, do_a_percent, &done), LEAT_S(1), LEAT_LAST);
	for (int percent; leat_recv(progress, &percent) > 0;)
		printf("%d %%\n", percent);

	cause = leat_cause(progress);
	if (cause)
		fprintf(stderr, "throttle: %s\n", leat_strerror(cause));
	leat_drop(progress);
	return cause != 0;
}
