/* SPDX-License-Identifier: 0BSD
 *
 * map_ordered - apply a function in several threads, with results in the order of the input: leat_map_ordered.
 *
 * The first values take longest here, and still come out first.
 */
#include <leat.h>
#include <stdio.h>

/* The square, after a sleep that is longer for small numbers. */
static int slow_square(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;
	leat_rx pause = leat_after(LEAT_MS(12 / n));

	(void)arg;
	(void)leat_wait(pause); /* 0: the stream is over */
	leat_drop(pause);
	*(int *)out = n * n;
	return 1;
}

int main(void)
{
	enum { WORKERS = 3 };
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6));
	leat_rx squares = leat_map_ordered(done.rx, numbers, WORKERS, int, slow_square, NULL);
	int cause;

	for (int n; leat_recv(squares, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(squares);
	if (cause)
		fprintf(stderr, "map_ordered: %s\n", leat_strerror(cause));
	leat_drop(squares);
	leat_drop(done);
	return cause != 0;
}
