/* leat_take - the first n values.
 *
 *     a b c d ... -> [take 2] -> a b, end
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

static void take_body(leat_stage *stage, void *arg)
{
	long left = *(const long *)arg; /* if it is negative it stays so, and all values pass */
	void *values;
	size_t n;

	while ((n = leat_next_n(stage, &values, left < 0 ? SIZE_MAX : (size_t)left)) > 0) {
		if (!leat_emit_n(stage, values, n))
			return;
		if (left > 0)
			left -= (long)n;
	}
}

leat_rx (leat_take)(leat_rx done, leat_rx in, long n)
{
	return leat_stage_start(&(leat_plan){
		.name = "take",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = take_body,
		.arg = &n,
		.arg_type = LEAT_TYPE(long),
	});
}
