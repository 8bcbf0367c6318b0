/* SPDX-License-Identifier: 0BSD
 *
 * wait_for_tx.c - must not compile: leat_wait takes the receiving end.
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
