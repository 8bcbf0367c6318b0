/* SPDX-License-Identifier: 0BSD
 *
 * leak_send - wrong on purpose, from the book: a thread sends numbers without end, and main wants three of them.
 *
 * Main keeps its receiving end, so the sender waits for it. The cure is to drop that end: see leak. The clock is fake
 * and runs by itself, so the second takes no time.
 *
 * Run it with LEAT_REPORT=exit. It ends with status 0.
 */
#include <leat.h>
#include <stdio.h>

static leat_chan numbers;

static void send_numbers(void *arg)
{
	(void)arg;
	for (int n = 1; leat_send(numbers.tx, &n) > 0; n++)
		;
	printf("newRandStream closure exited.\n");
	leat_drop(numbers.tx);
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	numbers = leat_make(int, 0);
	leat_name(numbers, "numbers");
	if (leat_go(send_numbers, NULL) < 0)
		return 1;
	for (int i = 1, n; i <= 3 && leat_recv(numbers.rx, &n) > 0; i++)
		printf("%d: %d\n", i, n);
	leat_sleep(LEAT_S(1)); /* perhaps more work is done here */
	return 0;
}
