/* SPDX-License-Identifier: 0BSD
 *
 * same_as_address.c - must not compile: leat_same takes two handles, not their addresses.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_same(chan, chan.tx);
#else
	(void)leat_same(chan, &chan);
#endif
}
