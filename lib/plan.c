/* SPDX-License-Identifier: 0BSD
 *
 * plan.c - a stage's life: its plan is checked, its workers are made and started, and each is finished.
 *
 * A worker is one thread of a stage. Its leat_stage is one block of memory, which is made here, so that the thread need
 * not allocate. In the block are handles of done, of each input and of each output; room for one value of an output;
 * and room for one or several values of an input.
 *
 * All workers are made before the first thread starts, and all threads start before the first body runs. Until then the
 * threads wait at a gate, which is a channel: its end opens the gate. If a thread cannot be started, the gate ends with
 * that error instead. Then no body runs, no value is received, and the starter finishes all workers. So a constructor
 * that fails never waits for a user's function.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"
#include "insight/trace.h"

#include <string.h>

enum {
	LEAST_ALIGNED = _Alignof(max_align_t),
	MOST = 1 << 20,    /* inputs, outputs or workers of a stage */
	BATCH = 32,        /* values that a stage may receive at once, ... */
	BATCH_BYTES = 1024 /* ... and bytes of them */
};

/* Sizes and types, as check_plan finds them. `cap` is the capacity of the outputs; `batch` is from batch_of. */
struct shape {
	size_t ins, outs, workers, cap, batch;
	leat_type in, out; /* of the inputs' values, of the outputs' */
	bool known;        /* false: no type was given, and all inputs were over from the start */
};

/* Returns 0, EINVAL, or the cause of an input that never started. The first input with a type gives the type of all. */
static int check_inputs(const leat_plan *plan, struct shape *shape)
{
	int cause = 0;

	for (size_t i = 0; i < plan->ins; i++) {
		leat_rx in = plan->in[i];
		leat_type type = leat_type_of(in);

		if (!in.ch)
			return EINVAL;
		if (leati_is_static(in.ch)) { /* it has no type */
			cause = cause ? cause : leat_cause(in);
			continue;
		}
		if (!shape->known)
			shape->in = type;
		shape->known = true;
		if (!plan->mixed && !leat_same_type(&type, plan->in_type ? plan->in_type : &shape->in))
			return EINVAL;
		if (leat_cap(in) > shape->cap)
			shape->cap = leat_cap(in);
	}
	return cause;
}

/* Whether values of this size are aligned when they lie side by side. For any other size, such as that of a struct with
 * text behind it, the alignment that the type needs is unknown. */
static bool are_aligned(size_t size)
{
	return size % 8 == 0 || size == 4 || size == 2 || size == 1;
}

/* How many values the stage may receive at once: a quarter of the channel's room at most. */
static size_t batch_of(const struct shape *shape)
{
	size_t size = shape->in.size ? shape->in.size : 1;
	size_t most = BATCH_BYTES / size < BATCH ? BATCH_BYTES / size : BATCH;

	if (shape->ins != 1 || !leati_prefers_batches(shape->cap) || most < 2 || !are_aligned(shape->in.size))
		return 1;
	return most < shape->cap / 4 ? most : shape->cap / 4;
}

static int check_plan(const leat_plan *plan, struct shape *shape)
{
	const leat_type *arg = plan->arg_type;
	int error;

	*shape = (struct shape){ .ins = plan->ins, .outs = plan->out ? plan->outs : 1 };
	shape->workers = plan->workers ? plan->workers : 1;
	if (!plan->body || (plan->ins && !plan->in) || (!plan->ins && !plan->type) || !shape->outs)
		return EINVAL;
	if (plan->ins > MOST || plan->outs > MOST || plan->workers > MOST || (arg && arg->size > PTRDIFF_MAX / 4))
		return EINVAL;
	if ((error = check_inputs(plan, shape)) != 0)
		return error;
	shape->out = plan->type ? *plan->type : shape->in;
	shape->known = shape->known || plan->type;
	if (shape->in.size > PTRDIFF_MAX / 4 || shape->out.size > PTRDIFF_MAX / 4 / shape->outs)
		return EINVAL;
	shape->batch = batch_of(shape);
	return shape->workers > 1 && arg && arg->release && !arg->copy ? EINVAL : 0;
}

/* Whether an array may have so many streams. A negative number of the caller's arrives as one that is too large. */
static bool is_a_count(size_t n)
{
	return n <= PTRDIFF_MAX / sizeof(leat_rx);
}

/* Make all outputs streams that are over from the start. */
static leat_rx end_outputs(const leat_plan *plan, int error)
{
	for (size_t i = 0; plan->out && is_a_count(plan->outs) && i < plan->outs; i++)
		plan->out[i] = leat_ended(error);
	return leat_ended(error);
}

/* Nothing has been made yet: drop and release only what the plan takes. */
static leat_rx refuse(const leat_plan *plan, int error)
{
	for (size_t i = 0; plan->in && is_a_count(plan->ins) && i < plan->ins; i++)
		leat_drop(plan->in[i]);
	if (plan->arg_type && !plan->arg_type->copy)
		leati_release_value(plan->arg_type, (void *)(uintptr_t)plan->arg);
	return end_outputs(plan, error);
}

/* ---------------------------------------------------------------------------------------- the block -- */

/* Append a part to a block of *bytes. Returns its offset, and adds its size to *bytes. It is aligned as malloc would,
 * or to the largest power of two that divides its size, up to a cache line: no type of this size needs more. */
static size_t part(size_t *bytes, size_t size)
{
	size_t aligned = size & -size, at;

	aligned = aligned < LEATI_LINE ? aligned : LEATI_LINE;
	aligned = aligned > LEAST_ALIGNED ? aligned : LEAST_ALIGNED;
	at = (*bytes + aligned - 1) / aligned * aligned;
	*bytes = at + size;
	return at;
}

/* A block that knows where its parts are. All but the room for values is zeroed. NULL if there is no memory. */
static leat_stage *make_block(const struct shape *shape, size_t arg_size)
{
	size_t bytes = 0, self = part(&bytes, sizeof(leat_stage)), in = part(&bytes, shape->ins * sizeof(leat_rx));
	size_t out = part(&bytes, shape->outs * sizeof(leat_tx)), arg = part(&bytes, arg_size);
	size_t next_cases = part(&bytes, (1 + shape->outs + shape->ins) * sizeof(leat_case));
	size_t emit_cases = part(&bytes, (1 + shape->outs) * sizeof(leat_case));
	size_t batch = part(&bytes, shape->in.size ? shape->batch * shape->in.size : 1); /* see take_over of stage.c */
	size_t made = part(&bytes, shape->out.size);
	size_t copies = part(&bytes, (shape->outs - 1) * shape->out.size);
	unsigned char *block = leati_alloc(bytes);
	leat_stage *stage = (void *)block;

	if (!block)
		return NULL;
	memset(block + self, 0, batch);
	stage->in = (void *)(block + in);
	stage->out = (void *)(block + out);
	stage->arg = block + arg;
	stage->next_cases = (void *)(block + next_cases);
	stage->emit_cases = (void *)(block + emit_cases);
	stage->batch = block + batch;
	stage->batch_room = shape->batch;
	stage->current = stage->batch;
	stage->made = block + made;
	stage->copies = block + copies;
	stage->bytes = bytes;
	return stage;
}

/* Make the arg that the body gets. Returns 0 or an errno value. Only an arg that the stage owns has a type, so that
 * only such an arg is released at the end. */
static int copy_arg(leat_stage *stage, const leat_plan *plan)
{
	const leat_type *type = plan->arg_type;
	int error = 0;

	if (!type)
		stage->arg = (void *)(uintptr_t)plan->arg;
	else if (type->copy)
		error = type->copy(stage->arg, plan->arg);
	else
		memcpy(stage->arg, plan->arg, type->size);
	if (type && !error)
		stage->arg_type = *type;
	return error ? leat_errno_of_(error) : 0;
}

/* Called when the handles are in place. */
static void set_cases(leat_stage *stage)
{
	stage->next_cases[0] = stage->emit_cases[0] = LEAT_READY(stage->done);
	for (size_t i = 0; i < stage->outs; i++) {
		*leati_out_gone(stage, i) = leati_over(stage->out[i].ch);
		*leati_out_case(stage, i) = LEAT_SEND_SIZED(stage->out[i], NULL, stage->out_type.size);
		leati_out_case(stage, i)->ch = NULL; /* off while nothing is to be sent */
	}
	for (size_t i = 0; i < stage->ins; i++)
		*leati_in_case(stage, i) = LEAT_RECV_SIZED(stage->in[i], stage->batch, stage->in_type.size);
}

/* Make a worker without its inputs and outputs. NULL if there is no memory. */
static leat_stage *make_worker(const leat_plan *plan, const struct shape *shape, const char *where)
{
	leat_stage *stage = make_block(shape, plan->arg_type ? plan->arg_type->size : 0);

	if (!stage)
		return NULL;
	stage->name = plan->name ? plan->name : "stage";
	stage->where = where;
	stage->body = plan->body;
	stage->in_type = shape->in;
	stage->out_type = shape->out;
	stage->ins = shape->ins;
	stage->open_ins = plan->mixed ? 0 : shape->ins; /* leat_next finds nothing, as it has room for one type only */
	stage->outs = stage->open_outs = shape->outs;
	stage->siblings = plan->shares ? shape->workers : 0;
	stage->done = leat_dup(plan->done);
	return stage;
}

/* The first worker takes the plan's inputs and makes the outputs. */
static int furnish_first(leat_stage *stage, const leat_plan *plan, const struct shape *shape, leat_rx *out)
{
	int error = 0, copied;

	for (size_t i = 0; i < stage->ins; i++)
		leat_given_(stage->in[i] = plan->in[i]);
	for (size_t i = 0; i < stage->outs; i++) {
		leat_chan chan = leat_placed_chan_((leat_make_of)(&shape->out, shape->cap), stage->where);

		stage->out[i] = chan.tx;
		out[i] = chan.rx;
		error = error ? error : leat_cause(chan);
	}
	set_cases(stage);
	leati_trace_outputs(stage);
	copied = copy_arg(stage, plan); /* also after an error: the stage takes the arg even when it fails */
	return error ? error : copied;
}

/* Each other worker gets handles of its own. */
static int furnish_other(leat_stage *stage, const leat_plan *plan, const leat_stage *first)
{
	for (size_t i = 0; i < stage->ins; i++)
		stage->in[i] = leat_dup_rx_(first->in[i], leati_input);
	for (size_t i = 0; i < stage->outs; i++)
		stage->out[i] = leat_dup(first->out[i]);
	set_cases(stage);
	return copy_arg(stage, plan);
}

/* ------------------------------------------------------------------------------------------ start, finish -- */

/* The order matters. The inputs go first: stages upstream stop before the consumer sees the end. done goes last: after
 * leat_wait_gone of done, a thread may use again what arg points to. */
static void finish_stage(leat_stage *stage)
{
	leat_rx done = stage->done;

	leati_release_batch(stage);
	for (size_t i = 0; i < stage->ins; i++)
		leat_drop_rx_(stage->in[i], leati_input);
	for (size_t i = 0; i < stage->outs; i++)
		(void)leat_drop_with(stage->out[i], stage->cause);
	leati_release_value(&stage->arg_type, stage->arg);
	leati_free(stage, stage->bytes);
	leat_drop(done);
}

/* Returns whether the body may run. A single worker has no gate. */
static bool pass_gate(leat_stage *stage)
{
	if (leat_is_nil(stage->gate))
		return true;
	(void)leat_wait(stage->gate); /* 0, always: no value comes, only the end */
	if (leat_cause(stage->gate))
		return false;
	leat_drop(stage->gate);
	stage->gate.ch = NULL;
	return true;
}

static void run_stage(void *of_stage)
{
	leat_stage *stage = of_stage;

	if (pass_gate(stage))
		stage->body(stage, stage->arg);
}

/* A worker that was not let through the gate belongs to the starter as soon as the handle of the gate is dropped.
 *
 * `left`: the body, or a user's function that it called, has called pthread_exit. */
static void end_stage(void *of_stage, bool left)
{
	leat_stage *stage = of_stage;

	leati_forget_stage();
	if (!leat_is_nil(stage->gate)) {
		leat_drop(stage->gate);
		return;
	}
	if (left && !stage->over)
		stage->cause = EOWNERDEAD;
	finish_stage(stage);
}

/* Start a thread for each worker. Returns 0 or an errno value. */
static int start_threads(leat_stage *first, leat_rx gate)
{
	int error = 0;

	for (leat_stage *stage = first, *other; stage && !error; stage = other) {
		other = stage->other; /* now, because a single worker may already end before leati_start returns */
		stage->gate = leat_dup(gate);
		error = leati_start((leati_job){ stage->name, stage->where, run_stage, end_stage, stage, stage });
		if (error)
			leat_drop(gate);
	}
	return error;
}

/* As start_threads, but no body runs before all threads have started. After an error no thread uses a worker. */
static int start_behind_gate(leat_stage *first)
{
	leat_chan gate = leat_make_unit();
	int error = leat_cause(gate);

	if (!error)
		error = start_threads(first, gate.rx);
	leat_drop(gate.rx);
	(void)leat_close_with(gate.tx, error); /* 1; or 0 if it could not be made */
	if (error)
		(void)leat_wait_gone(gate.tx, LEAT_NEVER); /* 1, always */
	leat_drop(gate.tx);
	return error;
}

/* No body of these workers has run. */
static void finish_all(leat_stage *first, int error)
{
	for (leat_stage *stage = first, *other; stage; stage = other) {
		other = stage->other;
		stage->cause = error;
		finish_stage(stage);
	}
}

leat_rx leat_stage_start_at_(const leat_plan *plan, const char *where)
{
	leat_rx one, *out;
	leat_stage *first, *last;
	struct shape shape;
	int error;

	if (!plan)
		return leat_ended(EINVAL);
	out = plan->out ? plan->out : &one;
	error = check_plan(plan, &shape);
	if (!error && !shape.known)
		return refuse(plan, 0); /* all inputs were over before they began */
	if (error || !(first = last = make_worker(plan, &shape, where)))
		return refuse(plan, error ? error : ENOMEM);
	error = furnish_first(first, plan, &shape, out);
	for (size_t i = 1; i < shape.workers && !error; i++) {
		leat_stage *other = make_worker(plan, &shape, where);

		error = other ? furnish_other(other, plan, first) : ENOMEM;
		if (other)
			last = last->other = other;
	}
	if (!error)
		error = first->other ? start_behind_gate(first) : start_threads(first, LEAT_NIL);
	if (!error)
		return out[0];
	finish_all(first, error);
	for (size_t i = 0; i < shape.outs; i++)
		leat_drop(out[i]);
	return end_outputs(plan, error);
}

leat_rx (leat_stage_start)(const leat_plan *plan)
{
	return leat_stage_start_at_(plan, NULL);
}
