/* SPDX-License-Identifier: 0BSD
 *
 * fan_in - the values of several streams, as they come: leat_fan_in.
 *
 * Each stream keeps its order. How the streams interleave is left to chance, so this program prints only what does
 * not depend on it.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx small = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3));
	leat_rx large = leat_generator(done.rx, LEAT_VALUES(int, 100, 200));
	leat_rx both = leat_fan_in(done.rx, LEAT_RXS(small, large));
	int count = 0, sum = 0, cause;

	for (int n; leat_recv(both, &n) > 0; count++)
		sum += n;
	printf("%d values, sum %d\n", count, sum);

	cause = leat_cause(both);
	if (cause)
		fprintf(stderr, "fan_in: %s\n", leat_strerror(cause));
	leat_drop(both);
	leat_drop(done);
	return cause != 0;
}
