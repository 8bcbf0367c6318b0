/* SPDX-License-Identifier: 0BSD
 *
 * fan_out - several stages share the work on one stream: leat_fan_out.
 *
 * Each value goes to a stage that is free. Here the stages are two of leat_map, and leat_fan_in gathers their
 * results.
 */
#include <leat.h>
#include <stdio.h>

static int square(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;

	(void)arg;
	*(int *)out = n * n;
	return 1;
}

/* leat_fan_out calls this for each output. It may make one stage, or a pipeline of stages. */
static leat_rx squares_of(leat_rx done, leat_rx numbers, void *arg)
{
	return leat_map(done, numbers, int, square, arg);
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6));
	leat_rx shares[2], squares;
	int sum = 0, cause;

	(void)leat_fan_out(done.rx, numbers, shares, 2, squares_of, NULL); /* if it fails, the shares say so */
	squares = leat_fan_in(done.rx, shares, 2);
	for (int n; leat_recv(squares, &n) > 0;)
		sum += n;
	printf("sum of squares %d\n", sum);

	cause = leat_cause(squares);
	if (cause)
		fprintf(stderr, "fan_out: %s\n", leat_strerror(cause));
	leat_drop(squares);
	leat_drop(done);
	return cause != 0;
}
