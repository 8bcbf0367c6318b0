/* SPDX-License-Identifier: 0BSD
 *
 * leak_send - wrong on purpose, from the book: a thread sends random numbers without end, and main wants
 * three of them.
 *
 * Main keeps its receiving end, so the sender waits for it: leat_live counts it, as runtime.NumGoroutine counts
 * goroutines. The cure is to drop that end: see leak. The clock is fake and runs by itself, so the second takes no time.
 * The numbers differ from the book's, because they come from another generator.
 *
 * Run it with LEAT_REPORT=exit. It ends with status 0.
 * The book: P38, fig-leak-from-blocked-channel-write.go
 */
#include <leat.h>
#include <stdio.h>

static leat_chan numbers;

static void send_numbers(void *arg)
{
	unsigned number = 1; /* a generator that is the same in every run */

	(void)arg;
	do
		number = number * 1103515245u + 12345u;
	while (leat_send(numbers.tx, &number) > 0);
	printf("newRandStream closure exited.\n");
	leat_drop(numbers.tx);
}

int main(void)
{
	unsigned number;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	numbers = leat_make(unsigned, 0);
	leat_name(numbers, "numbers");
	if (leat_go(send_numbers, NULL) < 0)
		return 1;
	printf("3 random ints:\n");
	for (int i = 1; i <= 3 && leat_recv(numbers.rx, &number) > 0; i++)
		printf("%d: %u\n", i, number);
	leat_sleep(LEAT_S(1)); /* perhaps more work is done here */
	printf("%zu function still runs\n", leat_live());
	return 0;
}
