/* SPDX-License-Identifier: 0BSD
 *
 * receive_void.c - must not compile: a void * does not tell the size of the element.
 */
#include <leat.h>

void use(leat_chan chan, void *value);

void use(leat_chan chan, void *value)
{
#ifdef REPAIRED
	(void)leat_recv_sized(chan.rx, value, 8, LEAT_NEVER);
#else
	(void)leat_recv(chan.rx, value);
#endif
}
