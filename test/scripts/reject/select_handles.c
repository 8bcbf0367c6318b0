/* SPDX-License-Identifier: 0BSD
 *
 * select_handles.c - must not compile: a select takes cases, not channels.
 */
#include <leat.h>

void use(leat_chan *chan);

void use(leat_chan *chan)
{
#ifdef REPAIRED
	(void)leat_select_n((leat_case[]){ LEAT_WAIT(chan->rx) }, 1, LEAT_NOW);
#else
	(void)leat_select_n(chan, 1, LEAT_NOW);
#endif
}
