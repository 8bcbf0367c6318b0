/* SPDX-License-Identifier: 0BSD
 *
 * case_sends_rx.c - must not compile: LEAT_SEND takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_SEND(chan.tx, &value) };
#else
	(void)(leat_case[]){ LEAT_SEND(chan.rx, &value) };
#endif
}
