/* SPDX-License-Identifier: 0BSD
 *
 * typed_get_double.cc - must not compile: the values of this stream are ints, also in C++.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

int use(int_rx in, int *n, double *x);

int use(int_rx in, int *n, double *x)
{
#ifdef REPAIRED
	return leat_get(in, x ? n : nullptr);
#else
	return leat_get(in, n ? x : nullptr);
#endif
}
