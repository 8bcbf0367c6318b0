/* SPDX-License-Identifier: 0BSD
 *
 * case_gone_rx.c - must not compile: LEAT_GONE takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_GONE(chan.tx) };
#else
	(void)(leat_case[]){ LEAT_GONE(chan.rx) };
#endif
}
