/* leat_limit - passes on each value, at the rate of a limiter.
 * Needs limiter.c.
 *
 *     a b c -> [limit] -> a . . b . . c
 *                 ^ limiter
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* Sleep until `when`. Returns 1, or 0 if it is time to return: then the event goes back to the others that share the
 * limiter. */
static int limit_sleep(leat_stage *stage, leat_limiter *limiter, leat_time when)
{
	if (when <= leat_now())
		return 1;
	(void)leat_stage_select(stage, NULL, 0, when); /* -1, always: there are no cases to choose from */
	if (errno == ETIMEDOUT)
		return 1;
	leat_limiter_give_back(limiter, 1, when);
	return 0;
}

/* The stage takes an event only when it has a value, so no event is wasted while it waits for a value. */
static void limit_body(leat_stage *stage, void *arg)
{
	leat_limiter *limiter = arg;
	leat_time when;

	for (void *value; (value = leat_next(stage)) != NULL;) {
		if (leat_limiter_reserve(limiter, 1, &when) < 0) {
			leat_fail(stage, errno);
			return;
		}
		if (!limit_sleep(stage, limiter, when) || !leat_emit(stage, value))
			return;
	}
}

leat_rx leat_limit(leat_rx done, leat_rx in, leat_limiter *limiter)
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
