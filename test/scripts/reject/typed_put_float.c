/* SPDX-License-Identifier: 0BSD
 *
 * typed_put_float.c - must not compile: the values of this channel are ints, which have the size of a float.
 */
#include <leat.h>

typedef leat_tx_of(int) int_tx;

void use(int_tx out, int *n, float *x);

void use(int_tx out, int *n, float *x)
{
#ifdef REPAIRED
	(void)leat_put_by(out, x ? n : NULL, LEAT_NOW);
#else
	(void)leat_put_by(out, n ? x : NULL, LEAT_NOW);
#endif
}
