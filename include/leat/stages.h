/* SPDX-License-Identifier: 0BSD
 *
 * stages.h - stages.
 *
 * Every stage below
 *   - starts its thread (named after it) before it returns, and copies what it is given except `arg`, which must
 *     outlive the stage. That its output is over, or was dropped, does not say that all stages above it have ended:
 *     leat_wait_gone or leat_wait_all do;
 *   - ends when its input does, when done is over or has a value, when its consumer left (leat_drop), or when
 *     its function fails. leat_cause of its output then says, in this order: done's own cause, or ECANCELED;
 *     the input's cause; the negated result of the function. A thread that left by pthread_exit: EOWNERDEAD;
 *   - then drops its input, so that what is upstream stops too, closes its output, and last drops its done;
 *   - gives its output the capacity of its input (leat_fan_in: the largest; sources: 0, see leat_buffer), and its
 *     input's type where no T is named. An _of form takes a `const leat_type *` where the plain one takes a T;
 *   - has one value in work, which is released when the stage is stopped; what is queued in its input stays there. It
 *     takes several at once where it alone receives from a channel with room for more than 8: a quarter of that, at
 *     most 32 values and 1 KiB.
 * Bad arguments give a stream ended with EINVAL; memory or threads that are not to be had ENOMEM or EAGAIN.
 */
#ifndef LEAT_STAGES_H
#define LEAT_STAGES_H

#include "stage.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef leat_rx leat_stage_fn(leat_rx done, leat_rx in, void *arg);

/* LEAT_VALUES(T, v, ...) stands for three arguments: sizeof(T), the address and the number of the values.
 * LEAT_RXS(a, b, ...) stands for two: the address and the number of the streams.  LEAT_SIGNALS(SIGINT, ...) and
 * LEAT_STEPS({ fn, arg }, ...) too. */

/* ---- generator.c -------------------------------------------------------------------------------- */

/* leat_generator(done, LEAT_VALUES(int, 1, 2, 3)): these values.
 * Values are copied before the call returns. At least one. */
leat_rx leat_generator(leat_rx done, size_t size, const void *values, size_t count);

/* ---- repeat.c ----------------------------------------------------------------------------------- */

/* The same values again and again, for ever. */
leat_rx leat_repeat(leat_rx done, size_t size, const void *values, size_t count);

/* ---- repeat_fn.c -------------------------------------------------------------------------------- */

/* leat_repeat_fn(done, T, fn, arg): what fn makes, until it says that this was all. */
leat_rx leat_repeat_fn_of(leat_rx done, const leat_type *type, leat_source_fn *fn, void *arg);

/* ---- take.c ------------------------------------------------------------------------------------- */

/* The first n values (negative: all). After the n-th it is over and drops `in`, without looking for another. */
leat_rx leat_take(leat_rx done, leat_rx in, long n);

/* ---- map.c -------------------------------------------------------------------------------------- */

/* leat_map(done, in, T, fn, arg): a T, or none, for each value. */
leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg);

/* ---- map_n.c ------------------------------------------------------------------------------------ */

/* leat_map_n(done, in, workers, T, fn, arg): leat_map by several threads, results as they come. The first worker
 * that fails, or finds that the input has ended with a cause, ends it, whatever the others have in work. fn is
 * called by all of them at once. */
leat_rx leat_map_n_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg);

/* ---- map_ordered.c ------------------------------------------------------------------------------ */

/* leat_map_ordered: the same, results in the order of the input, also those before a failure or the input's cause.
 * Workers go on past a slow value, whose later ones wait in a window: for 16 results a worker, or as many as the
 * input has room for (256 at most) if that is more, rounded up to a power of two. That many values at most are in
 * flight. */
leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn,
                            void *arg);

/* ---- steps.c ------------------------------------------------------------------------------------ */

typedef struct leat_step { leat_map_fn *fn; void *arg; } leat_step;
/* leat_steps(done, in, T, LEAT_STEPS({ fn, arg }, ...)): functions as leat_map's, one after the other in one thread,
 * for those that take less time than a hop to another. Each writes a T and reads what the one before it wrote, which
 * is then released; the first reads a value of `in`. Where one skips or fails, the rest are not called. At least one
 * step, and none with a NULL fn.
 * leat_steps_from(done, T, source, arg, LEAT_STEPS(...)): the same of what `source` makes, in that thread too. */
leat_rx leat_steps_of(leat_rx done, leat_rx in, const leat_type *type, const leat_step *steps, size_t count);
leat_rx leat_steps_from_of(leat_rx done, const leat_type *type, leat_source_fn *source, void *arg,
                           const leat_step *steps, size_t count);

/* ---- filter.c ----------------------------------------------------------------------------------- */

/* The values that `keep` wants. */
leat_rx leat_filter(leat_rx done, leat_rx in, leat_filter_fn *keep, void *arg);

/* ---- each.c ------------------------------------------------------------------------------------- */

/* An end: call fn with every value, in `workers` threads.
 *   blocks    until the stream is over and all calls have returned
 *   returns   0, or the cause, as a positive errno value */
int leat_each(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg);

/* ---- drain.c ------------------------------------------------------------------------------------ */

/* An end: receive and discard until the stream is over. Returns 0 or the cause. */
int leat_drain(leat_rx in);

/* ---- signals.c ---------------------------------------------------------------------------------- */

/* leat_signals(done, LEAT_SIGNALS(SIGINT, SIGTERM)): these signals of the process as a stream of int. Their
 * former actions come back before it is over. Some are kept for a reader that is busy, the rest dropped, as Go does.
 *   errors    EBUSY when another such stream has one of them and is not over yet; EINVAL for a number that cannot be
 *             caught */
leat_rx leat_signals(leat_rx done, const int *numbers, size_t count);

/* ---- private ------------------------------------------------------------------------------------- */

#define LEAT_VALUES(T, ...) sizeof(T), LEAT_ARRAY_(T, __VA_ARGS__)

/* ---- private: repeat_fn.c ----------------------------------------------------------------------- */

#define leat_repeat_fn(done, T, ...) leat_repeat_fn_of((done), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: map.c ----------------------------------------------------------------------------- */

#define leat_map(done, in, T, ...) leat_map_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: map_n.c --------------------------------------------------------------------------- */

#define leat_map_n(done, in, workers, T, ...) leat_map_n_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: map_ordered.c --------------------------------------------------------------------- */

#define leat_map_ordered(done, in, workers, T, ...) \
	leat_map_ordered_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: steps.c --------------------------------------------------------------------------- */

#define leat_steps(done, in, T, ...) leat_steps_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_steps_from(done, T, source, ...) leat_steps_from_of((done), LEAT_TYPE(T), (source), __VA_ARGS__)
#define LEAT_STEPS(...) LEAT_LIST_(leat_step, { LEAT_NULL_, LEAT_NULL_ }, __VA_ARGS__)

/* ---- private: signals.c ------------------------------------------------------------------------- */

leat_rx leat_signals_open_(const int *numbers, size_t count, int *id);
void leat_signals_close_(int id);
#define LEAT_SIGNALS(...) LEAT_LIST_(int, 0, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
