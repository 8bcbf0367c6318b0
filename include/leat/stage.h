/* SPDX-License-Identifier: 0BSD
 *
 * stage.h - writing a stage of your own.
 *
 * A plan says what the stage has; its body is a loop over leat_next and leat_emit. These two also watch `done` and the
 * consumers, and tell the body when it is time to return. After the body has returned, values are released and the
 * inputs, the outputs and `done` are dropped in the right order. This is the whole of leat_map:
 *
 *     struct map { leat_map_fn *fn; void *arg; };
 *
 *     static void map_body(leat_stage *stage, void *arg)
 *     {
 *             const struct map *map = arg;
 *
 *             for (const void *in; (in = leat_next(stage)) != NULL;) {
 *                     void *out = leat_scratch(stage);
 *                     if (!leat_emit_result(stage, map->fn(map->arg, in, out), out))
 *                             return;
 *             }
 *     }
 *
 *     leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg)
 *     {
 *             struct map map = { fn, arg };
 *             return leat_stage_start(&(leat_plan){
 *                     .name = "map", .done = done, .in = &in, .ins = 1, .type = type,
 *                     .body = fn ? map_body : NULL, .arg = &map, .arg_type = LEAT_TYPE(struct map) });
 *     }
 */
#ifndef LEAT_STAGE_H
#define LEAT_STAGE_H

#include "select.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- the plan ------------------------------------------------------------------------------------ */

/* A stage, as its body sees it. */
typedef struct leat_stage leat_stage;

/* What a stage has, for leat_stage_start. A member that is 0 or NULL is left out. */
typedef struct leat_plan {
	const char *name;       /* of its threads, which show 15 bytes of it; copied */
	leat_rx done;           /* borrowed */
	const leat_rx *in;      /* the inputs, taken: `ins` streams of one type, that is of one size and one release,
	                           unless `mixed` is set */
	size_t ins;
	const leat_type *in_type; /* the type that the body expects of the inputs; NULL: any */
	const leat_type *type;  /* of the outputs; NULL: that of the inputs, which is that of the first if mixed */
	leat_rx *out;           /* where to put `outs` outputs; NULL: there is one, and it is returned */
	size_t outs;
	size_t workers;         /* threads that share the inputs and the outputs; 0 means 1 */
	void (*body)(leat_stage *stage, void *arg);
	const void *arg;        /* without arg_type: what the body gets. It must outlive the stage */
	const leat_type *arg_type; /* of *arg: then the body of each worker gets a copy of *arg */
	int shares;             /* 1: a worker may take up to 4 values at once, as stages.h says. Then no worker may
	                           return before it is time to: the other workers would miss the values that it holds */
	int mixed;              /* 1: the inputs may be of different types. Then the body receives by leat_input, and
	                           leat_next returns NULL */
} leat_plan;

/* Start a stage. A stage without inputs is a source.
 *
 * The copies of *arg are made before this call returns, by the copy of arg_type. If that is NULL, they are made by
 * memcpy, and the stage takes what *arg owns, also when it fails. At the end, when the inputs and outputs are dropped,
 * each copy is given to the release of arg_type. No body runs before the threads of all workers have been started.
 *   returns   the first output. On failure a stream that is over; then out[] holds such streams too
 *   handles   takes the inputs, borrows `done`; the outputs are yours
 *   errors    EINVAL: no plan; no body; neither input nor type; a nil input; inputs of different types, unless `mixed`
 *             is set, or of another one than in_type; several workers with an arg_type that has a release but no copy;
 *             more than 2^20 inputs, outputs or workers. ENOMEM. EAGAIN: no thread. If an input has failed: its
 *             cause */
leat_rx leat_stage_start(const leat_plan *plan);

/* ---- the type of an input ------------------------------------------------------------------------ */

/* leat_expect(in, T): `in`, if its values have the type T. leat_expect_of(in, type): the same with a leat_type. A
 * function gets values as void pointers, so it reads garbage if the stream has another type. Write the type down where
 * the function is given: leat_map(done, leat_expect(numbers, double), int, round, NULL). It costs nothing for a value.
 *
 * Types are compared as by leat_same_type. So two plain types of one size, such as double and int64_t, look alike.
 *   returns   `in`, or, on failure, a stream that is over (EINVAL). A stream that never started is returned as it is
 *   handles   takes `in` */
leat_rx leat_expect_of(leat_rx in, const leat_type *type);

/* ---- for the body -------------------------------------------------------------------------------- */

/* Only the body may call these, in its own thread. It is TIME TO RETURN when `done` has come, no consumer is left, or
 * the stage has failed.
 *
 * Values, and a copy of an arg, are aligned as any type of their size needs it, up to 64 bytes. If no type has their
 * size, as for a struct with text behind it, they are aligned to 8 bytes. */

/* Receive the next value, from any input. It belongs to the stage: the next leat_next releases it, unless leat_emit has
 * passed it on or leat_keep has made it the body's.
 *
 * When the inputs have ended, the body may still emit values that it has kept. They come before the cause of the
 * inputs. When it is time to return, leat_emit releases them instead.
 *   blocks    until there is a value, the inputs have ended, or it is time to return
 *   returns   the value. NULL: all inputs are over, one of them is over with a cause, or it is time to return */
void *leat_next(leat_stage *stage);

/* leat_next with a deadline.
 *   returns   1: *value is the value. 0: leat_next would return NULL. -1 with ETIMEDOUT or EAGAIN */
int leat_next_by(leat_stage *stage, void **value, leat_time t);

/* Receive the values that the stage can have at once, at least one and at most `most`. They lie one after the other at
 * *values until the next receive, and belong to the body, as after leat_keep.
 *   blocks    as leat_next: it never waits for a second value
 *   returns   how many. 0: leat_next would return NULL, or `most` is 0 */
size_t leat_next_n(leat_stage *stage, void **values, size_t most);

/* Return input i, for a body that receives from a certain input: give LEAT_RECV_SIZED of it to leat_stage_select. The
 * value then belongs to the body. The stage does nothing at the end of the input: the body says what that means.
 *   returns   the stream, which is the stage's. Nil: leat_next has found its end */
leat_rx leat_input(leat_stage *stage, size_t i);

/* Make the body the owner of the value that leat_next gave. Its bytes stay where they are until the next leat_next. */
void leat_keep(leat_stage *stage);

/* Return room for one value of the output. It is not zeroed, and always the same. */
void *leat_scratch(leat_stage *stage);

/* Send *value, wherever it lies, to all outputs. Afterwards the body no longer owns it, whatever this call returns.
 *   blocks    until all outputs that have a consumer have it
 *   returns   1. 0: it is time to return
 *   errors    EINVAL: several outputs have a consumer, and the type has a release but no copy; the stage fails */
int leat_emit(leat_stage *stage, void *value);

/* leat_emit to output i alone. If that one has no consumer any more, the value is released. It needs no copy.
 *   errors    EINVAL: there is no output i; the stage fails */
int leat_emit_to(leat_stage *stage, size_t i, void *value);

/* Send n values that lie one after the other, as n calls of leat_emit would. It is faster, because several go at once.
 * Afterwards the body no longer owns any of them, whatever it returns.
 *   returns   as leat_emit */
int leat_emit_n(leat_stage *stage, void *values, size_t n);

/* Send all values of `in`, a stream of the output's type, one after the other. They pass through the room of
 * leat_scratch. If `in` ends with a cause, the stage fails with it.
 *   blocks    until `in` is over and its values have been sent, or it is time to return
 *   returns   as leat_emit
 *   handles   takes `in`
 *   errors    EINVAL: `in` is nil or has another type; the stage fails */
int leat_emit_all(leat_stage *stage, leat_rx in);

/* leat_emit with a deadline. The stage must have one output.
 *   returns   as leat_emit. -1 with ETIMEDOUT or EAGAIN: the value has the owner that it had before. -1 with EINVAL:
 *             there are several outputs */
int leat_emit_by(leat_stage *stage, void *value, leat_time t);

/* Do what the result of a leat_map_fn says. > 0: leat_emit(stage, value). 0: nothing. < 0: leat_fail(stage, -result).
 *   returns   1. 0: it is time to return */
int leat_emit_result(leat_stage *stage, int result, void *value);

/* leat_select_n for cases of the body's own, as long as it is not time to return.
 *   returns   as leat_select_n. -1 with ECANCELED: it is time to return. -1 with ENOMEM: many cases need memory */
int leat_stage_select(leat_stage *stage, leat_case *cases, size_t n, leat_time t);

/* Make the stage fail with `cause`, an errno value; then the body must return. If `done` has come, or an input has
 * ended with a cause, that one is the cause instead. */
void leat_fail(leat_stage *stage, int cause);

/* Ask whether it is time to return, in a body that works for long without calling the others.
 *   returns   1: it is not. 0: it is */
int leat_running(leat_stage *stage);

/* A ready-made body: it passes every value on. */
void leat_pass_on(leat_stage *stage, void *arg);

/* leat_next that numbers the values of the only input: *number is 0 for the first value of the channel, then 1, and so
 * on. *counter is 0 at first, and workers may share it. When a worker has got NULL because the input has ended,
 * *counter is the number of all values.
 *   errors    EINVAL: several inputs; the stage fails */
void *leat_next_numbered(leat_stage *stage, uint64_t *counter, uint64_t *number);

/* ---- private ------------------------------------------------------------------------------------- */

leat_rx leat_stage_start_at_(const leat_plan *plan, const char *where);

/* What a constructor with several outputs returns, of which this is the first. It returns 1 also if the input was over,
 * without a cause, before the stage began. */
static inline int leat_started_(leat_rx first)
{
	return leat_never_started(first) && leat_cause(first) ? leat_refuse(leat_cause(first)) : 1;
}

#define leat_stage_start(...) leat_stage_start_at_((__VA_ARGS__), LEAT_HERE_)
#define leat_expect(in, T) leat_expect_of((in), LEAT_TYPE(T))

/* The function does not know the size of the caller's cases; see leat_select_at_. */
int leat_stage_select_at_(leat_stage *stage, leat_case *cases, size_t n, leat_time t, size_t case_size);
#define leat_stage_select(stage, cases, n, ...) \
	leat_stage_select_at_((stage), (cases), LEAT_SIZE_(n), (__VA_ARGS__), sizeof(leat_case))

/* leat_stage_select for the last n cases of `all`. Before them is room for a case of `done` and one of each output. So
 * the call needs no memory. */
int leat_stage_select_behind_(leat_stage *stage, leat_case *all, size_t n, leat_time t);

/* For leat_stage_poll: `done`, and the only output. Both are borrowed. Returns 0 if there is not one output. */
int leat_stage_watches_(const leat_stage *stage, leat_rx *done, leat_tx *out);

#ifdef __cplusplus
}
#endif
#endif
