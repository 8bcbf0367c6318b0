/* leat_tee - each value to several outputs.
 *
 *                    /-> a b c
 *     a b c -> [tee]
 *                    \-> a b c
 *
 * The plan has n outputs; leat_emit sends each value to all of them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

int leat_tee_at_(leat_rx done, leat_rx in, leat_rx *out, size_t n, const char *where)
{
	leat_type type = leat_type_of(in);
	int right = out && n && (n == 1 || type.copy || !type.release);
	leat_plan plan = {
		.name = "tee",
		.done = done,
		.in = &in,
		.ins = 1,
		.out = out,
		.outs = n,
		.body = right ? leat_pass_on : NULL,
	};

	return leat_started_(leat_stage_start_at_(&plan, where));
}

int (leat_tee)(leat_rx done, leat_rx in, leat_rx *out, size_t n)
{
	return leat_tee_at_(done, in, out, n, NULL);
}
