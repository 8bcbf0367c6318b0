/* SPDX-License-Identifier: 0BSD
 *
 * join - main waits at a join point until the thread that it has started is done: leat_waitgroup_wait.
 *
 * Without a join point main might return first. That ends the program, and nobody says hello.
 * The book: P56, fig-join-point.go
 */
#include <leat.h>
#include <stdio.h>

static void say_hello(void *arg)
{
	(void)arg;
	printf("hello\n");
}

int main(void)
{
	leat_waitgroup group = { 0 };

	if (leat_waitgroup_go(&group, say_hello, NULL) < 0)
		return 1;
	return leat_waitgroup_wait(&group, LEAT_NEVER) < 0; /* the join point */
}
