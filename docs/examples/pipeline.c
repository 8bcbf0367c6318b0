/* SPDX-License-Identifier: 0BSD
 *
 * pipeline - compare stages that take a whole batch with stages that take one value after the other.
 *
 * You put both kinds together in the same way, and another stage changes none of the others. But a batch stage
 * finishes a batch before the next stage begins, so there must be room for all values. A stream needs room only for
 * the values in work.
 * The book: P28, fig-pipelines-chan-stream-processing.go (the last line)
 * The book: P29, fig-adding-additional-stage-to-pipeline.go (the third line)
 * The book: P30, fig-functional-pipeline-combination.go (the first line)
 */
#include <leat.h>
#include <stdio.h>

enum { COUNT = 4 };
typedef struct { int of[COUNT]; } batch;

static batch multiply_batch(batch values, int by)
{
	for (int i = 0; i < COUNT; i++)
		values.of[i] *= by;
	return values;
}

static batch add_batch(batch values, int what)
{
	for (int i = 0; i < COUNT; i++)
		values.of[i] += what;
	return values;
}

static void show_batch(batch values)
{
	printf("batch: ");
	for (int i = 0; i < COUNT; i++)
		printf(" %d", values.of[i]);
	printf("\n");
}

static int multiply(void *by, const void *in, void *out)
{
	*(int *)out = *(const int *)in * *(int *)by;
	return 1;
}

static int add(void *what, const void *in, void *out)
{
	*(int *)out = *(const int *)in + *(int *)what;
	return 1;
}

/* Returns 0, or why the stream failed. */
static int show_stream(leat_rx in)
{
	int cause;

	printf("stream:");
	for (int n; leat_recv(in, &n) > 0;)
		printf(" %d", n);
	printf("\n");
	cause = leat_cause(in);
	if (cause)
		fprintf(stderr, "pipeline: %s\n", leat_strerror(cause));
	leat_drop(in);
	return cause;
}

static leat_rx two_stages(leat_rx done)
{
	static int two = 2, one = 1;
	leat_rx numbers = leat_generator(done, LEAT_VALUES(int, 1, 2, 3, 4));

	return leat_map(done, leat_map(done, numbers, int, multiply, &two), int, add, &one);
}

int main(void)
{
	static int two = 2;
	batch numbers = { { 1, 2, 3, 4 } };
	leat_chan done = leat_make_unit();
	int failed;

	show_batch(add_batch(multiply_batch(numbers, 2), 1));
	failed = show_stream(two_stages(done.rx)) != 0;

	show_batch(multiply_batch(add_batch(multiply_batch(numbers, 2), 1), 2));
	failed |= show_stream(leat_map(done.rx, two_stages(done.rx), int, multiply, &two)) != 0;
	leat_drop(done);
	return failed;
}
