/* leat_unbatch - the values of batches, one by one.
 *
 *     (a b c) (d) (e) -> [unbatch] -> a b c d e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

/* A value is out of its batch before it is emitted, so that the stage releases those that are left, whatever
 * happens. */
static int unbatch_emit(leat_stage *stage, leat_batched *batch)
{
	while (batch->count > 0) {
		void *value = batch->values;

		batch->values = (unsigned char *)value + batch->type.size;
		batch->count--;
		if (!leat_emit(stage, value))
			return 0;
	}
	return 1;
}

static void unbatch_body(leat_stage *stage, void *arg)
{
	const leat_type *type = arg;

	for (leat_batched *const *in; (in = leat_next(stage)) != NULL;) {
		leat_batched *batch = *in;

		if (batch && (batch->type.size != type->size || batch->type.release != type->release)) {
			leat_fail(stage, EINVAL);
			return;
		}
		if (batch && !unbatch_emit(stage, batch))
			return;
	}
}

leat_rx leat_unbatch_of(leat_rx done, leat_rx in, const leat_type *type)
{
	leat_type of = leat_type_of(in);
	int carries_batches = leat_never_started(in) || (of.name && strcmp(of.name, "leat_batched *") == 0);

	return leat_stage_start(&(leat_plan){
		.name = "unbatch",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = type && carries_batches ? unbatch_body : NULL,
		.arg = type,
		.arg_type = LEAT_TYPE(leat_type),
	});
}
