/* SPDX-License-Identifier: 0BSD
 *
 * repeat_fn - turn a function into a stream: leat_repeat_fn calls it for each value, until it returns 0.
 *
 * Only one thread calls it, so the state that it keeps between calls needs no lock. Here that state is the last two
 * Fibonacci numbers.
 */
#include <leat.h>
#include <stdio.h>

struct fibonacci { int now, next, most; };

static int step(void *of_fibonacci, void *out)
{
	struct fibonacci *f = of_fibonacci;
	int now = f->now;

	if (now > f->most)
		return 0; /* the end */
	f->now = f->next;
	f->next += now;
	*(int *)out = now;
	return 1;
}

int main(void)
{
	struct fibonacci from = { 0, 1, 100 };
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_repeat_fn(done.rx, int, step, &from);
	int cause;

	for (int n; leat_recv(numbers, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(numbers);
	if (cause)
		fprintf(stderr, "repeat_fn: %s\n", leat_strerror(cause));
	leat_drop(numbers);
	leat_drop(done);
	return cause != 0;
}
