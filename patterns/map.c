/* leat_map - a function over each value.
 *
 *     a b c -> [map f] -> f(a) f(b) f(c)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct map { leat_map_fn *fn; void *arg; };

static void map_body(leat_stage *stage, void *arg)
{
	const struct map *map = arg;

	for (const void *in; (in = leat_next(stage)) != NULL;) {
		void *out = leat_scratch(stage);

		if (!leat_emit_result(stage, map->fn(map->arg, in, out), out))
			return;
	}
}

leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map map = { fn, arg };

	return leat_stage_start(&(leat_plan){
		.name = "map",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = fn && type ? map_body : NULL,
		.arg = &map,
		.arg_type = LEAT_TYPE(struct map),
	});
}
