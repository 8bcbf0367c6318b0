/* SPDX-License-Identifier: 0BSD
 *
 * context.h - when to stop.
 */
#ifndef LEAT_CONTEXT_H
#define LEAT_CONTEXT_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- after_func.c ------------------------------------------------------------------------------- */

/* Run fn(arg) in a thread of its own as soon as `when`, which is taken, is over or has a value: leat_after(LEAT_S(1)).
 * *stop, unless stop is NULL, is yours: leat_signal(*stop) gives 1 when it has prevented the call, and 0 when fn has
 * begun. To drop it prevents nothing.
 *   returns   1; -1 with EAGAIN or ENOMEM (then *stop is over), EINVAL for a nil `when` or no fn */
int leat_after_func(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* ---- context.c ---------------------------------------------------------------------------------- */

/* A context: when to stop, why, and values of the request, handed down the calls. Cancelling one cancels what was
 * made of it, never the other way. A constructor makes a child of `parent`, borrowed; the handle it returns is
 * yours. leat_context_drop ends a handle; the last one dropped cancels the context, so that one drop at the end of
 * a scope leaves nothing behind. What was made of it keeps what it needs. No context has a thread, nor has a
 * deadline. Constructors never return NULL: one that fails gives a context that is over, with ENOMEM or EINVAL (a
 * NULL parent or key) as cause, and what is made of that is too. NULL serves as such a context. Any number of
 * threads may call. */
typedef struct leat_context leat_context;

leat_context *leat_context_background(void);   /* never over; need not be dropped */
leat_context *leat_context_todo(void);         /* the same, where it is not yet clear which to use */
leat_context *leat_context_with_cancel(leat_context *parent);
leat_context *leat_context_with_deadline(leat_context *parent, leat_time t);
leat_context *leat_context_with_timeout(leat_context *parent, leat_time duration);
leat_context *leat_context_with_deadline_cause(leat_context *parent, leat_time t, int cause);
leat_context *leat_context_with_timeout_cause(leat_context *parent, leat_time duration, int cause);
leat_context *leat_context_without_cancel(leat_context *parent);   /* its values, but never over */
/* Keys are addresses: static const char user_key; A value ends with release(value), if given, after the last handle of
 * this context and of those made of it; on failure at once. */
leat_context *leat_context_with_value(leat_context *parent, const void *key, void *value, void (*release)(void *value));

leat_context *leat_context_dup(leat_context *context);
void leat_context_drop(leat_context *context);
/* 1 if this call did it, 0 if it was over already; -1 and EINVAL: background, todo, without_cancel are never over. */
int leat_context_cancel(leat_context *context);
int leat_context_cancel_with(leat_context *context, int cause);    /* an errno value */

leat_rx leat_context_done(leat_context *context);        /* borrowed; nil for those three. Any stage's done */
int leat_context_err(leat_context *context);             /* 0, ECANCELED, ETIMEDOUT */
int leat_context_cause(leat_context *context);           /* 0; the cause given; where none was, as err */
leat_time leat_context_deadline(leat_context *context);  /* LEAT_NEVER: none */
void *leat_context_value(leat_context *context, const void *key);  /* of the nearest context with that key, or NULL */
/* leat_after_func when the context is over: 1, or -1 and errno. Of one that is never over fn is not called. */
int leat_context_after_func(leat_context *context, void (*fn)(void *arg), void *arg, leat_tx *stop);

/* ---- poll.c ------------------------------------------------------------------------------------- */

/* Wait until a descriptor is ready for `events` (POLLIN, POLLOUT of <poll.h>), so that a read that would block can be
 * given up when a context is over.
 *   blocks    until it is ready, or has failed or hung up; done is over or has a value, which wins; or t has passed
 *   returns   > 0: what is ready, with POLLERR and POLLHUP also where not asked for. -1 with ECANCELED, ETIMEDOUT,
 *             EAGAIN (LEAT_NOW), EBADF, EINVAL; ENOMEM, EAGAIN, EMFILE, ENFILE: nothing to be had to wait for done with
 *   threads   one waits for done, unless that is nil, or the descriptor ready at once; it is through when this returns
 * Descriptors are in real time: while the clock is fake, t is as far away in real time as it is on the clock (after a
 * signal's handler once more), and a clock that runs does not jump. done is seen by whichever clock it comes. */
int leat_poll(int fd, int events, leat_rx done, leat_time t);

#ifdef __cplusplus
}
#endif
#endif
