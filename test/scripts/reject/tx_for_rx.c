/* SPDX-License-Identifier: 0BSD
 *
 * tx_for_rx.c - must not compile: a sending end is no receiving end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_rx[]){ chan.rx };
#else
	(void)(leat_rx[]){ chan.tx };
#endif
}
