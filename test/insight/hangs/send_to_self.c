/* SPDX-License-Identifier: 0BSD
 *
 * send_to_self - main sends to a channel without room, and would itself be the receiver.
 */
#include "../insight.h"

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	int n = 1;

	leat_name(numbers, "numbers");
	if (leat_send(numbers.tx, &n) > 0)
		(void)leat_recv(numbers.rx, &n);
	return 1;
}

/* status: 2
 * report: main waits to send to numbers; numbers is held by main
 */
