/* SPDX-License-Identifier: 0BSD
 *
 * many.h - many values as one, and one value to many receivers.
 */
#ifndef LEAT_MANY_H
#define LEAT_MANY_H

#include "stages.h"
#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- batch.c ------------------------------------------------------------------------------------- */

/* A batch: `count` values of the type `type`, one after the other at `values`, aligned to 64 bytes. To take values out
 * of a batch, advance `values` and lower `count`. */
typedef struct leat_batched { leat_type type; size_t count; void *values; } leat_batched;

/* The values of `in`, in batches of n. A batch is also sent when `within` has passed since its first value, and at the
 * end of `in`, before a cause. With `within` LEAT_NEVER only full batches are sent, and the last one. With `within` 0 a
 * batch has the values that are ready. If only the time is to be a limit, n may be very large: memory is taken as
 * values come. A value of the output is a leat_batched *, which its receiver ends by leat_batched_free.
 *   errors    EINVAL: n is 0 or more than any array has, or `within` is negative */
leat_rx leat_batch(leat_rx done, leat_rx in, size_t n, leat_time within);
void leat_batched_free(leat_batched *batch);            /* releases its values too */
extern const leat_type leat_batched_type;               /* leat_batched *, for channels of batches */

/* leat_batch_from(done, T, n, fill, arg): a source of batches. `fill`, a leat_fill_fn of stages.h, makes one batch in
 * each call: up to n values, in the batch's own memory. So no value passes through a channel on its way into a batch.
 * (It does if a source stands before leat_batch.) The output is as that of leat_batch. Its capacity is 0; see
 * leat_buffer.
 *   arg       must outlive the stage
 *   errors    EINVAL: n is 0 or more than any array has. At the end: ENOMEM, or EINVAL if `fill` says that it has made
 *             more than n */
leat_rx leat_batch_from_of(leat_rx done, const leat_type *type, size_t n, leat_fill_fn *fill, void *arg);

/* leat_unbatch(done, in, T): the values of the batches of `in`, one by one.
 *   errors    EINVAL: `in` does not carry batches, or a batch is of another type than T */
leat_rx leat_unbatch_of(leat_rx done, leat_rx in, const leat_type *type);

/* ---- broadcast.c --------------------------------------------------------------------------------- */

/* A broadcast sends each value to all that are subscribed when leat_publish is called. It needs no thread.
 *
 * leat_broadcast_make(T): make a broadcast of values of type T. leat_broadcast_drop ends it.
 *   returns   NULL with ENOMEM, or EINVAL: a type with a release but no copy */
typedef struct leat_broadcast leat_broadcast;

leat_broadcast *leat_broadcast_make_of(const leat_type *type);

/* Return a stream of the values whose leat_publish begins from now on, with room for `room` of them. leat_drop ends the
 * subscription. `when_full` says what happens when there is no room for another value:
 *  - LEAT_BLOCK: the publisher waits.
 *  - LEAT_DROP_OLDEST: the oldest value that was not received is lost. `room` must be at least 1.
 *  - LEAT_DROP_NEWEST: the new value is lost. `room` must be at least 1.
 *   returns   a stream, which is over when the broadcast is dropped. On failure one that is over: ENOMEM, or EINVAL: no
 *             broadcast, no room where there must be some, or an unknown `when_full` */
enum { LEAT_BLOCK, LEAT_DROP_OLDEST, LEAT_DROP_NEWEST };

leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full);

/* Return the number of subscriptions that were not dropped; 0 for NULL. leat_lost(stream) is the number of values that
 * one of them has lost. */
size_t leat_subscribers(leat_broadcast *broadcast);

/* long leat_publish(broadcast, v, done, t): send *v to all subscribers. It stays yours.
 * long leat_publish_sized(broadcast, p, size, done, t): the same, with a size that is known only at run time.
 *   blocks    until all subscribers with LEAT_BLOCK have it or have left. Publishers take turns; copy and release are
 *             called outside of the turns, so they may use the broadcast
 *   returns   how many subscribers have it, 0 or more. -1 with ECANCELED, ETIMEDOUT or EAGAIN: some may have it. -1
 *             with ENOMEM, EINVAL (no broadcast), or the error of copy: none has it
 *   threads   any number; NULL (unless values have no bytes), or an element of another size than the broadcast's, is a
 *             panic */

/* End a broadcast. No thread may publish any more. All subscriptions are over when their values have been received. */
void leat_broadcast_drop(leat_broadcast *broadcast);

/* ---- private: batch.c ---------------------------------------------------------------------------- */

/* Make an empty batch with room for n values. NULL if there is no memory. */
leat_batched *leat_batched_make_(const leat_type *type, size_t n);

/* Append copies of the n values at `values`, for which there is room. Returns 0 or what a copy returns if it fails; the
 * copies before it are in the batch then. */
int leat_batched_copy_(leat_batched *to, const void *values, size_t n);

/* Add a value to *batch, which may be NULL, and was made by this call. It takes up to `most` values. Returns 1, or 0
 * without memory. */
int leat_batched_push_(leat_batched **batch, const leat_type *type, size_t most, const void *value);

#define leat_batch(...) LEAT_PLACED_(leat_batch, __VA_ARGS__)
#define leat_batch_from_of(...) LEAT_PLACED_(leat_batch_from_of, __VA_ARGS__)
#define leat_batch_from(done, T, n, ...) leat_batch_from_of((done), LEAT_TYPE(T), (n), __VA_ARGS__)
#define leat_unbatch_of(...) LEAT_PLACED_(leat_unbatch_of, __VA_ARGS__)
#define leat_unbatch(done, in, T) leat_unbatch_of((done), (in), LEAT_TYPE(T))

/* ---- private: broadcast.c ------------------------------------------------------------------------ */

long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where);

#define leat_subscribe(...) LEAT_PLACED_(leat_subscribe, __VA_ARGS__)
#define leat_broadcast_make(T) leat_broadcast_make_of(LEAT_TYPE(T))
#define leat_publish(broadcast, v, done, ...) \
	leat_publish_at_((broadcast), (v), LEAT_SIZE_AT_(v), (done), (__VA_ARGS__), LEAT_HERE_)
#define leat_publish_sized(broadcast, p, size, done, ...) \
	leat_publish_at_((broadcast), (p), (size), (done), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
