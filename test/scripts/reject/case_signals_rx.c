/* SPDX-License-Identifier: 0BSD
 *
 * case_signals_rx.c - must not compile: LEAT_SIGNAL takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_SIGNAL(chan.tx) };
#else
	(void)(leat_case[]){ LEAT_SIGNAL(chan.rx) };
#endif
}
