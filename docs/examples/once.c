/* SPDX-License-Identifier: 0BSD
 *
 * once - of a hundred who want it done one does it, and the others wait until it is done: leat_once_do.
 */
#include <leat.h>
#include <stdio.h>

enum { CALLERS = 100 };

struct counter { leat_once once; int count; };

static void increment(void *of_counter)
{
	((struct counter *)of_counter)->count++; /* by one thread alone: there is nothing to lock */
}

static void increment_once(void *of_counter)
{
	struct counter *self = of_counter;

	(void)leat_once_do(&self->once, increment, self); /* whether it was this one does not matter */
}

int main(void)
{
	struct counter counter = { { 0 }, 0 };
	leat_waitgroup increments = { 0 };
	int started = 0;

	for (int i = 0; i < CALLERS; i++)
		started += leat_waitgroup_go(&increments, increment_once, &counter) > 0;
	(void)leat_waitgroup_wait(&increments, LEAT_NEVER); /* which can only succeed */
	printf("Count is %d\n", counter.count);
	return started != CALLERS;
}
