/* SPDX-License-Identifier: 0BSD
 *
 * context.h - stopping a request: contexts, a call when something is over, and waiting for a descriptor meanwhile.
 */
#ifndef LEAT_CONTEXT_H
#define LEAT_CONTEXT_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- after_func.c -------------------------------------------------------------------------------- */

/* Call fn(arg) in a thread of its own when the stream `when` is over or has a value, which stays there:
 * leat_after_func(leat_after(LEAT_S(1)), ring, bell, NULL). A nil `when` never comes, and so fn is never called.
 *   returns   1. -1 with EAGAIN (no thread), ENOMEM, or EINVAL (fn is NULL)
 *   handles   takes `when`, and drops it when fn has returned. If stop is not NULL, *stop is yours, also on failure.
 *             leat_signal(*stop) returns 1 if it has prevented the call, and 0 if fn has begun. Dropping *stop
 *             prevents nothing
 *   arg       must stay valid until fn has returned or the call was prevented */
int leat_after_func(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* ---- context.c ----------------------------------------------------------------------------------- */

/* A context says when a request must stop, why, and has values of the request. Pass it down the calls. Cancelling a
 * context cancels those that were made of it, never the one that it was made of.
 *
 *     leat_context *query = leat_context_with_timeout(request, LEAT_MS(50));
 *     ... leat_recv_or(answers, &answer, leat_context_done(query)) ...
 *     leat_context_drop(query);
 *
 * A constructor makes a child of `parent`, which it borrows; the returned handle is yours. leat_context_drop ends a
 * handle. Dropping the last handle cancels the context, so one drop at the end of a scope leaves nothing behind. Its
 * children keep its values.
 *
 * A constructor never returns NULL. When it fails it returns a context that is over, with the cause ENOMEM, or EINVAL
 * for a NULL parent or key. Its children are over too. Everywhere NULL stands for a context that is over with
 * EINVAL. Neither contexts nor their deadlines need a thread. */
typedef struct leat_context leat_context;

/* The contexts that all others are made of. */
leat_context *leat_context_background(void);   /* never over; need not be dropped */
leat_context *leat_context_todo(void);         /* the same, where it is not yet clear which context to use */

/* A child is over when its parent is, when it is cancelled, or at its deadline. Its cause is then that of its parent,
 * the cause that was given, or ETIMEDOUT. */
leat_context *leat_context_with_cancel(leat_context *parent);
leat_context *leat_context_with_deadline(leat_context *parent, leat_time t);
leat_context *leat_context_with_timeout(leat_context *parent, leat_time duration);
leat_context *leat_context_with_deadline_cause(leat_context *parent, leat_time t, int cause);
leat_context *leat_context_with_timeout_cause(leat_context *parent, leat_time duration, int cause);

/* A child with the values of its parent that is never over. */
leat_context *leat_context_without_cancel(leat_context *parent);

/* Make a child that has one more value. A key is an address, such as that of a static const char user_key. When this
 * context, and all that were made of it, have no handle any more, release(value) is called. On failure it is called at
 * once. release may be NULL. */
leat_context *leat_context_with_value(leat_context *parent, const void *key, void *value, void (*release)(void *value));

/* Make another handle of the same context, and return it; end a handle. */
leat_context *leat_context_dup(leat_context *context);
void leat_context_drop(leat_context *context);

/* Cancel it: with ECANCELED, or another errno value as its cause. Cause 0 means ECANCELED.
 *   returns   1: this call did it. 0: it was over already. -1 with EINVAL: background, todo and without_cancel are
 *             never over */
int leat_context_cancel(leat_context *context);
int leat_context_cancel_with(leat_context *context, int cause);

/* The `done` of the context, for any call or stage: borrowed. It is nil for a context that is never over. */
leat_rx leat_context_done(leat_context *context);

/* Wait until all stages and error groups that were given the done of this context have ended, and all calls that were
 * given it have returned. A child counts until it, and all contexts made of it, are dropped. So cancel the context,
 * drop your outputs and children, and then wait. If you start something with the done of a child, wait for that child
 * before you drop it: no call can wait for a context that was dropped. Children by leat_context_without_cancel do not
 * count. (leat_wait_alone does the same for other streams.)
 *   blocks    for ever if the caller itself keeps a child, or a dup of the done
 *   returns   1. -1 with ETIMEDOUT or EAGAIN. -1 with EINVAL: a context that is never over, or that failed */
int leat_context_wait(leat_context *context, leat_time t);

/* Why a context is over, and when it will be. */
int leat_context_err(leat_context *context);             /* 0 (not over), ECANCELED or ETIMEDOUT */
int leat_context_cause(leat_context *context);           /* the cause that was given, else as leat_context_err */
leat_time leat_context_deadline(leat_context *context);  /* LEAT_NEVER if it has none */

/* Return its value for this key, or that of the nearest context above it, or NULL if there is none. */
void *leat_context_value(leat_context *context, const void *key);

/* leat_after_func for a context, which is borrowed: fn is called when the context is over. If that is never, fn is not
 * called.
 *   returns   as leat_after_func
 *   arg       must stay valid until fn has returned or the call was prevented */
int leat_context_after_func(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* ---- poll.c -------------------------------------------------------------------------------------- */

/* Wait until a descriptor is ready for `events` (POLLIN, POLLOUT of <poll.h>). Call it before a read that could block,
 * so that `done` can end the wait.
 *   blocks    until it is ready, has failed or hung up; `done` comes; or t has passed
 *   returns   > 0: the events that are ready. POLLERR and POLLHUP come unasked. -1 with ECANCELED: `done` has come,
 *             which wins. -1 with ETIMEDOUT, EAGAIN (t is LEAT_NOW), EBADF or EINVAL. -1 with ENOMEM, EAGAIN, EMFILE or
 *             ENFILE: what waits for `done` cannot be made
 *   costs     two system calls. The first wait makes a descriptor for `done` (see leat_fd), which stays with it. If
 *             `done` has a deadline, each wait makes a pipe, and a thread that has finished when this call returns
 *
 * Descriptors keep to real time. While the clock is fake, the wait lasts for the time from the fake clock to t,
 * measured in real time. If a signal handler interrupts the wait, this time begins again. A clock that runs does not
 * jump meanwhile. `done` is noticed on whichever clock it comes. */
int leat_poll(int fd, int events, leat_rx done, leat_time t);

/* leat_poll for the body of a stage that has one output (see stage.h). The wait also ends when it is time to return:
 * `done` has come, no consumer is left, or the stage has failed.
 *   returns   as leat_poll. -1 with ECANCELED: it is time to return. -1 with EINVAL: not one output */
struct leat_stage;
int leat_stage_poll(struct leat_stage *stage, int fd, int events, leat_time t);

/* ---- private: poll.c ----------------------------------------------------------------------------- */

/* pipe(2), but both ends are close-on-exec. */
int leat_pipe_(int *ends);

/* ---- private: after_func.c ----------------------------------------------------------------------- */

int leat_after_func_at_(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop, const char *where);

#define leat_after_func(...) leat_after_func_at_(__VA_ARGS__, LEAT_HERE_)

/* ---- private: context.c -------------------------------------------------------------------------- */

int leat_context_after_func_at_(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop,
                                const char *where);

/* A done with a deadline is a timer, which has no place. */
static inline leat_context *leat_placed_context_(leat_context *context, const char *where)
{
	(void)leat_placed_(leat_context_done(context), where);
	return context;
}

#define leat_context_with_cancel(...) leat_placed_context_((leat_context_with_cancel)(__VA_ARGS__), LEAT_HERE_)
#define leat_context_after_func(...) leat_context_after_func_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_context_with_value(...) leat_placed_context_((leat_context_with_value)(__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
