/* leat_filter - the values that a function wants to keep.
 *
 *     1 2 3 4 -> [filter even] -> 2 4
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct filter { leat_filter_fn *keep; void *arg; };

static void filter_body(leat_stage *stage, void *arg)
{
	const struct filter *filter = arg;

	for (void *value; (value = leat_next(stage)) != NULL;)
		if (!leat_emit_result(stage, filter->keep(filter->arg, value), value))
			return;
}

leat_rx (leat_filter)(leat_rx done, leat_rx in, leat_filter_fn *keep, void *arg)
{
	struct filter filter = { keep, arg };

	return leat_stage_start(&(leat_plan){
		.name = "filter",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = keep ? filter_body : NULL,
		.arg = &filter,
		.arg_type = LEAT_TYPE(struct filter),
	});
}
