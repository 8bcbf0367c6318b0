/* SPDX-License-Identifier: 0BSD
 *
 * typed_case_unsigned.c - must not compile: an unsigned is no int, though it has its size.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

void use(int_rx in, int *n, unsigned *u);

void use(int_rx in, int *n, unsigned *u)
{
#ifdef REPAIRED
	(void)leat_select((leat_case[]){ LEAT_GET(in, u ? n : NULL) }, LEAT_NOW);
#else
	(void)leat_select((leat_case[]){ LEAT_GET(in, n ? u : NULL) }, LEAT_NOW);
#endif
}
