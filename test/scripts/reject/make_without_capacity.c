/* SPDX-License-Identifier: 0BSD
 *
 * make_without_capacity.c - must not compile: a channel has a capacity; 0 must be said.
 */
#include <leat.h>

void use(leat_chan *chan);

void use(leat_chan *chan)
{
#ifdef REPAIRED
	(void)(*chan = leat_make(int, 0));
#else
	(void)(*chan = leat_make(int));
#endif
}
