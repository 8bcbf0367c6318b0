/* SPDX-License-Identifier: 0BSD
 *
 * tee - give each value to several streams: leat_tee.
 *
 * The next value follows when all streams have this one. An output that was dropped is left out from then on.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_take(done.rx, leat_repeat(done.rx, LEAT_VALUES(int, 1, 2)), 4);
	leat_rx out[2];
	int cause;

	(void)leat_tee(done.rx, numbers, out, 2); /* if it fails, the outputs say so */
	for (int left, right; leat_recv(out[0], &left) > 0 && leat_recv(out[1], &right) > 0;)
		printf("out1: %d, out2: %d\n", left, right);

	cause = leat_cause(out[0]);
	if (cause)
		fprintf(stderr, "tee: %s\n", leat_strerror(cause));
	leat_drop(out[0]);
	leat_drop(out[1]);
	leat_drop(done);
	return cause != 0;
}
