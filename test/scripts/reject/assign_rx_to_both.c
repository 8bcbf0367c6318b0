/* SPDX-License-Identifier: 0BSD
 *
 * assign_rx_to_both.c - must not compile: one end is not both ends.
 */
#include <leat.h>

void use(leat_chan chan, leat_rx rx);

void use(leat_chan chan, leat_rx rx)
{
#ifdef REPAIRED
	chan.rx = rx, (void)chan;
#else
	chan = rx, (void)chan;
#endif
}
