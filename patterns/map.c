/* leat_map, leat_map_n - applies a function to each value, in one thread or in several.
 *
 *     a b c -> [map f] -> f(a) f(b) f(c)
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(b) f(a) f(c)
 *              \-> [f] -/
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

static leat_rx map_start(leat_plan plan, leat_map_fn *fn, void *arg)
{
	struct map map = { fn, arg };

	plan.ins = 1;
	plan.body = fn && plan.type && plan.workers ? map_body : NULL;
	plan.arg = &map;
	plan.arg_type = LEAT_TYPE(struct map);
	return leat_stage_start(&plan);
}

leat_rx (leat_map_of)(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg)
{
	return map_start((leat_plan){ .name = "map", .done = done, .in = &in, .type = type, .workers = 1 }, fn, arg);
}

/* All workers receive from the same input and send to the same output. */
leat_rx (leat_map_n_of)(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	return map_start((leat_plan){ .name = "map_n", .done = done, .in = &in, .type = type, .workers = workers },
	                 fn, arg);
}
