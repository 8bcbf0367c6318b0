/* SPDX-License-Identifier: 0BSD
 *
 * leaky_bucket - let events happen evenly, and refuse those that find the queue full: leat_leaky_bucket.
 *
 * Here there are two a second, and three may wait.
 */
#include <leat.h>
#include <stdio.h>

static void ask(leat_leaky_bucket *bucket, int n, leat_time start)
{
	leat_time when;

	if (leat_limiter_reserve(&bucket->limiter, 1, &when) > 0)
		printf("drop %d has its time at %.1f s\n", n, (double)(when - start) / 1e9);
	else
		printf("drop %d: %s\n", n, errno == EAGAIN ? "the bucket is full" : leat_strerror(errno));
}

int main(void)
{
	leat_leaky_bucket bucket;
	leat_time start;

	if (leat_clock_fake() < 0 || leat_leaky_bucket_init(&bucket, 2, 3) < 0) {
		fprintf(stderr, "leaky_bucket: %s\n", leat_strerror(errno));
		return 1;
	}
	start = leat_now();
	for (int n = 1; n <= 6; n++)
		ask(&bucket, n, start);
	(void)leat_clock_advance(LEAT_S(1)); /* the clock is a fake one */
	printf("a second later\n");
	for (int n = 7; n <= 9; n++)
		ask(&bucket, n, start);
	leat_limiter_end(&bucket.limiter);
	return 0;
}
