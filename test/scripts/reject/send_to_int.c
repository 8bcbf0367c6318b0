/* SPDX-License-Identifier: 0BSD
 *
 * send_to_int.c - must not compile: a number is no channel.
 */
#include <leat.h>

void use(leat_tx tx, int n);

void use(leat_tx tx, int n)
{
#ifdef REPAIRED
	(void)leat_send(tx, &n);
#else
	(void)leat_send(n, &n);
#endif
}
