/* SPDX-License-Identifier: 0BSD
 *
 * receive_from_both.c - must not compile: leat_recv takes the receiving end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_recv(chan.rx, &(int){ 0 });
#else
	(void)leat_recv(chan, &(int){ 0 });
#endif
}
