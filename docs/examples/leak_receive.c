/* SPDX-License-Identifier: 0BSD
 *
 * leak_receive - wrong on purpose, from the book: a thread receives strings from a handle that is nil.
 *
 * The program does not notice, unless it asks leat_live, which counts started functions as runtime.NumGoroutine counts
 * goroutines. At its end the report says which functions still run. The cure is a `done`: see leak. The clock is fake and
 * runs by itself, so the second takes no time.
 *
 * Run it with LEAT_REPORT=exit. It ends with status 0.
 * The book: P36, fig-goroutine-leaks-example.go
 */
#include <leat.h>
#include <stdio.h>

static leat_rx strings; /* nil, because nobody sets it */

static void do_work(void *arg)
{
	(void)arg;
	for (const char *string; leat_recv(strings, &string) > 0;)
		printf("%s\n", string);
	printf("doWork exited.\n");
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	if (leat_go(do_work, NULL) < 0)
		return 1;
	leat_sleep(LEAT_S(1)); /* perhaps more work is done here */
	printf("Done.\n");
	printf("%zu function still runs\n", leat_live());
	return 0;
}
