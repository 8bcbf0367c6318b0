/* leat_debounce - a value, when no other one has followed it for some time.
 *
 *     time        0 1 2 3 4 5 6 7 8 9
 *     values      a b c . . . d e . .
 *     debounce 2  . . . . c . . . . e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

struct debounce { leat_time span; leat_type type; };

/* leat_next_by takes a value that is ready even after t. So this must look at the clock before it. */
void *leat_last_(leat_stage *stage, const leat_type *type, void *value, leat_time span, int renew)
{
	void *last = leat_scratch(stage);
	leat_time t = leat_in(span);

	for (;;) {
		memcpy(last, value, type->size);
		leat_keep(stage);
		if (t <= leat_now() || leat_next_by(stage, &value, t) <= 0)
			return last;
		if (type->release)
			type->release(last);
		if (renew)
			t = leat_in(span);
	}
}

static void debounce_body(leat_stage *stage, void *arg)
{
	const struct debounce *debounce = arg;

	for (void *value; (value = leat_next(stage)) != NULL;)
		if (!leat_emit(stage, leat_last_(stage, &debounce->type, value, debounce->span, 1)))
			return;
}

leat_rx (leat_debounce)(leat_rx done, leat_rx in, leat_time span)
{
	struct debounce debounce = { span, leat_type_of(in) };

	return leat_stage_start(&(leat_plan){
		.name = "debounce",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = span >= 0 ? debounce_body : NULL,
		.arg = &debounce,
		.arg_type = LEAT_TYPE(struct debounce),
	});
}
