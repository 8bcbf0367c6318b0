/* SPDX-License-Identifier: 0BSD
 *
 * signal_rx.c - must not compile: leat_signal takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_signal(chan.tx);
#else
	(void)leat_signal(chan.rx);
#endif
}
