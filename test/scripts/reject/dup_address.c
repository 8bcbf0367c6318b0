/* SPDX-License-Identifier: 0BSD
 *
 * dup_address.c - must not compile: a handle is duplicated by value.
 */
#include <leat.h>

void use(leat_chan chan);

void use(leat_chan chan)
{
#ifdef REPAIRED
	(void)leat_dup(chan);
#else
	(void)leat_dup(&chan);
#endif
}
