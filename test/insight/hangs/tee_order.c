/* SPDX-License-Identifier: 0BSD
 *
 * tee_order - main reads the first output of a tee to its end before it reads the second one. The tee passes on no
 * further value before both outputs have the last one.
 */
#include "../insight.h"

int main(void)
{
	leat_rx out[2], numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));

	must(leat_tee(LEAT_NIL, numbers, out, 2) > 0);
	for (size_t i = 0; i < 2; i++)
		for (int n; leat_recv(out[i], &n) > 0;)
			;
	return 1;
}

/* status: 2
 * report: main waits to receive from tee.out1; tee waits to send to tee.out2; tee.out2 is held by main
 */
