/* leat_throttle - at most one value in a period: its first or its last.
 * Needs debounce.c.
 *
 *     time             0 1 2 3 4 5 6 7 8
 *     values           a b c . . d e . .
 *     first, period 3  a . . . . d . . .
 *     last, period 3   . . . c . . . . e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct throttle { leat_time period; leat_type type; };

/* The period begins when the consumer has the value. */
static void throttle_first(leat_stage *stage, void *arg)
{
	const struct throttle *throttle = arg;
	leat_time next = LEAT_NOW;

	for (void *value; (value = leat_next(stage)) != NULL;) {
		if (leat_now() < next)
			continue;
		if (!leat_emit(stage, value))
			return;
		next = leat_in(throttle->period);
	}
}

static void throttle_last(leat_stage *stage, void *arg)
{
	const struct throttle *throttle = arg;

	for (void *value; (value = leat_next(stage)) != NULL;)
		if (!leat_emit(stage, leat_last_(stage, &throttle->type, value, throttle->period, 0)))
			return;
}

leat_rx (leat_throttle)(leat_rx done, leat_rx in, leat_time period, int which)
{
	struct throttle throttle = { period, leat_type_of(in) };
	int right = period >= 0 && (which == LEAT_FIRST || which == LEAT_LAST);

	return leat_stage_start(&(leat_plan){
		.name = "throttle",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = !right ? NULL : which == LEAT_FIRST ? throttle_first : throttle_last,
		.arg = &throttle,
		.arg_type = LEAT_TYPE(struct throttle),
	});
}
