/* SPDX-License-Identifier: 0BSD
 *
 * go_loop_variable - wrong on purpose: three threads get the address of the loop's variable, and read it after the
 * loop.
 *
 * So each of them finds the last value. In the book's program the loop and its goroutines race for the variable. Here
 * the threads wait until the loop has ended, so there is no data race. The cure is a copy for each: see go_argument.
 * The book: P53, fig-goroutine-closure-loop.go
 */
#include <leat.h>
#include <stdio.h>

static leat_chan loop_ended;

static void greet(void *of_salutation)
{
	const char *const *salutation = of_salutation;

	if (leat_wait(loop_ended.rx) == 0)
		printf("%s\n", *salutation);
}

int main(void)
{
	static const char *const salutations[] = { "hello", "greetings", "good day" };
	const char *salutation; /* one for all rounds, as in Go before 1.22 */

	loop_ended = leat_make_unit();
	for (int i = 0; i < 3; i++) {
		salutation = salutations[i];
		if (leat_go(greet, &salutation) < 0)
			return 1;
	}
	if (leat_close(loop_ended.tx) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	leat_drop(loop_ended);
	return 0;
}
