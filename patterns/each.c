/* leat_each, leat_each_with - the end of a pipeline: a function called with each value, in one or several threads.
 * Needs workers.c.
 *
 *     a b c -> [each f] : f(a) f(b) f(c)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct each { leat_each_fn *fn; void *arg; leat_workers how; };

static void each_work(leat_stage *stage, void *of_each, void *state)
{
	const struct each *each = of_each;

	for (const void *value; (value = leat_next(stage)) != NULL;) {
		int result;

		if (each->how.takes)
			leat_keep(stage);
		result = each->fn(state, value);
		if (result < 0) {
			leat_fail(stage, leat_errno_of_(result));
			return;
		}
	}
}

static void each_body(leat_stage *stage, void *of_each)
{
	struct each *each = of_each;

	leat_work_(stage, &each->how, each->arg, each_work, each);
}

/* The output carries nothing. It is over when the last worker has ended, so waiting for it waits for all calls. */
static int each_run(leat_rx done, leat_rx in, struct each each, const char *where)
{
	leat_type nothing = { "unit", 0, NULL, NULL };
	leat_plan plan = {
		.name = "each",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = &nothing,
		.workers = each.how.count,
		.body = each.fn && each.how.count && !each.how.ordered ? each_body : NULL,
		.arg = &each,
		.arg_type = LEAT_TYPE(struct each),
		.shares = 1,
	};
	leat_rx all = leat_stage_start_at_(&plan, where);
	int cause;

	(void)leat_wait(all); /* 0, always: no value comes, only the end */
	cause = leat_cause(all);
	leat_drop(all);
	return cause;
}

int leat_each_at_(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg, const char *where)
{
	return each_run(done, in, (struct each){ fn, arg, { .count = workers } }, where);
}

int leat_each_with_at_(leat_rx done, leat_rx in, leat_each_fn *fn, void *arg, const leat_workers *how,
                       const char *where)
{
	return each_run(done, in, (struct each){ fn, arg, leat_workers_or_one_(how) }, where);
}

int (leat_each)(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg)
{
	return leat_each_at_(done, in, workers, fn, arg, NULL);
}

int (leat_each_with)(leat_rx done, leat_rx in, leat_each_fn *fn, void *arg, const leat_workers *how)
{
	return leat_each_with_at_(done, in, fn, arg, how, NULL);
}
