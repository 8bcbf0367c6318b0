/* SPDX-License-Identifier: 0BSD
 *
 * buffered - a channel with room for four values: a send waits only when the channel is full.
 *
 * The sender can be ahead of the receiver by the capacity. The book's goroutines write their lines into one buffer,
 * without a lock: a data race, whose usual result is this output. Here each thread has lines of its own, and main
 * prints first those of the sender, and then its own.
 * The book: P50, fig-using-buffered-chans.go
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

enum { NUMBERS = 5 };

struct producer { leat_tx numbers; char told[200]; };

static void tell(char told[200], const char *format, int number)
{
	size_t length = strlen(told);

	snprintf(told + length, 200 - length, format, number);
}

static void produce(void *of_producer)
{
	struct producer *self = of_producer;

	for (int i = 0; i < NUMBERS; i++) {
		tell(self->told, "Sending: %d\n", i);
		if (leat_send(self->numbers, &i) <= 0)
			break; /* nobody is left to receive */
	}
	leat_drop(self->numbers);
	strcat(self->told, "Producer Done.\n");
}

int main(void)
{
	leat_chan numbers = leat_make(int, 4);
	struct producer producer = { numbers.tx, "" };
	char told[200] = "";

	if (leat_go(produce, &producer) < 0)
		return 1;
	for (int number; leat_recv(numbers.rx, &number) > 0;)
		tell(told, "Received %d.\n", number);
	leat_drop(numbers.rx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%s%s", producer.told, told);
	return 0;
}
