/* leat_flat_map - each value becomes several values, or the values of a stream.
 *
 *     a b -> [flat_map f] -> a1 a2 a3 b1
 *
 *             /-> [f] -\
 *     a b c --          --> a1 b1 a2 c1
 *             \-> [f] -/
 *
 * The function sends its values itself, as the body of a stage does. So they need no memory of their own, and the
 * function waits while the output is full.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct flat_map { leat_flat_map_fn *fn; void *arg; };

static void flat_map_body(leat_stage *stage, void *of_map)
{
	const struct flat_map *map = of_map;
	int result = 0;

	for (const void *in; result >= 0 && (in = leat_next(stage)) != NULL;)
		result = map->fn(map->arg, in, stage);
	if (result < 0)
		leat_fail(stage, leat_errno_of_(result));
}

leat_rx (leat_flat_map_of)(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_flat_map_fn *fn,
                           void *arg)
{
	return leat_stage_start(&(leat_plan){
		.name = "flat_map",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = workers,
		.body = fn && type && workers ? flat_map_body : NULL,
		.arg = &(struct flat_map){ fn, arg },
		.arg_type = LEAT_TYPE(struct flat_map),
	});
}
