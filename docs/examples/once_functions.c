/* SPDX-License-Identifier: 0BSD
 *
 * once_functions - a once counts calls of leat_once_do, not functions. The second call comes too late, whatever
 * function it passes.
 * The book: P67, fig-sync-once-diff-funcs.go
 */
#include <leat.h>
#include <stdio.h>

static void increment(void *count)
{
	++*(int *)count;
}

static void decrement(void *count)
{
	--*(int *)count;
}

int main(void)
{
	leat_once once = { 0 };
	int count = 0, first = leat_once_do(&once, increment, &count), second = leat_once_do(&once, decrement, &count);

	printf("Count: %d\n", count);
	return first == 1 && second == 0 ? 0 : 1;
}
