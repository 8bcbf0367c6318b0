/* SPDX-License-Identifier: 0BSD
 *
 * map_n - apply a function in several threads, one for each processor: leat_map_n, leat_cpus.
 *
 * Results come when they are ready, so their order is left to chance. This program counts the steps that the numbers
 * below 1000 take to reach 1 by Collatz' rule, and keeps the longest way. The work on a number is short, so the source
 * has a queue: leat_buffer. All stages behind it have the same room.
 */
#include <leat.h>
#include <stdio.h>

struct way { int from, steps; };

static int count_up(void *last, void *out)
{
	*(int *)out = ++*(int *)last;
	return *(int *)out < 1000;
}

/* Called by all workers at once. */
static int collatz(void *arg, const void *in, void *out)
{
	struct way way = { *(const int *)in, 0 };

	(void)arg;
	for (long n = way.from; n != 1; way.steps++)
		n = n % 2 ? 3 * n + 1 : n / 2;
	*(struct way *)out = way;
	return 1;
}

int main(void)
{
	int last = 0, cause;
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_buffer(leat_repeat_fn(done.rx, int, count_up, &last), 128);
	leat_rx ways = leat_map_n(done.rx, numbers, leat_cpus(), struct way, collatz, NULL);
	struct way longest = { 0, 0 };

	for (struct way way; leat_recv(ways, &way) > 0;)
		if (way.steps > longest.steps)
			longest = way;
	printf("%d takes %d steps\n", longest.from, longest.steps);

	cause = leat_cause(ways);
	if (cause)
		fprintf(stderr, "map_n: %s\n", leat_strerror(cause));
	leat_drop(ways);
	leat_drop(done);
	return cause != 0;
}
