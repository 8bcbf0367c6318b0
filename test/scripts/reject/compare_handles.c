/* SPDX-License-Identifier: 0BSD
 *
 * compare_handles.c - must not compile: handles are compared by leat_same, not by ==.
 */
#include <leat.h>

void use(leat_chan chan, leat_rx rx);

void use(leat_chan chan, leat_rx rx)
{
#ifdef REPAIRED
	(void)leat_same(chan.rx, rx);
#else
	(void)(chan.rx == rx);
#endif
}
