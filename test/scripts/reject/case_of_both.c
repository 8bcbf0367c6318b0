/* SPDX-License-Identifier: 0BSD
 *
 * case_of_both.c - must not compile: a case takes one end.
 */
#include <leat.h>

void use(leat_chan chan, int n);

void use(leat_chan chan, int n)
{
#ifdef REPAIRED
	(void)(leat_case[]){ LEAT_RECV(chan.rx, &n) };
#else
	(void)(leat_case[]){ LEAT_RECV(chan, &n) };
#endif
}
