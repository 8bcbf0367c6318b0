/* SPDX-License-Identifier: 0BSD
 *
 * close_both.c - must not compile: leat_close takes the sending end.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_close(chan.tx);
#else
	(void)leat_close(chan);
#endif
}
