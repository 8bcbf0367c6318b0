/* SPDX-License-Identifier: 0BSD
 *
 * length_of_address.c - must not compile: leat_len takes a handle by value.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_len(chan);
#else
	(void)leat_len(&chan);
#endif
}
