/* leat_map, leat_map_n - applies a function to each value, in one thread or in several.
 * Needs workers.c.
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

struct map { leat_map_fn *fn; void *arg; leat_workers how; };

static void map_work(leat_stage *stage, void *of_map, void *state)
{
	const struct map *map = of_map;

	for (const void *in; (in = leat_next(stage)) != NULL;) {
		void *out = leat_scratch(stage);

		if (map->how.takes)
			leat_keep(stage);
		if (!leat_emit_result(stage, map->fn(state, in, out), out))
			return;
	}
}

static void map_body(leat_stage *stage, void *of_map)
{
	struct map *map = of_map;

	leat_work_(stage, &map->how, map->arg, map_work, map);
}

/* All workers receive from the same input and send to the same output. */
leat_rx leat_map_by_(const char *name, leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                     leat_workers how)
{
	struct map map = { fn, arg, how };

	return leat_stage_start(&(leat_plan){
		.name = name,
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = how.count,
		.body = fn && type && how.count ? map_body : NULL,
		.arg = &map,
		.arg_type = LEAT_TYPE(struct map),
		.shares = 1,
	});
}

leat_rx (leat_map_of)(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg)
{
	return leat_map_by_("map", done, in, type, fn, arg, (leat_workers){ .count = 1 });
}

leat_rx (leat_map_n_of)(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	return leat_map_by_("map_n", done, in, type, fn, arg, (leat_workers){ .count = workers });
}
