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
	for (const leat_rx *stream; (stream = leat_next(stage)) != NULL;) {
		leat_keep(stage);
		if (!leat_emit_all(stage, *stream))
			return;
	}
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
	});
}
