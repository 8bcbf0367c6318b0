/* SPDX-License-Identifier: 0BSD
 *
 * stage.h - writing a stage of your own.
 * What the stages above are made of. A plan says what the stage is; its body is a loop over leat_next and
 * leat_emit; watching done and the consumer, and dropping, releasing and closing in the right order, is done by
 * these calls and after the body has returned. This is the whole of leat_map:
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
#include "threads.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- functions that stages call ----------------------------------------------------------------- */

/* The functions that users give to stages. They borrow their input, which the stage then releases; *out is the stage's
 * when the result is > 0, else it must own nothing. Failures are negative: return -EINVAL, not EINVAL. Behind the void
 * pointers no size is checked. */
typedef int leat_source_fn(void *arg, void *out);              /* > 0 a value, 0 the end, -errno a failure */
typedef int leat_map_fn(void *arg, const void *in, void *out); /* > 0 emit, 0 skip, -errno a failure */
typedef int leat_filter_fn(void *arg, const void *in);         /* > 0 keep, 0 leave out, -errno a failure */
typedef int leat_each_fn(void *arg, const void *in);           /* >= 0 go on, -errno a failure */

/* ---- the plan ----------------------------------------------------------------------------------- */

typedef struct leat_stage leat_stage;

typedef struct leat_plan {
	const char *name;          /* of its threads; the first 15 bytes are seen */
	leat_rx done;              /* borrowed */
	const leat_rx *in;         /* the inputs, taken; of one size, with one release */
	size_t ins;
	const leat_type *type;     /* of the outputs; NULL: of the inputs */
	leat_rx *out;              /* where to put `outs` outputs; NULL: there is one, and it is returned */
	size_t outs;
	size_t workers;            /* threads that share the inputs and the outputs; 0 means 1 */
	void (*body)(leat_stage *stage, void *arg);
	const void *arg;           /* what body gets: this pointer; or, with arg_type, a worker's own copy of what it */
	const leat_type *arg_type; /* points to: made by copy, or bytewise, which takes what it owned; released last */
} leat_plan;

/* Start a stage. EINVAL: no body, a nil input, inputs of different types, several outputs of a
 * type, or workers with an arg_type, that has release but no copy. Returns the (first) output, or a stream that is
 * over; then out[] holds such streams too. */
leat_rx leat_stage_start(const leat_plan *plan);

/* ---- for the body ------------------------------------------------------------------------------- */

/* The following are for the body alone, in its thread. Values, and a copied arg, are aligned for
 * any type of their size, up to 64 bytes, and to 8 where no type has that size. */

/* The next value, from any input, or NULL when all have ended, or one with a cause, or it is time to return. It
 * stays the stage's, and is released by the next leat_next, unless leat_emit hands it on or leat_keep makes it the
 * body's. After the end of its inputs the body may still emit what it has kept, before their cause; after another
 * end leat_emit releases it. */
void *leat_next(leat_stage *stage);

/* leat_next of the only input, that tells which value it is: *counter, which workers may share and which begins at 0,
 * counts the values that come this way, in the order of the channel; *number is how many there were before. The counter
 * is settled when this has given NULL to somebody because the input has ended. */
void *leat_next_numbered(leat_stage *stage, uint64_t *counter, uint64_t *number);

/* What leat_next gave is the body's own: copy its bytes, which stay there until the next leat_next. */
void leat_keep(leat_stage *stage);

/* leat_next until t: 1 and *value; 0 where leat_next gives NULL; -1 with ETIMEDOUT (EAGAIN). */
int leat_next_by(leat_stage *stage, void **value, leat_time t);

/* Room for one value of the output, not zeroed; always the same. */
void *leat_scratch(leat_stage *stage);

/* Send *value, wherever it is, to all outputs; it is the stage's no longer, either way. 1; or 0 when it is time to
 * return. */
int leat_emit(leat_stage *stage, void *value);

/* leat_emit until t, of a stage with one output: also -1 with ETIMEDOUT (EAGAIN), and then *value is what it was
 * before. */
int leat_emit_by(leat_stage *stage, void *value, leat_time t);

/* A select over cases of the body's own that ends, too, when it is time to return: as leat_select, the index or -1 with
 * ETIMEDOUT (EAGAIN), and -1 with ECANCELED when the body must return. */
int leat_stage_select(leat_stage *stage, leat_case *on, size_t n, leat_time t);

/* What to do with the result of a leat_map_fn: emit *value, skip, or fail. Returns as leat_emit. */
int leat_emit_result(leat_stage *stage, int result, void *value);

/* End with this cause (an errno value): to be called before returning. Done's and the input's come first. */
void leat_fail(leat_stage *stage, int cause);

/* 1 until it is time to return: for a body that works without calling the above. */
int leat_running(leat_stage *stage);

/* A body: hands every value on. */
void leat_pass_on(leat_stage *stage, void *arg);

#ifdef __cplusplus
}
#endif
#endif
