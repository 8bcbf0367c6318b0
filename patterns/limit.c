/* leat_limit - passes on each value, at the rate of a limiter.
 * Needs limiter.c.
 *
 *     a b c -> [limit] -> a . . b . . c
 *                 ^ limiter
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* The stage waits for an event only when it has a value, so it holds up no other thread while it waits for a value. It
 * has no effect to fail with ECANCELED: it is time to return then. */
static void limit_body(leat_stage *stage, void *arg)
{
	leat_limiter *limiter = arg;

	for (void *value; (value = leat_next(stage)) != NULL;) {
		if (leat_limiter_wait_until_(limiter, 1, (leat_until_){ .stage = stage, .what = "a limiter" }, LEAT_NEVER) < 0) {
			leat_fail(stage, errno);
			return;
		}
		if (!leat_emit(stage, value))
			return;
	}
}

leat_rx (leat_limit)(leat_rx done, leat_rx in, leat_limiter *limiter)
{
	return leat_stage_start(&(leat_plan){
		.name = "limit",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = limiter ? limit_body : NULL,
		.arg = limiter,
	});
}
