/* leat_repeat_fn - the values that a function makes, until it says that there are no more.
 *
 *     fn() fn() fn() -> [repeat_fn] -> a b c ...
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct repeat_fn { leat_source_fn *fn; void *arg; };

static void repeat_fn_body(leat_stage *stage, void *arg)
{
	const struct repeat_fn *repeat = arg;
	void *out = leat_scratch(stage);

	while (leat_running(stage)) {
		int result = repeat->fn(repeat->arg, out);

		if (result == 0 || !leat_emit_result(stage, result, out))
			return;
	}
}

leat_rx (leat_repeat_fn_of)(leat_rx done, const leat_type *type, leat_source_fn *fn, void *arg)
{
	struct repeat_fn repeat = { fn, arg };

	return leat_stage_start(&(leat_plan){
		.name = "repeat_fn",
		.done = done,
		.type = type,
		.body = fn ? repeat_fn_body : NULL,
		.arg = &repeat,
		.arg_type = LEAT_TYPE(struct repeat_fn),
	});
}
