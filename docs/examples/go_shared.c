/* SPDX-License-Identifier: 0BSD
 *
 * go_shared - a thread changes a variable of the function that has started it.
 *
 * It gets the address of the variable, as a closure of Go does. The variable must live until the thread has ended, so
 * main waits for it. After that wait main can read what the thread wrote.
 * The book: P54, fig-goroutine-closure.go
 */
#include <leat.h>
#include <stdio.h>

static void welcome(void *of_salutation)
{
	const char **salutation = of_salutation;

	*salutation = "welcome";
}

int main(void)
{
	const char *salutation = "hello";
	leat_waitgroup group = { 0 };

	if (leat_waitgroup_go(&group, welcome, &salutation) < 0 || leat_waitgroup_wait(&group, LEAT_NEVER) < 0)
		return 1;
	printf("%s\n", salutation);
	return 0;
}
