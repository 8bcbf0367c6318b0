/* SPDX-License-Identifier: 0BSD
 *
 * send_void.c - must not compile: a void * does not tell the size of the element.
 */
#include <leat.h>

void use(leat_chan chan, void *value);

void use(leat_chan chan, void *value)
{
#ifdef REPAIRED
	(void)leat_send(chan.tx, (int *)value);
#else
	(void)leat_send(chan.tx, value);
#endif
}
