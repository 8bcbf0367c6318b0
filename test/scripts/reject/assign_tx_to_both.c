/* SPDX-License-Identifier: 0BSD
 *
 * assign_tx_to_both.c - must not compile: one end is not both ends.
 */
#include <leat.h>

void use(leat_chan chan, leat_tx tx);

void use(leat_chan chan, leat_tx tx)
{
#ifdef REPAIRED
	chan.tx = tx, (void)chan;
#else
	chan = tx, (void)chan;
#endif
}
