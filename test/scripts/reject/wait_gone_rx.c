/* SPDX-License-Identifier: 0BSD
 *
 * wait_gone_rx.c - must not compile: it is the sender who waits until nobody receives.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_wait_gone(chan.tx, LEAT_NOW);
#else
	(void)leat_wait_gone(chan.rx, LEAT_NOW);
#endif
}
