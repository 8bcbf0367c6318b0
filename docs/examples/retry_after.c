/* SPDX-License-Identifier: 0BSD
 *
 * retry_after - answer at once: now, a little later, or not: leat_limiter_reserve_at with a longest wait.
 *
 * A service answers one request a second, and three at once. It promises a time up to two seconds ahead. Others are
 * told to come again; for them nothing is reserved. The times are the service's own: leat_limiter_reserve_at takes any.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

static void ask(leat_token_bucket *bucket, const char *client, leat_time at)
{
	leat_time when;

	if (leat_limiter_reserve_at(&bucket->limiter, 1, at, at + LEAT_S(2), &when) > 0)
		printf("%3.1f s  %s is served at %.1f s\n", (double)at / 1e9, client, (double)when / 1e9);
	else
		printf("%3.1f s  %s must come again later\n", (double)at / 1e9, client);
}

int main(void)
{
	leat_token_bucket bucket;

	if (leat_token_bucket_init(&bucket, 1, 3) < 0) {
		fprintf(stderr, "retry_after: %s\n", strerror(errno));
		return 1;
	}
	ask(&bucket, "Ada", 0);
	ask(&bucket, "Bob", 0);
	ask(&bucket, "Cleo", 0);
	ask(&bucket, "Dan", LEAT_MS(500));
	ask(&bucket, "Eve", LEAT_MS(500));
	ask(&bucket, "Fay", LEAT_MS(500));
	printf("Dan leaves\n");
	leat_limiter_give_back(&bucket.limiter, 1, LEAT_S(1)); /* the time that Dan was told */
	printf("2.0 s  %.0f token is free\n", leat_token_bucket_tokens(&bucket, LEAT_S(2)));
	ask(&bucket, "Fay", LEAT_MS(2500));
	leat_limiter_end(&bucket.limiter);
	return 0;
}
