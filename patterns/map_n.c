/* leat_map_n - a function over each value, in several threads; results as they come.
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(b) f(a) f(c)
 *              \-> [f] -/
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct map_n { leat_map_fn *fn; void *arg; };

static void map_n_body(leat_stage *stage, void *arg)
{
	const struct map_n *map = arg;

	for (const void *in; (in = leat_next(stage)) != NULL;) {
		void *out = leat_scratch(stage);

		if (!leat_emit_result(stage, map->fn(map->arg, in, out), out))
			return;
	}
}

leat_rx leat_map_n_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map_n map = { fn, arg };

	return leat_stage_start(&(leat_plan){
		.name = "map_n",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = workers,
		.body = fn && type && workers ? map_n_body : NULL,
		.arg = &map,
		.arg_type = LEAT_TYPE(struct map_n),
	});
}
