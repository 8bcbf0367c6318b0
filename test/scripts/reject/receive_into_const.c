/* SPDX-License-Identifier: 0BSD
 *
 * receive_into_const.c - must not compile: what is received into changes, so it must not be const.
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
