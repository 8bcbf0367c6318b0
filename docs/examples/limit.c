/* SPDX-License-Identifier: 0BSD
 *
 * limit - pass a stream at the rate of a limiter: leat_limit.
 *
 * Three values go at once, then two a second. The clock runs by itself when all threads sleep, so the seconds take no
 * time.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	int result = leat_clock_fake() > 0 ? leat_clock_run() : -1, cause;
	leat_time start = leat_now();
	leat_token_bucket bucket;
	leat_chan done = leat_make_unit();
	leat_rx words = leat_generator(done.rx, LEAT_VALUES(const char *, "some", "words", "go", "in", "due", "time"));
	leat_rx slow;

	if (result < 0 || leat_token_bucket_init(&bucket, 2, 3) < 0) {
		fprintf(stderr, "limit: %s\n", leat_strerror(errno));
		return 1;
	}
	slow = leat_limit(done.rx, words, &bucket.limiter);
	for (const char *word; leat_recv(slow, &word) > 0;)
		printf("%.1f s  %s\n", (double)(leat_now() - start) / 1e9, word);

	cause = leat_cause(slow);
	if (cause)
		fprintf(stderr, "limit: %s\n", leat_strerror(cause));
	leat_drop(slow);
	leat_drop(done.rx);
	(void)leat_wait_gone(done.tx, LEAT_NEVER); /* the stage uses the bucket: it must end before that does */
	leat_drop(done.tx);
	return cause != 0;
}
