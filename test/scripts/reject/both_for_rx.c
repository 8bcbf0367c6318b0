/* SPDX-License-Identifier: 0BSD
 *
 * both_for_rx.c - must not compile: both ends are not the receiving end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_rx[]){ chan.rx };
#else
	(void)(leat_rx[]){ chan };
#endif
}
