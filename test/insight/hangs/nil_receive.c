/* SPDX-License-Identifier: 0BSD
 *
 * nil_receive - main receives from a handle that nobody has set. Nothing can ever be sent to nil.
 */
#include "../insight.h"

static leat_rx numbers;

int main(void)
{
	int n;

	return leat_recv(numbers, &n) > 0;
}

/* status: 2
 * report: main waits to receive from a nil channel
 */
