/* SPDX-License-Identifier: 0BSD
 *
 * done_is_a_sender.c - must not compile: done is a receiving end.
 */
#include <leat.h>

void use(leat_chan chan, leat_chan done, int value);

void use(leat_chan chan, leat_chan done, int value)
{
#ifdef REPAIRED
	(void)leat_recv_or(chan.rx, &value, done.rx);
#else
	(void)leat_recv_or(chan.rx, &value, done.tx);
#endif
}
