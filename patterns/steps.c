/* leat_steps - several functions over each value, one after the other, in one thread.
 *
 *     a b c -> [steps f g] -> g(f(a)) g(f(b)) g(f(c))
 *
 * There are two rooms for a value: leat_scratch, and one in the stage's memory. A step reads one and writes the other.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

struct steps {
	leat_source_fn *source; /* given to leat_steps_from; else NULL */
	void *source_arg;
	const leat_step *list;  /* in the stage's memory it lies behind this struct, then room[0] */
	size_t count;
	void *room[2];
	void *between;          /* the value that one step has made and the next one reads, or NULL */
	void (*release)(void *value);
};

/* Bytes of the struct and the list. The room that follows is aligned to 64 bytes, which is enough for any T. */
static size_t steps_size(size_t count)
{
	return (sizeof(struct steps) + count * sizeof(leat_step) + 63) / 64 * 64;
}

static int steps_copy(void *to, const void *from)
{
	struct steps *copy = to;

	*copy = *(const struct steps *)from;
	copy->list = memcpy(copy + 1, copy->list, copy->count * sizeof *copy->list);
	copy->room[0] = (unsigned char *)to + steps_size(copy->count);
	return 0;
}

/* Release the value that a step has read. Also called when the stage ends, for a step that left by pthread_exit. */
static void steps_release(void *of_steps)
{
	const struct steps *steps = of_steps;

	if (steps->between && steps->release)
		steps->release(steps->between);
}

/* Take one value through the steps, until the end or until a step skips or fails. Returns 0 if it is time to return. */
static int steps_walk(leat_stage *stage, struct steps *steps, const void *in)
{
	void *out = NULL;
	int result = 1;

	for (size_t i = 0; i < steps->count && result > 0; i++, in = out) {
		out = steps->room[in == steps->room[0]];
		result = steps->list[i].fn(steps->list[i].arg, in, out);
		steps_release(steps);
		steps->between = out;
	}
	steps->between = NULL; /* the last step's value is emitted, or owns nothing */
	return leat_emit_result(stage, result, out);
}

static void steps_body(leat_stage *stage, void *arg)
{
	struct steps *steps = arg;

	steps->room[1] = leat_scratch(stage);
	for (const void *in; (in = leat_next(stage)) != NULL;)
		if (!steps_walk(stage, steps, in))
			return;
}

static void steps_from_body(leat_stage *stage, void *arg)
{
	struct steps *steps = arg;
	void *made = steps->room[1] = leat_scratch(stage);
	int result = 1;

	while (leat_running(stage) && (result = steps->source(steps->source_arg, made)) > 0) {
		steps->between = made;
		if (!steps_walk(stage, steps, made))
			return;
	}
	if (result < 0)
		leat_fail(stage, leat_errno_of_(result));
}

static int steps_can_be_called(const struct steps *steps)
{
	int all = steps->list && steps->count && steps->count <= PTRDIFF_MAX / sizeof *steps->list;

	for (size_t i = 0; all && i < steps->count; i++)
		all = steps->list[i].fn != NULL;
	return all;
}

/* The two constructors give the parts of the plan in which they differ. */
static leat_rx steps_start(leat_plan plan, struct steps steps)
{
	leat_type memory = { "steps", steps_size(steps.count), steps_copy, steps_release };

	if (plan.type && steps_can_be_called(&steps)) {
		steps.release = plan.type->release;
		memory.size += plan.type->size;
	} else {
		plan.body = NULL;
	}
	plan.arg = &steps;
	plan.arg_type = &memory;
	return leat_stage_start(&plan);
}

leat_rx (leat_steps_of)(leat_rx done, leat_rx in, const leat_type *type, const leat_step *steps, size_t count)
{
	return steps_start((leat_plan){
		.name = "steps",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = steps_body,
	}, (struct steps){ .list = steps, .count = count });
}

leat_rx (leat_steps_from_of)(leat_rx done, const leat_type *type, leat_source_fn *source, void *arg,
                           const leat_step *steps, size_t count)
{
	return steps_start((leat_plan){
		.name = "steps_from",
		.done = done,
		.type = type,
		.body = source ? steps_from_body : NULL,
	}, (struct steps){ .source = source, .source_arg = arg, .list = steps, .count = count });
}
