/* SPDX-License-Identifier: 0BSD
 *
 * typed_get_double.c - must not compile: the values of this stream are ints.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

void use(int_rx in, int *n, double *x);

void use(int_rx in, int *n, double *x)
{
#ifdef REPAIRED
	(void)leat_get(in, x ? n : NULL);
#else
	(void)leat_get(in, n ? x : NULL);
#endif
}
