/* leat_repeat - given values, again and again.
 *
 *     1 2 -> [repeat] -> 1 2 1 2 1 2 ...
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

/* How many values there are; they follow it in memory. */
struct repeat { size_t size, count; const void *values; };

/* Into the stage's memory, which has room for the values behind the struct. */
static int repeat_copy(void *to, const void *from)
{
	const struct repeat *repeat = from;

	memcpy(to, repeat, sizeof *repeat);
	memcpy((struct repeat *)to + 1, repeat->values, repeat->size * repeat->count);
	return 0;
}

static void repeat_body(leat_stage *stage, void *arg)
{
	struct repeat *repeat = arg;
	unsigned char *values = (unsigned char *)(repeat + 1);

	for (size_t i = 0; leat_emit(stage, values + i * repeat->size); i = (i + 1) % repeat->count)
		;
}

leat_rx leat_repeat(leat_rx done, size_t size, const void *values, size_t count)
{
	struct repeat repeat = { size, count, values };
	leat_type type = { "repeat", size, NULL, NULL };
	size_t most = (PTRDIFF_MAX - sizeof repeat) / (size ? size : 1);
	leat_type memory = { "repeat", sizeof repeat + size * count, repeat_copy, NULL };

	return leat_stage_start(&(leat_plan){
		.name = "repeat",
		.done = done,
		.type = &type,
		.body = values && count && count <= most ? repeat_body : NULL,
		.arg = &repeat,
		.arg_type = &memory,
	});
}
