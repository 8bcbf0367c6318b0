/* SPDX-License-Identifier: 0BSD
 *
 * steps - call cheap functions one after the other in one thread: leat_steps, leat_steps_from.
 *
 * The same arithmetic runs as a chain of stages with a thread each, in one stage, and in one stage with its source. The
 * book prints its numbers once.
 * The book: P31, fig-pipelines-func-stream-processing.go
 */
#include <leat.h>
#include <stdio.h>

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

static int count_to_four(void *last, void *out)
{
	*(int *)out = ++*(int *)last;
	return *(int *)out <= 4;
}

/* Prints a stream to its end. Returns 0, or why the stream failed. */
static int show(const char *name, leat_rx in)
{
	int cause;

	printf("%s:", name);
	for (int n; leat_recv(in, &n) > 0;)
		printf(" %d", n);
	printf("\n");
	cause = leat_cause(in);
	if (cause)
		fprintf(stderr, "%s: %s\n", name, leat_strerror(cause));
	leat_drop(in);
	return cause;
}

int main(void)
{
	static int one = 1, two = 2, last = 0;
	leat_chan done = leat_make_unit();
	leat_rx chain = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4)), fused, made;
	int cause;

	chain = leat_map(done.rx, chain, int, multiply, &two);
	chain = leat_map(done.rx, chain, int, add, &one);
	chain = leat_map(done.rx, chain, int, multiply, &two);
	cause = show("four stages", chain);

	fused = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4));
	fused = leat_steps(done.rx, fused, int, LEAT_STEPS({ multiply, &two }, { add, &one }, { multiply, &two }));
	cause = show("two stages", fused) || cause;

	made = leat_steps_from(done.rx, int, count_to_four, &last,
	                       LEAT_STEPS({ multiply, &two }, { add, &one }, { multiply, &two }));
	cause = show("one stage", made) || cause;
	leat_drop(done);
	return cause != 0;
}
