/* SPDX-License-Identifier: 0BSD
 *
 * once_circular - two functions that are called once need each other: leat_once_do returns EDEADLK.
 *
 * The book's program ends when Go finds that all goroutines are asleep. Here the call that closes the circle gets
 * EDEADLK and can do without the other function. The circle may go through any number of threads.
 * The book: P68, fig-sync-once-do-deadlock.go
 */
#include <leat.h>
#include <stdio.h>

static leat_once once_a, once_b;

static void init_b(void *arg);

static void init_a(void *arg)
{
	if (leat_once_do(&once_b, init_b, arg) < 0)
		printf("a is made without b\n");
	printf("a is made\n");
}

static void init_b(void *arg)
{
	if (leat_once_do(&once_a, init_a, arg) < 0 && errno == EDEADLK)
		printf("b needs a, which waits for b: deadlock\n");
	printf("b is made\n");
}

int main(void)
{
	return leat_once_do(&once_a, init_a, NULL) == 1 && leat_once_do(&once_b, init_b, NULL) == 0 ? 0 : 1;
}
