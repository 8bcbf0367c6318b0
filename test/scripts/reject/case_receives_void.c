/* SPDX-License-Identifier: 0BSD
 *
 * case_receives_void.c - must not compile: a void * does not tell the size of the element.
 */
#include <leat.h>

void use(leat_chan chan, void *value);

void use(leat_chan chan, void *value)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_RECV_SIZED(chan.rx, value, 8) };
#else
	(void)(leat_case[]){ LEAT_RECV(chan.rx, value) };
#endif
}
