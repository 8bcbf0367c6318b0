/* SPDX-License-Identifier: 0BSD
 *
 * computes - a stage works on one value for a long time. The stages around it wait for it, and main too.
 */
#include "../insight.h"

static int slowly(void *arg, const void *in, void *out)
{
	(void)arg;
	compute();
	*(int *)out = *(const int *)in;
	return 1;
}

int main(void)
{
	leat_rx numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));
	leat_rx out[2];

	must(leat_tee(LEAT_NIL, leat_map(LEAT_NIL, numbers, int, slowly, NULL), out, 2) > 0);
	must(leat_drain(leat_fan_in(LEAT_NIL, LEAT_RXS(out[0], out[1]))) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
