/* leat_steps - several functions over each value, one after the other, in one thread.
 *
 *     a b c -> [steps f g] -> g(f(a)) g(f(b)) g(f(c))
 *
 * There are two rooms for a value: leat_scratch, and one in the stage's memory. A step that makes a value reads one and
 * writes the other. Filters and updates leave the value where it is.
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
	void *between;          /* a value that was made here and that no step has passed on yet, or NULL */
	void (*release)(void *value);
};

/* -------------------------------------------------------------------------------------- a list of steps -- */

/* A step that makes a value is one member of the list. A filter or an update is two: the first has no function, and its
 * arg is one of these addresses. So { fn, arg } stays a whole step, without a member that says its kind. */
char leat_filters_[1], leat_updates_[1];

/* In C a pointer of another type may keep a function's address, if the function is called through its own type. */
leat_map_fn *leat_kept_filter_(leat_filter_fn *fn)
{
	return (leat_map_fn *)(void (*)(void))fn;
}

leat_map_fn *leat_kept_update_(leat_update_fn *fn)
{
	return (leat_map_fn *)(void (*)(void))fn;
}

static int steps_is_mark(const leat_step *step)
{
	return !step->fn && (step->arg == leat_filters_ || step->arg == leat_updates_);
}

/* Whether each step has its function. */
static int steps_can_be_called(const struct steps *steps)
{
	const leat_step *list = steps->list;
	int all = list && steps->count && steps->count <= PTRDIFF_MAX / sizeof *list;

	for (size_t i = 0; all && i < steps->count; i++) {
		i += i + 1 < steps->count && steps_is_mark(&list[i]);
		all = list[i].fn != NULL;
	}
	return all;
}

/* Whether no step makes a value: the values of the input go out. */
static int steps_only_pass(const struct steps *steps)
{
	size_t i = 0;

	while (i < steps->count && steps_is_mark(&steps->list[i]))
		i += 2;
	return i >= steps->count;
}

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

/* ------------------------------------------------------------------------------------------- the stage -- */

/* Release the value that a step has read. Also called when the stage ends, for a step that left by pthread_exit. */
static void steps_release(void *of_steps)
{
	struct steps *steps = of_steps;
	void *between = steps->between;

	steps->between = NULL;
	if (between && steps->release)
		steps->release(between);
}

/* Call a filter or an update, the two members at `mark`, with a value that stays where it is. */
static int steps_look_at(const leat_step *mark, void *value)
{
	const leat_step *step = mark + 1;
	void (*fn)(void) = (void (*)(void))step->fn;

	if (mark->arg == leat_filters_)
		return ((leat_filter_fn *)fn)(step->arg, value);
	return ((leat_update_fn *)fn)(step->arg, value);
}

/* Have a step make another value of *value. */
static int steps_make(struct steps *steps, const leat_step *step, void **value)
{
	void *out = steps->room[*value == steps->room[0]];
	int result = step->fn(step->arg, *value, out);

	steps_release(steps);
	steps->between = result > 0 ? out : NULL;
	*value = out;
	return result;
}

/* Take one value through the steps, until the end or until a step skips or fails. Returns 0 if it is time to return. */
static int steps_walk(leat_stage *stage, struct steps *steps, void *value)
{
	int result = 1;

	for (size_t i = 0; i < steps->count && result > 0; i++) {
		if (steps->list[i].fn)
			result = steps_make(steps, &steps->list[i], &value);
		else
			result = steps_look_at(&steps->list[i++], value);
	}
	if (result <= 0)
		steps_release(steps); /* a value that a filter or an update has left out */
	steps->between = NULL; /* it is emitted, or gone */
	return leat_emit_result(stage, result, value);
}

static void steps_body(leat_stage *stage, void *arg)
{
	struct steps *steps = arg;

	steps->room[1] = leat_scratch(stage);
	for (void *in; (in = leat_next(stage)) != NULL;)
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

/* The two constructors give the parts of the plan in which they differ. */
static leat_rx steps_start(leat_plan plan, struct steps steps)
{
	leat_type memory = { "steps", steps_size(steps.count), steps_copy, steps_release };

	if (plan.type && steps_can_be_called(&steps)) {
		steps.release = plan.type->release;
		memory.size += plan.type->size;
		if (plan.in && steps_only_pass(&steps))
			plan.in_type = plan.type;
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
