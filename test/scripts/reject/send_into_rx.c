/* SPDX-License-Identifier: 0BSD
 *
 * send_into_rx.c - must not compile: a receiving end cannot be sent into.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_send(chan.tx, &value);
#else
	(void)leat_send(chan.rx, &value);
#endif
}
