/* leat_batch, leat_unbatch - values in batches of up to n, or of those that came in a given time; and one by one again.
 *
 *     a b c d - - e -> [batch 3] -> (a b c) (d) (e) -> [unbatch] -> a b c d e
 *
 * leat_batch_from - batches that a function makes.
 *
 *     fill() fill() -> [batch_from 3] -> (a b c) (d e)
 *
 * A batch is one block: the struct, and room for values behind it. The stage makes the room as large as the last batch
 * was, and doubles it when it is full. So a large n costs memory only if so many values come.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>
#include <string.h>

enum {
	BATCH_LINE = 64,    /* alignment of the values, in bytes */
	BATCH_LEAST = 4096, /* of the room for the values that come, in bytes, if n of them need as much */
	BATCH_LOOK = 16     /* values between two readings of the clock, while they come without a wait */
};

/* ------------------------------------------------------------------------------------ a batch as an element -- */

leat_batched *leat_batched_make_(const leat_type *type, size_t n)
{
	leat_batched *batch = malloc(sizeof *batch + BATCH_LINE + n * type->size);
	unsigned char *values;

	if (!batch)
		return NULL;
	values = (unsigned char *)(batch + 1);
	values += -(uintptr_t)values % BATCH_LINE;
	*batch = (leat_batched){ *type, 0, values };
	return batch;
}

static void *batch_value(const leat_batched *batch, size_t i)
{
	return (unsigned char *)batch->values + i * batch->type.size;
}

/* Double the room, up to `most` values. Returns 1, or 0 without memory. */
static int batch_grow(leat_batched **batch, size_t *room, size_t most)
{
	size_t more = *room < most / 2 ? 2 * *room : most;
	leat_batched *larger = leat_batched_make_(&(*batch)->type, more);

	if (!larger)
		return 0;
	memcpy(larger->values, (*batch)->values, (*batch)->count * larger->type.size);
	larger->count = (*batch)->count;
	free(*batch); /* its values have moved */
	*batch = larger;
	*room = more;
	return 1;
}

static void batch_add(leat_batched *batch, const void *values, size_t n)
{
	memcpy(batch_value(batch, batch->count), values, n * batch->type.size);
	batch->count += n;
}

/* The room is the power of two that is next to the count, but not more than `most`. */
int leat_batched_push_(leat_batched **batch, const leat_type *type, size_t most, const void *value)
{
	size_t room = *batch ? (*batch)->count : 0;

	if (!*batch && !(*batch = leat_batched_make_(type, 1)))
		return 0;
	if (room && (room & (room - 1)) == 0 && !batch_grow(batch, &room, most))
		return 0;
	batch_add(*batch, value, 1);
	return 1;
}

void leat_batched_free(leat_batched *batch)
{
	for (size_t i = 0; batch && batch->type.release && i < batch->count; i++)
		batch->type.release(batch_value(batch, i));
	free(batch);
}

static void batch_release(void *of_batch)
{
	leat_batched_free(*(leat_batched **)of_batch);
}

int leat_batched_copy_(leat_batched *to, const void *values, size_t n)
{
	const unsigned char *from = values;
	int error = 0;

	for (size_t i = 0; i < n && !error; i++, from += to->type.size) {
		if (to->type.copy)
			error = to->type.copy(batch_value(to, to->count), from);
		else
			memcpy(batch_value(to, to->count), from, to->type.size);
		to->count += !error;
	}
	return error;
}

static int batch_copy(void *to, const void *from)
{
	const leat_batched *original = *(leat_batched *const *)from;
	leat_batched *copy;
	int error;

	*(leat_batched **)to = NULL;
	if (!original)
		return 0;
	if (original->type.release && !original->type.copy)
		return -EINVAL;
	if (!(copy = leat_batched_make_(&original->type, original->count)))
		return -ENOMEM;
	error = leat_batched_copy_(copy, original->values, original->count);
	if (error)
		leat_batched_free(copy);
	else
		*(leat_batched **)to = copy;
	return error;
}

const leat_type leat_batched_type = { "leat_batched *", sizeof(leat_batched *), batch_copy, batch_release };

/* ------------------------------------------------------------------------------------------------- batch -- */

struct batch_plan { size_t n; leat_time within; leat_type type; };

/* Room for as many values as the last batch had, but not for very few. */
static size_t batch_room(const struct batch_plan *plan, size_t last)
{
	size_t least = BATCH_LEAST / (plan->type.size ? plan->type.size : 1);
	size_t room = last > least ? last : least;

	return room < plan->n ? room ? room : 1 : plan->n;
}

/* Receive up to `most` values until t: without a deadline those that are there, else one. Returns how many. */
static size_t batch_next(leat_stage *stage, void **values, size_t most, leat_time t)
{
	if (t == LEAT_NEVER)
		return leat_next_n(stage, values, most);
	if (leat_next_by(stage, values, t) <= 0)
		return 0;
	leat_keep(stage);
	return 1;
}

/* Add values until the batch is full, the time has passed, or the input has ended. leat_next_by takes a value that is
 * ready even after t. So this must read the clock itself while values come without a wait. Returns 0, or ENOMEM: there
 * is no room for another value, and none was received. */
static int batch_fill(leat_stage *stage, const struct batch_plan *plan, leat_batched **batch, size_t room, leat_time t)
{
	void *values;
	size_t n;

	while ((*batch)->count < plan->n) {
		if ((*batch)->count == room && !batch_grow(batch, &room, plan->n))
			return ENOMEM;
		if ((n = batch_next(stage, &values, room - (*batch)->count, t)) == 0)
			return 0;
		batch_add(*batch, values, n);
		if ((*batch)->count % BATCH_LOOK == 0 && t <= leat_now())
			return 0;
	}
	return 0;
}

/* Without memory the values that have come are sent before the cause. */
static void batch_body(leat_stage *stage, void *arg)
{
	const struct batch_plan *plan = arg;
	size_t last = 0;
	int error = 0;

	for (const void *first; !error && (first = leat_next(stage)) != NULL;) {
		leat_time t = leat_in(plan->within);
		size_t room = batch_room(plan, last);
		leat_batched *batch = leat_batched_make_(&plan->type, room);

		if (!batch) {
			leat_fail(stage, ENOMEM);
			return;
		}
		batch_add(batch, first, 1);
		leat_keep(stage);
		error = batch_fill(stage, plan, &batch, room, t);
		last = batch->count;
		if (!leat_emit(stage, &batch)) /* the stage owns it now */
			return;
	}
	if (error)
		leat_fail(stage, error);
}

leat_rx (leat_batch)(leat_rx done, leat_rx in, size_t n, leat_time within)
{
	struct batch_plan plan = { n, within, leat_type_of(in) };
	size_t size = plan.type.size ? plan.type.size : 1;

	return leat_stage_start(&(leat_plan){
		.name = "batch",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = &leat_batched_type,
		.body = n && n <= PTRDIFF_MAX / 2 / size && within >= 0 ? batch_body : NULL,
		.arg = &plan,
		.arg_type = LEAT_TYPE(struct batch_plan),
	});
}

/* -------------------------------------------------------------------------------------------- batch_from -- */

struct batch_from {
	leat_fill_fn *fill;
	void *arg;
	size_t n;
	leat_type type;
	leat_batched *batch; /* that fill is to make, or NULL: released if fill leaves by pthread_exit */
};

static void batch_from_release(void *of_from)
{
	leat_batched_free(((struct batch_from *)of_from)->batch);
}

/* Have fill make another batch. Returns 1, or 0 at the end or after a failure. */
static int batch_from_fill(leat_stage *stage, struct batch_from *from)
{
	long made;

	if (!(from->batch = leat_batched_make_(&from->type, from->n))) {
		leat_fail(stage, ENOMEM);
		return 0;
	}
	made = from->fill(from->arg, from->batch->values, from->n);
	if (made > 0 && (size_t)made <= from->n)
		from->batch->count = (size_t)made;
	else if (made != 0)
		leat_fail(stage, leat_errno_of_(made)); /* EINVAL if it claims more than n */
	return from->batch->count > 0;
}

static void batch_from_body(leat_stage *stage, void *of_from)
{
	struct batch_from *from = of_from;

	while (leat_running(stage) && batch_from_fill(stage, from)) {
		leat_batched *batch = from->batch;

		from->batch = NULL;
		if (!leat_emit(stage, &batch))
			return;
	}
}

leat_rx (leat_batch_from_of)(leat_rx done, const leat_type *type, size_t n, leat_fill_fn *fill, void *arg)
{
	struct batch_from from = { .fill = fill, .arg = arg, .n = n };
	leat_type taken = { "batch_from", sizeof from, NULL, batch_from_release };
	size_t size = type && type->size ? type->size : 1;
	int right = fill && type && n && n <= PTRDIFF_MAX / 2 / size;

	if (right)
		from.type = *type;
	return leat_stage_start(&(leat_plan){
		.name = "batch_from",
		.done = done,
		.type = &leat_batched_type,
		.body = right ? batch_from_body : NULL,
		.arg = &from,
		.arg_type = &taken,
	});
}

/* ----------------------------------------------------------------------------------------------- unbatch -- */

/* leat_emit_n becomes the owner of all values, so the batch must not release them. */
static int batch_emit_values(leat_stage *stage, leat_batched *batch)
{
	size_t n = batch->count;

	batch->count = 0;
	return leat_emit_n(stage, batch->values, n);
}

static void batch_undo_body(leat_stage *stage, void *arg)
{
	const leat_type *type = arg;

	for (leat_batched *const *in; (in = leat_next(stage)) != NULL;) {
		leat_batched *batch = *in;

		if (batch && !leat_same_type(&batch->type, type)) {
			leat_fail(stage, EINVAL);
			return;
		}
		if (batch && !batch_emit_values(stage, batch))
			return;
	}
}

leat_rx (leat_unbatch_of)(leat_rx done, leat_rx in, const leat_type *type)
{
	return leat_stage_start(&(leat_plan){
		.name = "unbatch",
		.done = done,
		.in = &in,
		.ins = 1,
		.in_type = &leat_batched_type,
		.type = type,
		.body = type ? batch_undo_body : NULL,
		.arg = type,
		.arg_type = LEAT_TYPE(leat_type),
	});
}
