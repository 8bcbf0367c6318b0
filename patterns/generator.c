/* leat_generator - given values as a stream.
 *
 *     1 2 3 -> [generator] -> 1 2 3, end
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

/* How many values there are; they follow it in memory. */
struct generator { size_t size, count; const void *values; };

/* Into the stage's memory, which has room for the values behind the struct. */
static int generator_copy(void *to, const void *from)
{
	const struct generator *generator = from;

	memcpy(to, generator, sizeof *generator);
	memcpy((struct generator *)to + 1, generator->values, generator->size * generator->count);
	return 0;
}

static void generator_body(leat_stage *stage, void *arg)
{
	struct generator *generator = arg;
	unsigned char *value = (unsigned char *)(generator + 1);

	for (size_t i = 0; i < generator->count; i++, value += generator->size)
		if (!leat_emit(stage, value))
			return;
}

leat_rx leat_generator(leat_rx done, size_t size, const void *values, size_t count)
{
	struct generator generator = { size, count, values };
	leat_type type = { "generator", size, NULL, NULL };
	size_t most = (PTRDIFF_MAX - sizeof generator) / (size ? size : 1);
	leat_type memory = { "generator", sizeof generator + size * count, generator_copy, NULL };

	return leat_stage_start(&(leat_plan){
		.name = "generator",
		.done = done,
		.type = &type,
		.body = values && count && count <= most ? generator_body : NULL,
		.arg = &generator,
		.arg_type = &memory,
	});
}
