/* SPDX-License-Identifier: 0BSD
 *
 * rate_simple - allow at most one call a second: leat_token_bucket and leat_limiter_wait ("Concurrency in Go",
 * chapter 5).
 *
 * The clock runs by itself when all threads sleep, so these nineteen seconds take no time. The book's log has the time
 * of day, this one the seconds since the start. The book's callers come in any order. Here main sleeps for a nanosecond
 * after each start, so they come one after the other.
 * The book: P18, fig-simple-rate-limit.go
 */
#include <leat.h>
#include <stdio.h>

static leat_time start;
static leat_token_bucket api;

static void call(void *name)
{
	leat_rx never = LEAT_NIL;

	if (leat_limiter_wait(&api.limiter, 1, never, LEAT_NEVER) < 0)
		fprintf(stderr, "cannot %s: %s\n", (const char *)name, leat_strerror(errno));
	/* The work is left out. */
	printf("%4.1f s  %s\n", (double)(leat_now() - start) / 1e9, (const char *)name);
}

static int call_all(void)
{
	static char read_file[] = "ReadFile", resolve_address[] = "ResolveAddress";

	for (int i = 0; i < 20; i++) {
		if (leat_go(call, i < 10 ? read_file : resolve_address) < 0)
			return -1;
		leat_sleep(LEAT_NS(1));
	}
	return leat_wait_all(LEAT_NEVER);
}

int main(void)
{
	int result = leat_clock_fake() > 0 ? leat_clock_run() : -1;

	start = leat_now();
	if (result < 0 || leat_token_bucket_init(&api, 1, 1) < 0 || call_all() < 0) {
		fprintf(stderr, "rate_simple: %s\n", leat_strerror(errno));
		return 1;
	}
	printf("%4.1f s  Done.\n", (double)(leat_now() - start) / 1e9);
	return 0;
}
