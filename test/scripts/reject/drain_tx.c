/* SPDX-License-Identifier: 0BSD
 *
 * drain_tx.c - must not compile: a sending end has no values to drain.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_drain(chan.rx);
#else
	(void)leat_drain(chan.tx);
#endif
}
