/* SPDX-License-Identifier: 0BSD
 *
 * typed_of_tx.c - must not compile: a sending end is no stream.
 */
#include <leat.h>

typedef leat_rx_of(int) int_rx;

void use(leat_chan chan, int_rx *typed);

void use(leat_chan chan, int_rx *typed)
{
#ifdef REPAIRED
	*typed = leat_typed(int_rx, chan.rx);
#else
	*typed = leat_typed(int_rx, chan.tx);
#endif
}
