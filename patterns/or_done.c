/* leat_or_done - a stream that ends when done is over, for a loop over one that does not know done.
 *
 *     a b c ... -> [or_done] -> a b c ..., end
 *                     ^ done
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

leat_rx (leat_or_done)(leat_rx done, leat_rx in)
{
	return leat_stage_start(&(leat_plan){
		.name = "or_done",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = leat_pass_on,
	});
}
