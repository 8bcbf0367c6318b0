/* SPDX-License-Identifier: 0BSD
 *
 * wait_for_tx.c - must not compile: a sending end carries nothing to wait for.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_wait(chan.rx);
#else
	(void)leat_wait(chan.tx);
#endif
}
