/* SPDX-License-Identifier: 0BSD
 *
 * receive_n_void.c - must not compile: a void * does not tell the size of the elements.
 */
#include <leat.h>

void use(leat_chan chan, void *values);

void use(leat_chan chan, void *values)
{
#ifdef REPAIRED
	(void)leat_recv_n(chan.rx, (int *)values, 2, LEAT_NOW);
#else
	(void)leat_recv_n(chan.rx, values, 2, LEAT_NOW);
#endif
}
