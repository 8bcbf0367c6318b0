/* SPDX-License-Identifier: 0BSD
 *
 * look_inside.c - must not compile: the inside of a channel is private.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_len(chan);
#else
	(void)chan.rx.ch->len;
#endif
}
