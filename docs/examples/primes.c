/* SPDX-License-Identifier: 0BSD
 *
 * primes - a sieve of channels: a number that passes all filters so far is a prime, and becomes the next leat_filter.
 *
 *     2 3 4 5 ... -> [not by 2] -> [not by 3] -> [not by 5] -> ...
 *
 * The pipeline grows while it runs. Dropping its end stops all of it. The queue behind the source gives all filters
 * room, so that a switch of threads moves many numbers.
 */
#include <leat.h>
#include <stdio.h>

enum { COUNT = 20 };

static int count_up(void *last, void *out)
{
	*(int *)out = ++*(int *)last;
	return 1;
}

static int not_by(void *prime, const void *in)
{
	return *(const int *)in % *(const int *)prime != 0;
}

int main(void)
{
	int last = 1, primes[COUNT], cause;
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_buffer(leat_repeat_fn(done.rx, int, count_up, &last), 128);

	for (int i = 0; i < COUNT && leat_recv(numbers, &primes[i]) > 0; i++) {
		printf("%d\n", primes[i]);
		numbers = leat_filter(done.rx, numbers, not_by, &primes[i]);
	}
	cause = leat_cause(numbers);
	if (cause)
		fprintf(stderr, "primes: %s\n", leat_strerror(cause));
	leat_drop(numbers);
	leat_drop(done.rx);
	(void)leat_wait_gone(done.tx, LEAT_NEVER); /* wait until no stage is left that reads primes[] */
	leat_drop(done.tx);
	return cause != 0;
}
