/* SPDX-License-Identifier: 0BSD
 *
 * once - a hundred threads want something done once: one of them does it, and the others wait until it is done:
 * leat_once_do.
 * The book: P69, fig-sync-once.go
 */
#include <leat.h>
#include <stdio.h>

enum { CALLERS = 100 };

struct counter { leat_once once; int count; };

static void increment(void *of_counter)
{
	((struct counter *)of_counter)->count++; /* only one thread runs this, so there is nothing to lock */
}

static void increment_once(void *of_counter)
{
	struct counter *self = of_counter;

	(void)leat_once_do(&self->once, increment, self); /* it does not matter which thread did it */
}

int main(void)
{
	struct counter counter = { { 0 }, 0 };
	leat_waitgroup increments = { 0 };
	int started = 0;

	for (int i = 0; i < CALLERS; i++)
		started += leat_waitgroup_go(&increments, increment_once, &counter) > 0;
	(void)leat_waitgroup_wait(&increments, LEAT_NEVER); /* this cannot fail */
	printf("Count is %d\n", counter.count);
	return started != CALLERS;
}
