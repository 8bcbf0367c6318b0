/* SPDX-License-Identifier: 0BSD
 *
 * receive_from_tx.c - must not compile: a sending end cannot be received from.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_recv(chan.rx, &value);
#else
	(void)leat_recv(chan.tx, &value);
#endif
}
