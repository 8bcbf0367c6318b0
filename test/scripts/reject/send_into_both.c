/* SPDX-License-Identifier: 0BSD
 *
 * send_into_both.c - must not compile: leat_send takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_send(chan.tx, &value);
#else
	(void)leat_send(chan, &value);
#endif
}
