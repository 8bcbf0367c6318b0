/* SPDX-License-Identifier: 0BSD
 *
 * forkjoin - split a computation over the processors: Fibonacci numbers by work stealing, as in the book, with
 * leat_forkjoin.
 *
 * One half is forked, and the other half is computed at once. A thread with nothing to do steals the forked half.
 * Mostly no thread steals it, and join computes it in place, as a call would.
 */
#include <leat.h>
#include <stdio.h>

struct fib {
	int n;
	int result;
};

static void fib(void *arg)
{
	struct fib *self = arg, one_less = { self->n - 1, 0 }, two_less = { self->n - 2, 0 };
	leat_fork fork;

	if (self->n <= 2) {
		self->result = 1;
		return;
	}
	leat_forkjoin_fork(&fork, fib, &one_less);
	fib(&two_less);
	leat_forkjoin_join(&fork);
	self->result = one_less.result + two_less.result;
}

int main(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(0); /* a thread for each processor */
	struct fib four = { 4, 0 }, thirty = { 30, 0 };

	if (!pool || leat_forkjoin_run(pool, fib, &four) < 0 || leat_forkjoin_run(pool, fib, &thirty) < 0) {
		perror("forkjoin");
		return 1;
	}
	printf("fib(4) = %d\n", four.result);
	printf("fib(30) = %d\n", thirty.result);
	leat_forkjoin_drop(pool);
	return 0;
}
