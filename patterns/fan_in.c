/* leat_fan_in - the values of several streams as they come.
 *
 *     a b -\
 *           > [fan_in] -> a x b y
 *     x y -/
 *
 * The stage receives from all its inputs in one select, so a value is never held back by a stream that is silent.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

leat_rx (leat_fan_in)(leat_rx done, const leat_rx *members, size_t count)
{
	if (count == 0)
		return leat_ended(0);
	return leat_stage_start(&(leat_plan){
		.name = "fan_in",
		.done = done,
		.in = members,
		.ins = count,
		.body = leat_pass_on,
	});
}
