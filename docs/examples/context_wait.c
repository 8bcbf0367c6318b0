/* SPDX-License-Identifier: 0BSD
 *
 * context_wait - library code that waits for what it started, and for nothing else: leat_context_wait.
 *
 * first_above reads numbers until one is above a bound, and drops the rest. Its stages use memory of the caller, so it
 * must not return while one of them still runs. leat_wait_all would not do: it waits for all of the program.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>

struct counter { int next, step; };

static int count(void *arg, void *out)
{
	struct counter *counter = arg;

	*(int *)out = counter->next += counter->step;
	return 1;
}

static int square(void *arg, const void *in, void *out)
{
	const int *n = in;

	(void)arg;
	*(int *)out = *n * *n;
	return 1;
}

static int first_above(leat_context *request, int bound)
{
	struct counter *counter = calloc(1, sizeof *counter);
	leat_context *own = leat_context_with_cancel(request);
	leat_rx done = leat_context_done(own), squares;
	int n = 0;

	if (!counter)
		abort();
	counter->step = 1;
	squares = leat_map(done, leat_repeat_fn(done, int, count, counter), int, square, NULL);
	while (n <= bound && leat_recv(squares, &n) > 0)
		;
	leat_drop(squares);
	(void)leat_context_cancel(own); /* 0: the request is over already */
	if (leat_context_wait(own, LEAT_NEVER) == 1)
		free(counter); /* no stage uses it any more */
	leat_context_drop(own);
	return n;
}

int main(void)
{
	leat_context *request = leat_context_with_timeout(leat_context_background(), LEAT_S(60));

	printf("the first square above 50 is %d\n", first_above(request, 50));
	leat_context_drop(request);
	return 0;
}
