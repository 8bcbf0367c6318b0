/* SPDX-License-Identifier: 0BSD
 *
 * select_pointer.c - must not compile: a pointer does not tell the number of cases.
 */
#include <leat.h>

void use(leat_case *on);

void use(leat_case *on)
{
#ifdef REPAIRED
	(void)leat_select_n(on, 2, LEAT_NOW);
#else
	(void)leat_select(on, LEAT_NOW);
#endif
}
