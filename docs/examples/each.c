/* SPDX-License-Identifier: 0BSD
 *
 * each - the end of a pipeline: leat_each calls a function with each value, in several threads.
 *
 * It returns when all calls have returned: 0, or why the stream ended.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>

/* All workers call this at once, so the sum that they share is atomic. */
static int add(void *sum, const void *in)
{
	atomic_fetch_add((atomic_int *)sum, *(const int *)in);
	return 0;
}

int main(void)
{
	enum { WORKERS = 3 };
	atomic_int sum = 0;
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
	int cause = leat_each(done.rx, numbers, WORKERS, add, &sum);

	if (cause)
		fprintf(stderr, "each: %s\n", leat_strerror(cause));
	printf("sum %d\n", atomic_load(&sum));
	leat_drop(done);
	return cause != 0;
}
