/* SPDX-License-Identifier: 0BSD
 *
 * done_is_a_time.c - must not compile: done is a stream. leat_recv_by takes a time.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_recv_or(chan.rx, &value, leat_at(0));
#else
	(void)leat_recv_or(chan.rx, &value, LEAT_NOW);
#endif
}
