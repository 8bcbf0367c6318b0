/* SPDX-License-Identifier: 0BSD
 *
 * send_n_into_rx.c - must not compile: a batch cannot be sent into a receiving end.
 */
#include <leat.h>

void use(leat_chan chan, int *values);

void use(leat_chan chan, int *values)
{
#ifdef REPAIRED
	(void)leat_send_n(chan.tx, values, 2, LEAT_NOW);
#else
	(void)leat_send_n(chan.rx, values, 2, LEAT_NOW);
#endif
}
