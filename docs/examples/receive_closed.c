/* SPDX-License-Identifier: 0BSD
 *
 * receive_closed - a receive from a closed channel returns 0 at once, and zeroes its variable.
 *
 * It does so for any number of receives and receivers. So closing a channel tells all threads that wait for it.
 * The book: P47, fig-reading-from-closed-channel.go
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	int number = 7, ok;

	if (leat_close(numbers.tx) < 0)
		return 1;
	ok = leat_recv(numbers.rx, &number);
	if (ok >= 0)
		printf("(%s): %d\n", ok ? "true" : "false", number);
	leat_drop(numbers);
	return ok != 0;
}
