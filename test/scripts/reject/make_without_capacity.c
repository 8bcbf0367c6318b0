/* SPDX-License-Identifier: 0BSD
 *
 * make_without_capacity.c - must not compile: a channel needs a capacity, even if it is 0.
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
