/* SPDX-License-Identifier: 0BSD
 *
 * both_for_tx.c - must not compile: both ends are not the sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)(leat_tx[]){ chan.tx };
#else
	(void)(leat_tx[]){ chan };
#endif
}
