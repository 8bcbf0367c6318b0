/* leat_partition - each value to the output that a function chooses.
 *
 *                                /-> 2 4
 *     1 2 3 4 5 -> [partition odd]
 *                                \-> 1 3 5
 *
 * The stage waits for the output of one value at a time, so it holds one value, and each output has its values in the
 * order of the input. Values that wait for a slow consumer would need a queue without bound.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct partition { leat_index_fn *which; void *arg; };

static void partition_body(leat_stage *stage, void *arg)
{
	const struct partition *partition = arg;

	for (void *value; (value = leat_next(stage)) != NULL;) {
		int which = partition->which(partition->arg, value);

		if (which < 0) {
			leat_fail(stage, leat_errno_of_(which));
			return;
		}
		if (!leat_emit_to(stage, (size_t)which, value))
			return;
	}
}

int leat_partition_at_(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_index_fn *which, void *arg,
                       const char *where)
{
	struct partition partition = { which, arg };
	leat_plan plan = {
		.name = "partition",
		.done = done,
		.in = &in,
		.ins = 1,
		.out = out,
		.outs = n,
		.body = out && n && which ? partition_body : NULL,
		.arg = &partition,
		.arg_type = LEAT_TYPE(struct partition),
	};

	return leat_started_(leat_stage_start_at_(&plan, where));
}

int (leat_partition)(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_index_fn *which, void *arg)
{
	return leat_partition_at_(done, in, out, n, which, arg, NULL);
}
