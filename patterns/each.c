/* leat_each - the end of a pipeline: a function called with each value, in one or several threads.
 *
 *     a b c -> [each f] : f(a) f(b) f(c)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct each { leat_each_fn *fn; void *arg; };

static void each_body(leat_stage *stage, void *arg)
{
	const struct each *each = arg;

	for (const void *value; (value = leat_next(stage)) != NULL;) {
		int result = each->fn(each->arg, value);

		if (result < 0) {
			leat_fail(stage, leat_errno_of_(result));
			return;
		}
	}
}

/* The output carries nothing. It is over when the last worker has ended, so waiting for it waits for all calls. */
int leat_each_at_(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg, const char *where)
{
	struct each each = { fn, arg };
	leat_type nothing = { "unit", 0, NULL, NULL };
	leat_plan plan = {
		.name = "each",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = &nothing,
		.workers = workers,
		.body = fn && workers ? each_body : NULL,
		.arg = &each,
		.arg_type = LEAT_TYPE(struct each),
	};
	leat_rx all = leat_stage_start_at_(&plan, where);
	int cause;

	(void)leat_wait(all); /* 0, always: no value comes, only the end */
	cause = leat_cause(all);
	leat_drop(all);
	return cause;
}

int (leat_each)(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg)
{
	return leat_each_at_(done, in, workers, fn, arg, NULL);
}
