/* SPDX-License-Identifier: 0BSD
 *
 * typed_of_plain.c - must not compile: a plain stream is no typed one without leat_typed.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

void use(leat_rx plain, int_rx *typed);

void use(leat_rx plain, int_rx *typed)
{
#ifdef REPAIRED
	*typed = leat_typed(int_rx, plain);
#else
	*typed = plain;
#endif
}
