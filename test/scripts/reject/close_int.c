/* SPDX-License-Identifier: 0BSD
 *
 * close_int.c - must not compile: a number is no channel.
 */
#include <leat.h>

void use(leat_tx tx, int n);

void use(leat_tx tx, int n)
{
#ifdef REPAIRED
	(void)n, (void)leat_close(tx);
#else
	(void)leat_close(n), (void)tx;
#endif
}
