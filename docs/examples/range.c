/* SPDX-License-Identifier: 0BSD
 *
 * range - receive until the stream is over. A for loop over leat_recv stands for Go's range.
 *
 * The loop ends when the sender has dropped its end and all values were received. It needs no `done` for that, and no
 * value with a special meaning.
 * The book: P46, fig-iterating-over-channel.go
 */
#include <leat.h>
#include <stdio.h>

static void count(void *of_numbers)
{
	leat_tx numbers = *(leat_tx *)of_numbers;

	for (int i = 1; i <= 5; i++)
		if (leat_send(numbers, &i) <= 0)
			break; /* nobody is left to receive */
	leat_drop(numbers); /* the last sending end: this closes the channel */
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);

	if (leat_go(count, &numbers.tx) < 0)
		return 1;
	for (int n; leat_recv(numbers.rx, &n) > 0;)
		printf("%s%d", n > 1 ? " " : "", n);
	printf("\n");
	leat_drop(numbers.rx);
	return leat_wait_all(LEAT_NEVER) < 0;
}
