/* SPDX-License-Identifier: 0BSD
 *
 * rate_multi - allow two calls a second, but no more than ten a minute: leat_limiter_set asks both ("Concurrency in
 * Go", chapter 5).
 *
 * Ten calls go as the first limit allows. Then the minute's calls are used up, and one comes back every six seconds.
 *
 * The clock runs by itself when all threads sleep, so the minute takes no time. The book's log has the time of day,
 * this one the seconds since the start. The book's callers come in any order. Here main sleeps for a nanosecond after
 * each start, so they come one after the other.
 * The book: P16, fig-multi-rate-limit.go
 */
#include <leat.h>
#include <stdio.h>

static leat_time start;
static leat_token_bucket a_second, a_minute;
static leat_limiter_set api;

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

static int open_api(void)
{
	leat_limiter *both[] = { &a_second.limiter, &a_minute.limiter };

	if (leat_token_bucket_init(&a_second, leat_per(2, LEAT_S(1)), 1) < 0)
		return -1;
	if (leat_token_bucket_init(&a_minute, leat_per(10, LEAT_S(60)), 10) < 0)
		return -1;
	return leat_limiter_set_init(&api, both, 2);
}

int main(void)
{
	int result = leat_clock_fake() > 0 ? leat_clock_run() : -1;

	start = leat_now();
	if (result < 0 || open_api() < 0 || call_all() < 0) {
		fprintf(stderr, "rate_multi: %s\n", leat_strerror(errno));
		return 1;
	}
	printf("%4.1f s  Done.\n", (double)(leat_now() - start) / 1e9);
	leat_limiter_set_end(&api);
	return 0;
}
