/* SPDX-License-Identifier: 0BSD
 *
 * rx_for_tx.c - must not compile: a receiving end is no sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_tx[]){ chan.tx };
#else
	(void)(leat_tx[]){ chan.rx };
#endif
}
