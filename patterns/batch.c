/* leat_batch, leat_unbatch - values in batches of up to n, or of those that came in a given time; and one by one again.
 *
 *     a b c d - - e -> [batch 3] -> (a b c) (d) (e) -> [unbatch] -> a b c d e
 *
 * A batch is one block: the struct, and room for n values behind it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>
#include <string.h>

enum {
	BATCH_LINE = 64, /* alignment of the values, in bytes */
	BATCH_LOOK = 16  /* values between two readings of the clock, while they come without a wait */
};

/* ------------------------------------------------------------------------------------ a batch as an element -- */

/* Make an empty batch. NULL if there is no memory. */
static leat_batched *batch_make(const leat_type *type, size_t n)
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

static int batch_copy_values(leat_batched *to, const leat_batched *from)
{
	int error = 0;

	for (size_t i = 0; i < from->count && !error; i++) {
		if (from->type.copy)
			error = from->type.copy(batch_value(to, i), batch_value(from, i));
		else
			memcpy(batch_value(to, i), batch_value(from, i), from->type.size);
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
	if (!(copy = batch_make(&original->type, original->count)))
		return -ENOMEM;
	error = batch_copy_values(copy, original);
	if (error)
		leat_batched_free(copy);
	else
		*(leat_batched **)to = copy;
	return error;
}

const leat_type leat_batched_type = { "leat_batched *", sizeof(leat_batched *), batch_copy, batch_release };

/* ------------------------------------------------------------------------------------------------- batch -- */

struct batch_plan { size_t n; leat_time within; leat_type type; };

static void batch_add(leat_stage *stage, leat_batched *batch, const void *value)
{
	memcpy(batch_value(batch, batch->count++), value, batch->type.size);
	leat_keep(stage);
}

/* Add values until the batch is full, the time has passed, or the input has ended. leat_next_by takes a value that is
 * ready even after t. So this must read the clock itself while values come without a wait. */
static void batch_fill(leat_stage *stage, leat_batched *batch, size_t n, leat_time t)
{
	void *value;

	while (batch->count < n && leat_next_by(stage, &value, t) > 0) {
		batch_add(stage, batch, value);
		if (batch->count % BATCH_LOOK == 0 && t <= leat_now())
			return;
	}
}

static void batch_body(leat_stage *stage, void *arg)
{
	const struct batch_plan *plan = arg;

	for (const void *first; (first = leat_next(stage)) != NULL;) {
		leat_time t = leat_in(plan->within);
		leat_batched *batch = batch_make(&plan->type, plan->n);

		if (!batch) {
			leat_fail(stage, ENOMEM);
			return;
		}
		batch_add(stage, batch, first);
		batch_fill(stage, batch, plan->n, t);
		if (!leat_emit(stage, &batch)) /* the stage owns it now */
			return;
	}
}

leat_rx leat_batch(leat_rx done, leat_rx in, size_t n, leat_time within)
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

/* ----------------------------------------------------------------------------------------------- unbatch -- */

/* A value leaves its batch before it is emitted, so when the stage ends it releases only the values that remain. */
static int batch_emit_values(leat_stage *stage, leat_batched *batch)
{
	while (batch->count > 0) {
		void *value = batch->values;

		batch->values = (unsigned char *)value + batch->type.size;
		batch->count--;
		if (!leat_emit(stage, value))
			return 0;
	}
	return 1;
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

leat_rx leat_unbatch_of(leat_rx done, leat_rx in, const leat_type *type)
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
