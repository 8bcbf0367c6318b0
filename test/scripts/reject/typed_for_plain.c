/* SPDX-License-Identifier: 0BSD
 *
 * typed_for_plain.c - must not compile: a typed handle has the plain one in it.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

void use(int_rx in);

void use(int_rx in)
{
#ifdef REPAIRED
	leat_drop(in.rx);
#else
	leat_drop(in);
#endif
}
