/* SPDX-License-Identifier: 0BSD
 *
 * wait_gone_rx.c - must not compile: leat_wait_gone takes the sending end.
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
