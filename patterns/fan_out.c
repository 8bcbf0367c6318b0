/* leat_fan_out - several stages on one input; each value goes to one of them.
 *
 *                 /-> [stage] -> f(a) f(c)
 *     a b c d ---
 *                 \-> [stage] -> f(b) f(d)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

enum { FAN_OUT_MOST = 1 << 20 };

/* The cause why this stream never started. 0 if it did, or if it was over without a cause. */
static int fan_out_cause(leat_rx rx)
{
	return leat_is_nil(rx) || leat_never_started(rx) ? leat_cause(rx) : 0;
}

/* Drop the outputs made so far, so that their stages stop. Then make all n outputs streams that are over with the
 * cause. */
static int fan_out_fail(leat_rx *out, size_t made, size_t n, int cause)
{
	for (size_t i = 0; i < made; i++)
		leat_drop(out[i]);
	for (size_t i = 0; i < n; i++)
		out[i] = leat_ended(cause);
	return leat_refuse(cause);
}

int leat_fan_out(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_stage_fn *stage, void *arg)
{
	int right = out && n && n <= FAN_OUT_MOST;
	int cause = right && stage ? fan_out_cause(in) : EINVAL;
	size_t made = 0;

	for (; made < n && !cause; made++) {
		out[made] = stage(done, leat_dup(in), arg);
		cause = fan_out_cause(out[made]);
	}
	leat_drop(in);
	return cause ? fan_out_fail(out, made, right ? n : 0, cause) : 1;
}
