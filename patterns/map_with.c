/* leat_map_with - applies a function to each value, in workers that may have a state of their own.
 * Needs map.c, map_ordered.c and workers.c.
 *
 *              /-> [state f] -\
 *     a b c ---                ---> f(b) f(a) f(c), or in order
 *              \-> [state f] -/
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

leat_rx (leat_map_with_of)(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                           const leat_workers *how)
{
	leat_workers workers = leat_workers_or_one_(how);

	if (workers.ordered)
		return leat_map_ordered_by_("map_with", done, in, type, fn, arg, workers);
	return leat_map_by_("map_with", done, in, type, fn, arg, workers);
}
