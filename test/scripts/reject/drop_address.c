/* SPDX-License-Identifier: 0BSD
 *
 * drop_address.c - must not compile: a handle is dropped by value.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_drop(chan);
#else
	(void)leat_drop(&chan);
#endif
}
