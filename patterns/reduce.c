/* leat_reduce - the end of a pipeline: all values folded into one result, in the thread of the caller.
 *
 *     a b c -> [reduce +] : a + b + c
 *
 * leat_scan - the result after each value.
 *
 *     a b c -> [scan +] -> a, a + b, a + b + c
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------------------------- reduce -- */

enum { REDUCE_LINE = 64 }; /* alignment of the value, in bytes */

struct reduce { leat_rx in; leat_type type; void *block, *value; int held; };

/* Returns 0 or ENOMEM. */
static int reduce_make_room(struct reduce *reduce)
{
	if (reduce->type.size > PTRDIFF_MAX / 2 || !(reduce->block = malloc(REDUCE_LINE + reduce->type.size)))
		return ENOMEM;
	reduce->value = (unsigned char *)reduce->block + -(uintptr_t)reduce->block % REDUCE_LINE;
	return 0;
}

static void reduce_release(struct reduce *reduce)
{
	int held = reduce->held;

	reduce->held = 0;
	if (held && reduce->type.release)
		reduce->type.release(reduce->value);
}

static void reduce_end(void *of_reduce)
{
	struct reduce *reduce = of_reduce;

	reduce_release(reduce);
	free(reduce->block);
	leat_drop(reduce->in);
}

/* Returns 0 or the cause. */
static int reduce_all(struct reduce *reduce, leat_rx done, void *result, leat_fold_fn *fold, void *arg,
                      const char *where)
{
	int got;

	while ((got = leat_recv_or_at_(reduce->in, reduce->value, reduce->type.size, done, where)) > 0) {
		int folded;

		reduce->held = 1;
		folded = fold(arg, result, reduce->value);
		reduce_release(reduce);
		if (folded < 0)
			return leat_errno_of_(folded);
	}
	if (got < 0)
		return leat_cause(done) ? leat_cause(done) : ECANCELED;
	return leat_cause(reduce->in);
}

int leat_reduce_at_(leat_rx done, leat_rx in, void *result, leat_fold_fn *fold, void *arg, const char *where)
{
	struct reduce reduce = { .in = in, .type = leat_type_of(in) };
	int cause = EINVAL;

	if (fold && !leat_is_nil(in))
		cause = reduce_make_room(&reduce);
	pthread_cleanup_push(reduce_end, &reduce); /* fold may leave by pthread_exit */
	if (!cause)
		cause = reduce_all(&reduce, done, result, fold, arg, where);
	pthread_cleanup_pop(1);
	return cause;
}

int (leat_reduce)(leat_rx done, leat_rx in, void *result, leat_fold_fn *fold, void *arg)
{
	return leat_reduce_at_(done, in, result, fold, arg, NULL);
}

/* ----------------------------------------------------------------------------------------------------- scan -- */

/* The result lies behind the struct, SCAN_AT bytes from its beginning: so it is aligned as the arg of a stage is. */
struct scan { leat_fold_fn *fold; void *arg; leat_type type; const void *first; };

enum { SCAN_AT = 64 };

_Static_assert(sizeof(struct scan) <= SCAN_AT, "the result lies behind the struct");

static void *scan_result(struct scan *scan)
{
	return (unsigned char *)scan + SCAN_AT;
}

static int scan_copy_value(const leat_type *type, void *to, const void *from)
{
	if (type->copy)
		return type->copy(to, from);
	memcpy(to, from, type->size);
	return 0;
}

/* Make the arg of the stage, with a first result. */
static int scan_copy(void *to, const void *from)
{
	struct scan *scan = to;

	*scan = *(const struct scan *)from;
	return scan_copy_value(&scan->type, scan_result(scan), scan->first);
}

static void scan_release(void *of_scan)
{
	struct scan *scan = of_scan;

	if (scan->type.release)
		scan->type.release(scan_result(scan));
}

static void scan_body(leat_stage *stage, void *of_scan)
{
	struct scan *scan = of_scan;
	void *result = scan_result(scan), *out = leat_scratch(stage);

	for (const void *in; (in = leat_next(stage)) != NULL;) {
		int folded = scan->fold(scan->arg, result, in);
		int error = folded > 0 ? scan_copy_value(&scan->type, out, result) : 0;

		if (!leat_emit_result(stage, error ? -leat_errno_of_(error) : folded, out))
			return;
	}
}

leat_rx (leat_scan_of)(leat_rx done, leat_rx in, const leat_type *type, const void *first, leat_fold_fn *fold,
                       void *arg)
{
	int right = fold && type && first && type->size <= PTRDIFF_MAX / 4 && (type->copy || !type->release);
	struct scan scan = { fold, arg, right ? *type : (leat_type){ 0 }, first };
	leat_type taken = { "scan", SCAN_AT + scan.type.size, scan_copy, scan_release };

	return leat_stage_start(&(leat_plan){
		.name = "scan",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = right ? scan_body : NULL,
		.arg = &scan,
		.arg_type = &taken,
	});
}
