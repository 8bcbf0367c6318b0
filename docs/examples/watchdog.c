/* SPDX-License-Identifier: 0BSD
 *
 * watchdog - a stage that stops when nothing has come for a second: leat_reset moves the time of leat_after.
 *
 * Each value moves the end of done by a second. The source falls silent after the third value. The clock is fake and
 * jumps.
 */
#include <leat.h>
#include <stdio.h>

static int slower_and_slower(void *arg, void *out)
{
	int *n = arg;

	leat_sleep(++*n < 4 ? LEAT_MS(700) : LEAT_S(3600));
	*(int *)out = *n;
	return *n < 5;
}

static int feed(void *arg, const void *in)
{
	const int *n = in;

	printf("%d\n", *n);
	(void)leat_reset(*(leat_rx *)arg, leat_in(LEAT_S(1))); /* 0: it is too late */
	return 1;
}

int main(void)
{
	leat_rx done;
	int n = 0, cause;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	done = leat_after(LEAT_S(1));
	cause = leat_drain(leat_filter(done, leat_repeat_fn(LEAT_NIL, int, slower_and_slower, &n), feed, &done));
	printf("then nothing: %s\n", leat_strerror(cause));
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
