/* leat_bridge - one stream out of a stream of streams, in their order.
 *
 *     (a b) (c) (d e) -> [bridge] -> a b c d e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

static int bridge_may_read(leat_rx stream, const leat_type *type)
{
	leat_type its = leat_type_of(stream);

	if (leat_never_started(stream))
		return 1;
	return !leat_is_nil(stream) && leat_same_type(&its, type);
}

/* Emit the values of one stream. Returns 0 if it is time to return, else 1. */
static int bridge_one(leat_stage *stage, leat_rx stream, const leat_type *type)
{
	void *value = leat_scratch(stage);
	leat_case in[] = { LEAT_RECV_SIZED(stream, value, type->size) };
	int decided;

	if (!bridge_may_read(stream, type)) {
		leat_fail(stage, EINVAL);
		return 0;
	}
	while ((decided = leat_stage_select(stage, in, 1, LEAT_NEVER)) == 0 && in[0].ok)
		if (!leat_emit(stage, value))
			return 0;
	if (decided < 0)
		leat_fail(stage, errno); /* does nothing if the stage is over already */
	else if (leat_cause(stream))
		leat_fail(stage, leat_cause(stream));
	return leat_running(stage);
}

static void bridge_body(leat_stage *stage, void *type)
{
	for (const leat_rx *stream; (stream = leat_next(stage)) != NULL;)
		if (!bridge_one(stage, *stream, type))
			return;
}

leat_rx (leat_bridge_of)(leat_rx done, leat_rx streams, const leat_type *type)
{
	return leat_stage_start(&(leat_plan){
		.name = "bridge",
		.done = done,
		.in = &streams,
		.ins = 1,
		.in_type = &leat_rx_type,
		.type = type,
		.body = type ? bridge_body : NULL,
		.arg = type,
		.arg_type = LEAT_TYPE(leat_type),
	});
}
