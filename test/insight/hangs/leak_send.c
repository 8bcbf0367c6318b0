/* SPDX-License-Identifier: 0BSD
 *
 * leak_send - the second leak of the book: main wants three numbers and then goes on, but keeps its receiving end. The
 * sender waits for a receiver. Only main knows that it will not receive again.
 */
#include "../insight.h"

static void random_stream(void *numbers)
{
	leat_tx out = *(leat_tx *)numbers;

	for (int n = 0; leat_send(out, &n) > 0; n++)
		;
	leat_drop(out);
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);

	leat_name(numbers, "numbers");
	start(random_stream, &numbers.tx);
	for (int i = 0, n; i < 3; i++)
		must(leat_recv(numbers.rx, &n) > 0);
	live_until_reported();
}

/* status: 0
 * report: suspected: random_stream waits to send to numbers
 * never: STUCK
 */
