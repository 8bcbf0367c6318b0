/* leat_generator, leat_repeat - given values as a stream, once or again and again.
 *
 *     1 2 3 -> [generator] -> 1 2 3, end
 *     1 2   -> [repeat]    -> 1 2 1 2 1 2 ...
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

/* In the stage's memory the values lie behind this struct, and `values` is not used. */
struct generator { size_t size, count; const void *values; int repeats; };

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

	while (leat_emit_n(stage, generator + 1, generator->count) && generator->repeats)
		;
}

static leat_rx generator_start(const char *name, leat_rx done, struct generator generator)
{
	size_t size = generator.size, count = generator.count;
	size_t most = (PTRDIFF_MAX - sizeof generator) / (size ? size : 1);
	leat_type type = { "value", size, NULL, NULL };
	leat_type memory = { name, sizeof generator + size * count, generator_copy, NULL };

	return leat_stage_start(&(leat_plan){
		.name = name,
		.done = done,
		.type = &type,
		.body = generator.values && count && count <= most ? generator_body : NULL,
		.arg = &generator,
		.arg_type = &memory,
	});
}

leat_rx (leat_generator)(leat_rx done, size_t size, const void *values, size_t count)
{
	return generator_start("generator", done, (struct generator){ size, count, values, 0 });
}

leat_rx (leat_repeat)(leat_rx done, size_t size, const void *values, size_t count)
{
	return generator_start("repeat", done, (struct generator){ size, count, values, 1 });
}
