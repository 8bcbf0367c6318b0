/* SPDX-License-Identifier: 0BSD
 *
 * batch - pass several values in one call: leat_send_n and leat_recv_n.
 *
 * Such a call waits for one value and takes as many others as are there. So a batch costs no delay.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	int values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, batch[3], cause;
	leat_chan numbers = leat_make(int, 8);
	long sent = leat_send_n(numbers.tx, values, 10, LEAT_NEVER); /* as many as there is room for */

	printf("sent %ld\n", sent);
	leat_drop(numbers.tx);
	for (long count; (count = leat_recv_n(numbers.rx, batch, 3, LEAT_NEVER)) > 0;)
		printf("received %ld, from %d to %d\n", count, batch[0], batch[count - 1]);

	cause = leat_cause(numbers.rx);
	if (cause)
		fprintf(stderr, "batch: %s\n", leat_strerror(cause));
	leat_drop(numbers.rx);
	return cause != 0;
}
