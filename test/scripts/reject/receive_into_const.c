/* SPDX-License-Identifier: 0BSD
 *
 * receive_into_const.c - must not compile: a receive writes to its variable, so that must not be const.
 */
#include <leat.h>

void use(leat_chan chan, const int *value);

void use(leat_chan chan, const int *value)
{
#ifdef REPAIRED
	(void)leat_recv(chan.rx, (int *)(uintptr_t)value);
#else
	(void)leat_recv(chan.rx, value);
#endif
}
