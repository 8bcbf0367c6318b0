/* SPDX-License-Identifier: 0BSD
 *
 * stage_reads_tx.c - must not compile: the input of a stage is a receiving end.
 */
#include <leat.h>

void use(leat_chan chan, leat_rx done);

void use(leat_chan chan, leat_rx done)
{
#ifdef REPAIRED
	(void)leat_take(done, chan.rx, 1);
#else
	(void)leat_take(done, chan.tx, 1);
#endif
}
