/* SPDX-License-Identifier: 0BSD
 *
 * select_parameter.c - must not compile: an array parameter is a pointer, and does not have its size.
 */
#include <leat.h>

void use(leat_case on[2]);

void use(leat_case on[2])
{
#ifdef REPAIRED
	(void)leat_select_n(on, 2, LEAT_NOW);
#else
	(void)leat_select(on, LEAT_NOW);
#endif
}
