/* SPDX-License-Identifier: 0BSD
 *
 * rate_tiered - limits for each resource that a call uses, in sets of limiters ("Concurrency in Go", chapter 5).
 *
 * The service allows two calls a second and ten a minute. A read of a file also needs the disk, and resolving an
 * address also needs the network. A leat_limiter_set may contain others, and several sets may share a member.
 *
 * The book's file is cut off before its limiters are made, so it has no output. The clock runs by itself when main
 * sleeps. main makes one call after the other. If threads made the calls, two of
 * them with different limits could come to a shared limit at the same time, in either order.
 * The book: P19, fig-tiered-rate-limit.go
 */
#include <leat.h>
#include <stdio.h>

static leat_token_bucket a_second, a_minute, disk, network;
static leat_limiter_set api, read_file, resolve_address;

static int call_all(leat_time start)
{
	leat_rx never = LEAT_NIL;

	for (int i = 0; i < 20; i++) {
		leat_limiter_set *limit = i % 2 ? &resolve_address : &read_file;

		if (leat_limiter_wait(&limit->limiter, 1, never, LEAT_NEVER) < 0)
			return -1;
		/* The work is left out. */
		printf("%4.1f s  %s\n", (double)(leat_now() - start) / 1e9, i % 2 ? "ResolveAddress" : "ReadFile");
	}
	return 1;
}

static int open_all(void)
{
	leat_limiter *of_api[] = { &a_second.limiter, &a_minute.limiter };
	leat_limiter *of_file[] = { &api.limiter, &disk.limiter }, *of_address[] = { &api.limiter, &network.limiter };
	int all = leat_token_bucket_init(&a_second, leat_per(2, LEAT_S(1)), 2) > 0;

	all = all && leat_token_bucket_init(&a_minute, leat_per(10, LEAT_S(60)), 10) > 0;
	all = all && leat_token_bucket_init(&disk, 1, 1) > 0;
	all = all && leat_token_bucket_init(&network, leat_per(3, LEAT_S(1)), 3) > 0;
	all = all && leat_limiter_set_init(&api, of_api, 2) > 0;
	all = all && leat_limiter_set_init(&read_file, of_file, 2) > 0;
	all = all && leat_limiter_set_init(&resolve_address, of_address, 2) > 0;
	return all ? 1 : -1;
}

int main(void)
{
	int result = leat_clock_fake() > 0 ? leat_clock_run() : -1;
	leat_time start = leat_now();

	if (result < 0 || open_all() < 0 || call_all(start) < 0) {
		fprintf(stderr, "rate_tiered: %s\n", leat_strerror(errno));
		return 1;
	}
	printf("%4.1f s  Done.\n", (double)(leat_now() - start) / 1e9);
	leat_limiter_set_end(&resolve_address);
	leat_limiter_set_end(&read_file);
	leat_limiter_set_end(&api);
	return 0;
}
