/* SPDX-License-Identifier: 0BSD
 *
 * send_a_value.c - must not compile: a send takes the address of the value.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_send(chan.tx, &value);
#else
	(void)leat_send(chan.tx, value);
#endif
}
