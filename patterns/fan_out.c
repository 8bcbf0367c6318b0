/* leat_fan_out - several stages on one input, which each value goes to one of.
 *
 *                 /-> [stage] -> f(a) f(c)
 *     a b c d ---
 *                 \-> [stage] -> f(b) f(d)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* What could be made is dropped, so that those stages stop; all outputs are over and say why. */
static int fan_out_fail(leat_rx *out, size_t made, size_t n, int cause)
{
	for (size_t i = 0; i < made; i++)
		leat_drop(out[i]);
	for (size_t i = 0; i < n; i++)
		out[i] = leat_ended(cause);
	errno = cause;
	return -1;
}

int leat_fan_out(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_stage_fn *stage, void *arg)
{
	size_t made = 0;
	int cause = leat_is_nil(in) || !out || !n || !stage ? EINVAL : leat_never_started(in) ? leat_cause(in) : 0;

	for (; made < n && !cause; made++) {
		out[made] = stage(done, leat_dup(in), arg);
		if (leat_is_nil(out[made]) || leat_never_started(out[made]))
			cause = leat_cause(out[made]);
	}
	leat_drop(in);
	return cause ? fan_out_fail(out, made, out ? n : 0, cause) : 1;
}
