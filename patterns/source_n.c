/* leat_source_n - the values that a function makes, several in a call.
 *
 *     fill(3) fill(3) -> [source_n 3] -> a b c d e
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct source_n {
	leat_fill_fn *fill;
	void *arg;
	size_t n;
	unsigned char *values; /* in the stage's memory, behind this struct */
};

/* Bytes of the struct. The values that follow are aligned to 64 bytes, which is enough for any T. */
static size_t source_n_head(void)
{
	return (sizeof(struct source_n) + 63) / 64 * 64;
}

static int source_n_copy(void *to, const void *from)
{
	struct source_n *copy = to;

	*copy = *(const struct source_n *)from;
	copy->values = (unsigned char *)to + source_n_head();
	return 0;
}

static void source_n_body(leat_stage *stage, void *of_source)
{
	const struct source_n *source = of_source;
	long made = 1;

	while (made > 0 && leat_running(stage)) {
		made = source->fill(source->arg, source->values, source->n);
		if (made < 0 || (size_t)made > source->n)
			leat_fail(stage, leat_errno_of_(made)); /* EINVAL if it claims more than n */
		else
			(void)leat_emit_n(stage, source->values, (size_t)made); /* 0: leat_running says so too */
	}
}

leat_rx (leat_source_n_of)(leat_rx done, const leat_type *type, size_t n, leat_fill_fn *fill, void *arg)
{
	struct source_n source = { .fill = fill, .arg = arg, .n = n };
	leat_type memory = { "source_n", source_n_head(), source_n_copy, NULL };
	int right = fill && type && n && n <= PTRDIFF_MAX / 8 / (type->size ? type->size : 1);

	if (right)
		memory.size += n * type->size;
	return leat_stage_start(&(leat_plan){
		.name = "source_n",
		.done = done,
		.type = type,
		.body = right ? source_n_body : NULL,
		.arg = &source,
		.arg_type = &memory,
	});
}
