/* SPDX-License-Identifier: 0BSD
 *
 * receive_from_int.c - must not compile: a number is no channel.
 */
#include <leat.h>

void use(leat_rx rx, int n);

void use(leat_rx rx, int n)
{
#ifdef REPAIRED
	(void)leat_recv(rx, &n);
#else
	(void)leat_recv(n, &n);
#endif
}
