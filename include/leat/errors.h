/* SPDX-License-Identifier: 0BSD
 *
 * errors.h - errors with a history, and errors as elements of a stream.
 */
#ifndef LEAT_ERRORS_H
#define LEAT_ERRORS_H

#include "monitor.h"
#include "stages.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- error.c ------------------------------------------------------------------------------------- */

/* An error that can be told to somebody: what happened, when and where, a message for the user, an id for the log, and
 * the error beneath it. A module should wrap the errors that leave it. If an error without a message for the user
 * reaches the user, that is a bug.
 *
 * Threads may share an error, because it does not change. It counts its handles. */
typedef struct leat_error {
	int code;                   /* an errno value: the cause of a stream that it ends */
	const char *kind;           /* compared by address: static const char low_level[] = "low level"; or NULL */
	const char *message;        /* what happened, for the log */
	const char *user_message;   /* NULL: the user is told that it is a bug */
	const char *file, *function;
	int line;
	leat_time when;             /* UTC, as leat_utc */
	uint64_t id;                /* different for each error of this process */
	const char *host, *trace;   /* NULL unless asked for */
	const struct leat_error *inner; /* the error beneath, or NULL */
} leat_error;

/* leat_error_new(kind, code, format, ...): an error with a message as by printf.
 * leat_error_wrap(inner, kind, code, format, ...): the same with an error beneath it. Code 0 means that of `inner`.
 *   returns   an error, which is yours; never NULL. Without memory it is a static error with the code ENOMEM. A code
 *             that is no errno value becomes EINVAL
 *   handles   takes `inner`. `kind` must outlive the error */

/* Add the host's name, the stack of calls, and a message for the user (none if format is NULL). Without memory the
 * error stays as it is.
 *   returns   the same error
 *   handles   takes `error`, and gives it back
 *   threads   call it before the error is shared */
enum { LEAT_ERROR_HOST = 1, LEAT_ERROR_TRACE = 2 };

leat_error *leat_error_with(leat_error *error, int flags, const char *format, ...);

leat_error *leat_error_dup(const leat_error *error);    /* another handle, which is yours */
void leat_error_drop(const leat_error *error);          /* the last one dropped frees it and drops the error beneath */

/* Return the error, or the nearest one beneath it, that is of this kind. It is borrowed. NULL if there is none. */
const leat_error *leat_error_find(const leat_error *error, const char *kind);

/* Write at most `size` bytes of text, as snprintf does, without a newline at the end.
 * leat_error_format: lines for the log, one for each error of the chain.
 * leat_error_format_user: one line for the user, with the id of the innermost error. Wrapping does not change that id.
 *   returns   the length of the whole text */
int leat_error_format(const leat_error *error, char *text, size_t size);
int leat_error_format_user(const leat_error *error, char *text, size_t size);

extern const leat_type leat_error_type;                 /* leat_error *, for channels of errors */

/* A box keeps the error of a stream. It is a struct of yours, ready when zeroed, and must outlive the functions that
 * use it. A function of a stage fails by `return leat_error_fail(box, error)`. Then the cause of the stream is the code
 * of the error, and the error itself is in the box.
 *
 * leat_error_fail keeps the error if it is the first.
 *   returns   the negated code of `error`
 *   handles   takes `error`
 * leat_error_take takes the error out.
 *   returns   the error, which is yours, or NULL */
typedef struct leat_error_box { leat_monitor monitor_; leat_error *error_; } leat_error_box;

int leat_error_fail(leat_error_box *box, leat_error *error);
leat_error *leat_error_take(leat_error_box *box);

/* ---- result.c ------------------------------------------------------------------------------------ */

/* A result is a value or a failure, as one element of a stream: typedef LEAT_RESULT(struct page) page_result; It has
 * the members .failure and .value. With failure.code 0 there is a value, which may be aligned to 16 bytes at most. For
 * values that own something, use the _of calls with a leat_type whose release looks at the code.
 *
 * `code` is an errno value, `stage` the name of the stage that failed. */
typedef struct leat_failure { LEAT_ALIGNED_(16) int code; const char *stage; } leat_failure;

/* Stages of results. The first two make results of type T. They call fn(arg, in, out) with plain values: `in` is a
 * value, and `out` is the room for one. If fn returns 0, nothing goes on. If it fails, the failure goes on, with the
 * name of this stage.
 *
 * leat_result_from(done, in, name, T, fn, arg): from a stream of plain values.
 * leat_result_map(done, in, name, T, fn, arg): from a stream of results. Failures that come in go on as they are.
 * leat_result_values(done, in, T): the values, of type T. The first failure ends the stream, with its code as the
 * cause.
 *   arg       must outlive the stage. `name` must outlive the results
 *   errors    EINVAL: T is no result, or `in` carries no results */
leat_rx leat_result_from_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                            void *arg);
leat_rx leat_result_map_of(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                           void *arg);
leat_rx leat_result_values_of(leat_rx done, leat_rx in, const leat_type *value);

/* Call fn(arg, failure, value) for each failure. Values go on as they are. If fn returns more than 0, it has put a
 * value into *value, which goes on. If it returns 0, the failure is left out. If it returns -errno, a failure with this
 * code goes on, with the name of the stage that failed first.
 *   arg       must outlive the stage
 *   errors    EINVAL: no fn, or `in` carries no results */
typedef int leat_catch_fn(void *arg, const leat_failure *failure, void *value);

leat_rx leat_result_catch(leat_rx done, leat_rx in, leat_catch_fn *fn, void *arg);

/* Everything up to the n-th failure, and that one too. Its code is then the cause of the stream.
 *   errors    EINVAL: n is 0, or `in` carries no results */
leat_rx leat_result_stop(leat_rx done, leat_rx in, size_t n);

/* ---- private: error.c ---------------------------------------------------------------------------- */

leat_error *leat_error_new_(const char *file, int line, const char *function, leat_error *inner, const char *kind,
                            int code, const char *format, ...);

#define leat_error_new(...) leat_error_new_(__FILE__, __LINE__, __func__, LEAT_NULL_, __VA_ARGS__)
#define leat_error_wrap(inner, ...) leat_error_new_(__FILE__, __LINE__, __func__, (inner), __VA_ARGS__)

/* ---- private: result.c --------------------------------------------------------------------------- */

#define leat_result_from_of(...) LEAT_PLACED_(leat_result_from_of, __VA_ARGS__)
#define leat_result_map_of(...) LEAT_PLACED_(leat_result_map_of, __VA_ARGS__)
#define leat_result_values_of(...) LEAT_PLACED_(leat_result_values_of, __VA_ARGS__)
#define leat_result_catch(...) LEAT_PLACED_(leat_result_catch, __VA_ARGS__)
#define leat_result_stop(...) LEAT_PLACED_(leat_result_stop, __VA_ARGS__)
#define LEAT_RESULT(T) struct { leat_failure failure; T value; }
#define leat_result_map(done, in, name, T, ...) leat_result_map_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_from(done, in, name, T, ...) leat_result_from_of((done), (in), (name), LEAT_TYPE(T), __VA_ARGS__)
#define leat_result_values(done, in, T) leat_result_values_of((done), (in), LEAT_TYPE(T))

#ifdef __cplusplus
}
#endif
#endif
