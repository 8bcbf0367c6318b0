/* SPDX-License-Identifier: 0BSD
 *
 * combine.h - stages that combine values: several streams in order or in rows, windows, running results, and several
 * values out of one.
 *
 * The rules for all stages are in stages.h, those for an array of streams in streams.h. Each stage holds what its
 * section says, besides the values that are queued in its input and its output.
 */
#ifndef LEAT_COMBINE_H
#define LEAT_COMBINE_H

#include "many.h"
#include "stage.h"
#include "streams.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- merge_sorted.c ------------------------------------------------------------------------------ */

/* Say the order of two values: < 0: *a comes before *b. 0: either may come first. > 0: *b comes first. */
typedef int leat_compare_fn(void *arg, const void *a, const void *b);

/* leat_merge_sorted(done, LEAT_RXS(a, b, c), fn, arg): one sorted stream of several sorted streams. Of equal
 * values, those of the earlier member come first. The stage sends a value when it has one of every member that is not
 * over. It waits for one member at a time. A member that fails ends the stage as soon as its next value is wanted, so
 * the values before the cause are the beginning of the whole. If a member is not sorted, neither is the output. Without
 * members it is over from the beginning, and has no cause.
 *   memory    one value of each member. A value costs about 2 log2(count) calls of fn
 *   arg       must outlive the stage
 *   errors    as leat_fan_in. EINVAL: no fn. At the end: ENOMEM */
leat_rx leat_merge_sorted(leat_rx done, const leat_rx *members, size_t count, leat_compare_fn *fn, void *arg);

/* ---- zip.c --------------------------------------------------------------------------------------- */

/* Make a value of one value of each member: in[0] is that of the first one. Otherwise as a leat_map_fn. */
typedef int leat_zip_fn(void *arg, const void *const *in, void *out);

/* leat_zip(done, T, LEAT_RXS(a, b), fn, arg): fn makes a T, or nothing, of the first values of all members, then of the
 * second ones, and so on. Members may be of different types. The stage ends as soon as a member is over and its value
 * is wanted, with the cause of that member. Values of the others are released then.
 *   memory    one value of each member
 *   arg       must outlive the stage
 *   errors    EINVAL: no member, or a nil one; more than 2^20; no fn. At the end: ENOMEM */
leat_rx leat_zip_of(leat_rx done, const leat_type *type, const leat_rx *members, size_t count, leat_zip_fn *fn,
                    void *arg);

/* ---- window.c ------------------------------------------------------------------------------------ */

/* Windows of n values, of which each begins `step` values after the one before. They are batches, as from leat_batch:
 * a leat_batched *, which its receiver ends by leat_batched_free. With a step below n the windows overlap. With step n
 * they are those of leat_batch without a time. With a larger step the values between two windows are discarded. At the
 * end of `in` a shorter window has the rest, if one of its values was in no window before.
 *   memory    n values, and copies of the n - step last ones: each window owns all of its values
 *   errors    EINVAL: n is 0 or more than any array has, `step` is 0, or windows overlap and the type has a release but
 *             no copy. At the end: ENOMEM, or the error of copy, after the windows that are whole */
leat_rx leat_window(leat_rx done, leat_rx in, size_t n, size_t step);

/* ---- reduce.c ------------------------------------------------------------------------------------ */

/* Fold *value into *result. *value belongs to the stage, or to the call.
 *   returns   > 0: go on; leat_scan sends *result. 0: go on; leat_scan sends nothing. < 0: a failure */
typedef int leat_fold_fn(void *arg, void *result, const void *value);

/* An end: fold all values of `in` into *result, one after the other, in the thread of the caller. So it starts no
 * thread, and *result needs no lock. The caller gives *result its first value, and owns it afterwards, however the
 * stream ended. To fold in several threads, see leat_each_with: each worker has a state of its own.
 *   blocks    until `in` is over, `done` comes, or fold fails
 *   returns   0, or the cause as a positive errno value: of done, of `in`, or of fold. ENOMEM: no value was received
 *   handles   takes `in`, borrows `done`
 *   memory    one value */
int leat_reduce(leat_rx done, leat_rx in, void *result, leat_fold_fn *fold, void *arg);

/* leat_scan(done, in, T, &first, fold, arg): the stage that sends its result so far, a T, after each value. It begins
 * with a copy of `first`.
 *   memory    one value, the result, and a copy of it
 *   arg       must outlive the stage
 *   errors    EINVAL: no `first`, or T has a release but no copy. At the start or at the end: ENOMEM, the error of copy */
leat_rx leat_scan_of(leat_rx done, leat_rx in, const leat_type *type, const void *first, leat_fold_fn *fold, void *arg);

/* ---- flat_map.c ---------------------------------------------------------------------------------- */

/* Send what one value becomes, by leat_emit, leat_emit_n or leat_emit_all, in the thread of the stage. When one of
 * these returns 0 it is time to return.
 *   returns   >= 0: go on. < 0: a failure */
typedef int leat_flat_map_fn(void *arg, const void *in, leat_stage *stage);

/* leat_flat_map(done, in, workers, T, fn, arg): each value becomes any number of values of type T, or a whole stream:
 *
 *     static int pages(void *arg, const void *book, leat_stage *stage)
 *     {
 *             return leat_emit_all(stage, pages_of(book));     // pages_of makes a stream
 *     }
 *
 * With one worker the values come in the order of the input. With several, those of different values of the input are
 * mixed, and at most `workers` streams are open at once. A stream that fails ends the stage. leat_emit_all drops its
 * stream in any case, so its stages end by themselves: they need a `done` only if they wait for something else. For
 * several workers with results in order, make batches by leat_map_ordered, and use leat_unbatch.
 *   memory    one value of T for each worker
 *   arg       must outlive the stage. All workers call fn(arg, ...) at once */
leat_rx leat_flat_map_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_flat_map_fn *fn,
                         void *arg);

/* ---- private: merge_sorted.c --------------------------------------------------------------------- */

#define leat_merge_sorted(...) LEAT_PLACED_(leat_merge_sorted, __VA_ARGS__)

/* ---- private: zip.c ------------------------------------------------------------------------------ */

/* The next value of each input of a stage. While a value is here, its case is off. */
typedef struct leat_row_ {
	leat_stage *stage;
	size_t count;      /* of inputs */
	leat_case *cases;  /* of input i: to receive into values[i] */
	void **values;
	size_t *order;     /* room for an order of the inputs */
} leat_row_;

/* For the body of a stage: call loop(row, self) with a row of its inputs. It has no values at first. Those that
 * are here at the end are released. */
typedef void leat_row_fn_(leat_row_ *row, void *self);
void leat_with_row_(leat_stage *stage, size_t count, leat_row_fn_ *loop, void *self);

/* Receive a value of input i, which has none here.
 *   returns   1. 0: the input is over, without a cause. -1: it is time to return */
int leat_row_receive_(leat_row_ *row, size_t i);

/* The value of input i is not here any more: it was emitted or released. */
void leat_row_want_(leat_row_ *row, size_t i);
void leat_row_release_(leat_row_ *row);

#define leat_zip_of(...) LEAT_PLACED_(leat_zip_of, __VA_ARGS__)
#define leat_zip(done, T, ...) leat_zip_of((done), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: window.c --------------------------------------------------------------------------- */

#define leat_window(...) LEAT_PLACED_(leat_window, __VA_ARGS__)

/* ---- private: reduce.c --------------------------------------------------------------------------- */

int leat_reduce_at_(leat_rx done, leat_rx in, void *result, leat_fold_fn *fold, void *arg, const char *where);

#define leat_reduce(...) leat_reduce_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_scan_of(...) LEAT_PLACED_(leat_scan_of, __VA_ARGS__)
#define leat_scan(done, in, T, ...) leat_scan_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: flat_map.c ------------------------------------------------------------------------- */

#define leat_flat_map_of(...) LEAT_PLACED_(leat_flat_map_of, __VA_ARGS__)
#define leat_flat_map(done, in, workers, T, ...) leat_flat_map_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
