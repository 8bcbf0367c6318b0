/* SPDX-License-Identifier: 0BSD
 *
 * errors.h - errors.
 */
#ifndef LEAT_ERRORS_H
#define LEAT_ERRORS_H

#include "stage.h"
#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- error.c ------------------------------------------------------------------------------------ */

/* An error that can be told to somebody: what happened, when, where, a word for the user, an id for the log, and
 * the error beneath it. Wrap at the boundary of a module; what reaches the user without is a bug. Immutable, and
 * counted. When there is no memory the constructors give a static error of ENOMEM, which takes and drops `inner`;
 * never NULL. */
typedef struct leat_error {
	int code;                   /* errno value: the cause of a stream that it ends */
	const char *kind;           /* compared by address: static const char low_level[] = "low level"; or NULL */
	const char *message;        /* what happened, for the log */
	const char *user_message;   /* or NULL: then the user is told that it is a bug */
	const char *file, *function;
	int line;
	leat_time when;             /* UTC, as leat_utc */
	uint64_t id;                /* different for each error of this process */
	const char *host, *trace;   /* NULL unless asked for */
	const struct leat_error *inner;
} leat_error;

enum { LEAT_ERROR_HOST = 1, LEAT_ERROR_TRACE = 2 };

/* leat_error_new(kind, code, format, ...), leat_error_wrap(inner, kind, code, format, ...): takes inner; code 0:
 * inner's; negative: EINVAL. Yours; to be dropped. */
leat_error *leat_error_with(leat_error *error, int flags, const char *format, ...); /* takes and returns it, with the
                                   host, the stack, and a message for the user (format NULL: none), before it is shared;
                                   without memory it stays as it is */
leat_error *leat_error_dup(const leat_error *error);
void leat_error_drop(const leat_error *error);
const leat_error *leat_error_find(const leat_error *error, const char *kind); /* it or the nearest beneath, or NULL */
/* As snprintf: the log's lines, one for each error of the chain; what the user is told, one line, with the id of the
 * innermost error, which wrapping does not change. No newline at the end. */
int leat_error_format(const leat_error *error, char *text, size_t size);
int leat_error_format_user(const leat_error *error, char *text, size_t size);
extern const leat_type leat_error_type;                 /* leat_error *: so that channels can carry them */

/* Where a stream's errors are kept: a function of a stage returns leat_error_fail(box, error), which keeps the
 * first error and gives the negated code, so that the stream ends with it, and whoever finds the cause finds the
 * error here. */
typedef struct leat_error_box { leat_monitor monitor_; leat_error *error_; } leat_error_box;

int leat_error_fail(leat_error_box *box, leat_error *error);  /* takes error */
leat_error *leat_error_take(leat_error_box *box);             /* yours; or NULL */

/* ---- result.c ----------------------------------------------------------------------------------- */

/* A value or an error, as one element: typedef LEAT_RESULT(struct page) page_result; has .failure and .value. Where
 * failure.code is 0 there is a value. T's alignment is 16 at most. For T that owns something give a leat_type whose
 * release looks at the code. */
typedef struct leat_failure { LEAT_ALIGNED_(16) int code; const char *stage; } leat_failure;

/* leat_result_map(done, in, name, T, fn, arg): `in` has results; fn is called with the values (at .value), and what it
 * makes, or its failure under the name of this stage, goes on; failures that come go on as they are. 0 skips.
 * leat_result_from(done, in, name, T, fn, arg): the same of a stream of plain values.
 * leat_result_values(done, in, T): the values; the first failure ends it with its code.
 * leat_result_catch(done, in, fn, arg): fn(arg, failure, value): > 0 *value is there instead; 0 leave the failure
 * out; -errno: that failure goes on instead, with the name of the stage that failed.
 * leat_result_stop(done, in, n): everything, up to the n-th failure, with whose code it ends after passing it on. */
typedef int leat_catch_fn(void *arg, const leat_failure *failure, void *value);

leat_rx leat_result_map_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                           void *arg);
leat_rx leat_result_from_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                            void *arg);
leat_rx leat_result_values_of(leat_rx done, leat_rx in, const leat_type *value);
leat_rx leat_result_catch(leat_rx done, leat_rx in, leat_catch_fn *fn, void *arg);
leat_rx leat_result_stop(leat_rx done, leat_rx in, size_t n);

/* ---- private: error.c --------------------------------------------------------------------------- */

leat_error *leat_error_new_(const char *file, int line, const char *function, leat_error *inner, const char *kind,
                            int code, const char *format, ...);

#define leat_error_new(...) leat_error_new_(__FILE__, __LINE__, __func__, LEAT_NULL_, __VA_ARGS__)
#define leat_error_wrap(inner, ...) leat_error_new_(__FILE__, __LINE__, __func__, (inner), __VA_ARGS__)

/* ---- private: result.c -------------------------------------------------------------------------- */

#define LEAT_RESULT(T) struct { leat_failure failure; T value; }
#define leat_result_map(done, in, name, T, ...) leat_result_map_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_from(done, in, name, T, ...) leat_result_from_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_values(done, in, T) leat_result_values_of((done), (in), LEAT_TYPE(T))

#ifdef __cplusplus
}
#endif
#endif
