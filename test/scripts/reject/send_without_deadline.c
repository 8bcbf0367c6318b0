/* SPDX-License-Identifier: 0BSD
 *
 * send_without_deadline.c - must not compile: leat_send_by needs a deadline.
 */
#include <leat.h>

void use(leat_chan chan, int value);

void use(leat_chan chan, int value)
{
#ifdef REPAIRED
	(void)leat_send_by(chan.tx, &value, LEAT_NOW);
#else
	(void)leat_send_by(chan.tx, &value);
#endif
}
