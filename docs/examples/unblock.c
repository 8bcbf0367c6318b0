/* SPDX-License-Identifier: 0BSD
 *
 * unblock - five threads wait for one channel, and closing it lets all of them go: leat_close.
 *
 * A value would wake one thread; the end of a channel wakes all, now and later. The book's goroutines print their
 * lines in any order. Here each thread notes that it has begun, and main prints the lines in the order of the numbers.
 * The book: P49, fig-unblocking-goroutines.go
 */
#include <leat.h>
#include <stdio.h>

struct runner { leat_rx begin; int has_begun; };

static void run(void *of_runner)
{
	struct runner *self = of_runner;

	if (leat_wait(self->begin) == 0)
		self->has_begun = 1;
}

int main(void)
{
	enum { RUNNERS = 5 };
	struct runner runners[RUNNERS];
	leat_chan begin = leat_make_unit();

	for (int i = 0; i < RUNNERS; i++) {
		runners[i] = (struct runner){ begin.rx, 0 };
		if (leat_go(run, &runners[i]) < 0)
			return 1;
	}
	printf("Unblocking goroutines...\n");
	if (leat_close(begin.tx) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	for (int i = 0; i < RUNNERS; i++)
		if (runners[i].has_begun)
			printf("%d has begun\n", i);
	leat_drop(begin);
	return 0;
}
