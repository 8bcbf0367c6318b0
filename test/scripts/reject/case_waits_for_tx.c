/* SPDX-License-Identifier: 0BSD
 *
 * case_waits_for_tx.c - must not compile: LEAT_WAIT takes the receiving end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_WAIT(chan.rx) };
#else
	(void)(leat_case[]){ LEAT_WAIT(chan.tx) };
#endif
}
