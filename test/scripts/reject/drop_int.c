/* SPDX-License-Identifier: 0BSD
 *
 * drop_int.c - must not compile: leat_drop takes handles only.
 */
#include <leat.h>

void use(leat_chan *chan);

void use(leat_chan *chan)
{
#ifdef REPAIRED
	(void)leat_drop(chan->rx);
#else
	(void)leat_drop(chan->rx.ch != NULL);
#endif
}
