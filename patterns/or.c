/* leat_or - over as soon as one of several streams is over or has a value.
 *
 *     a ----------\
 *     b --- end ---> [or] -> end
 *     c ----------/
 *
 * The book starts a goroutine for every two channels; here one thread waits for all of them in one select.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

static void or_body(leat_stage *stage, void *arg)
{
	(void)arg;
	(void)leat_next_any(stage); /* whatever it was, this is the end */
}

/* Of none, or of nil ones only: a stream that never ends. */
static int or_has_members(const leat_rx *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!leat_is_nil(members[i]))
			return 1;
	return 0;
}

leat_rx leat_or(const leat_rx *members, size_t count)
{
	leat_type nothing = { "or", 0, NULL, NULL };

	if (!members || !or_has_members(members, count))
		return members || !count ? leat_at(LEAT_NEVER) : leat_ended(EINVAL);
	return leat_stage_start(&(leat_plan){
		.name = "or",
		.in = members,
		.ins = count,
		.any = 1,
		.type = &nothing,
		.body = or_body,
	});
}
