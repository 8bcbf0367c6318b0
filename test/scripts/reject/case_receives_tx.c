/* SPDX-License-Identifier: 0BSD
 *
 * case_receives_tx.c - must not compile: LEAT_RECV takes the receiving end.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_RECV(chan.rx, &value) };
#else
	(void)(leat_case[]){ LEAT_RECV(chan.tx, &value) };
#endif
}
