/* SPDX-License-Identifier: 0BSD
 *
 * case_of_int.c - must not compile: a number is no channel.
 */
#include <leat.h>

void use(leat_tx tx, int n);

void use(leat_tx tx, int n)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_SEND(tx, &n) };
#else
	(void)(leat_case[]){ LEAT_SEND(n, &n) }, (void)tx;
#endif
}
