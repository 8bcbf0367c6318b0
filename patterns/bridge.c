/* leat_bridge - one stream out of a stream of streams, in their order.
 *
 *     (a b) (c) (d e) -> [bridge] -> a b c d e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

static void bridge_body(leat_stage *stage, void *arg)
{
	(void)arg;
	for (const leat_rx *stream; (stream = leat_next(stage)) != NULL;)
		for (void *value; (value = leat_next_from(stage, *stream)) != NULL;)
			if (!leat_emit(stage, value))
				return;
}

leat_rx leat_bridge_of(leat_rx done, leat_rx streams, const leat_type *type)
{
	int carries_streams = leat_never_started(streams) || leat_type_of(streams).release == leat_rx_type.release;

	return leat_stage_start(&(leat_plan){
		.name = "bridge",
		.done = done,
		.in = &streams,
		.ins = 1,
		.type = type,
		.body = type && carries_streams ? bridge_body : NULL,
	});
}
