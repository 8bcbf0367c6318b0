/* SPDX-License-Identifier: 0BSD
 *
 * case_signals_rx.c - must not compile: a case cannot signal a receiving end.
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
