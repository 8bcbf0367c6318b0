/* SPDX-License-Identifier: 0BSD
 *
 * deadline - main receives with deadlines from a channel to which nobody ever sends.
 */
#include "../insight.h"

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	int n;

	must(leat_recv_by(numbers.rx, &n, leat_in(a_while())) < 0 && errno == ETIMEDOUT);
	leat_drop(numbers);
	return 0;
}
