/* SPDX-License-Identifier: 0BSD
 *
 * go_argument - give each thread a copy of a loop's variable: leat_go_copy.
 *
 * leat_go passes a pointer. So all threads would read one variable, which changes in the loop and ends with it: see
 * go_loop_variable. leat_go_copy copies the variable for the function that it starts, and frees the copy in the end.
 *
 * The book's goroutines print in any order. Here each thread prints a millisecond after the one before it, when the
 * loop has long ended. The clock is fake and runs by itself.
 * The book: P52, fig-goroutine-closure-loop-correct.go
 */
#include <leat.h>
#include <stdio.h>

struct greeting { const char *text; leat_time after; };

static void greet(void *of_greeting)
{
	const struct greeting *mine = of_greeting;

	leat_sleep(mine->after);
	printf("%s\n", mine->text);
}

int main(void)
{
	static const char *const texts[] = { "hello", "greetings", "good day" };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (int i = 0; i < 3; i++) {
		struct greeting greeting = { texts[i], LEAT_MS(i + 1) };

		if (leat_go_copy(greet, &greeting) < 0)
			return 1;
	}
	return leat_wait_all(LEAT_NEVER) < 0;
}
