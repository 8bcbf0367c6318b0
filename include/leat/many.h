/* SPDX-License-Identifier: 0BSD
 *
 * many.h - many.
 */
#ifndef LEAT_MANY_H
#define LEAT_MANY_H

#include "send.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- batch.c ------------------------------------------------------------------------------------ */

/* Batches: up to n values, or what has come within `within` of the first one (LEAT_NEVER: only full ones); what
 * remains at the end comes out, before a cause. An element is a leat_batched *, yours, to be ended by
 * leat_batched_free.
 * EINVAL: n is 0 or absurd, or `within` negative. To take values out of a batch, move `values` on and lower `count`.
 * leat_unbatch(done, in, T): the values of batches, again one by one; EINVAL: they are not of that type. */
typedef struct leat_batched { leat_type type; size_t count; void *values; } leat_batched;

leat_rx leat_batch(leat_rx done, leat_rx in, size_t n, leat_time within);
void leat_batched_free(leat_batched *batch);            /* and what its values own */
extern const leat_type leat_batched_type;               /* leat_batched * */

leat_rx leat_unbatch_of(leat_rx done, leat_rx in, const leat_type *type);

/* ---- broadcast.c -------------------------------------------------------------------------------- */

/* Broadcast: each value to all who have subscribed at that time; they come and go (leat_drop). A subscriber has
 * room for `room` values, and chooses what happens when there is none: the publisher waits, or the oldest value it
 * has not received is lost, or the new one (both: room at least 1, else EINVAL). No thread. */
enum { LEAT_BLOCK, LEAT_DROP_OLDEST, LEAT_DROP_NEWEST };
typedef struct leat_broadcast leat_broadcast;

/* leat_broadcast_make(T): NULL: ENOMEM; EINVAL: release but no copy. */
leat_broadcast *leat_broadcast_make_of(const leat_type *type);
leat_rx leat_subscribe(leat_broadcast *broadcast, size_t room, int when_full); /* over when the broadcast is dropped */
/* long leat_publish(broadcast, v, done, t), leat_publish_sized(broadcast, p, size, done, t): *v, which stays yours,
 * to all.
 *   blocks    until all who are subscribed with LEAT_BLOCK have it, or have left; publishers take turns
 *   returns   how many have it, 0 or more; -1 with ECANCELED, ETIMEDOUT, EAGAIN: some may have it; ENOMEM, what copy
 *             gave, or EINVAL (NULL): none (ENOMEM where the oldest of values beyond 512 bytes was to be lost: some) */
void leat_broadcast_drop(leat_broadcast *broadcast);    /* when nobody publishes: all subscriptions are over */

/* ---- private: batch.c --------------------------------------------------------------------------- */

#define leat_unbatch(done, in, T) leat_unbatch_of((done), (in), LEAT_TYPE(T))

/* ---- private: broadcast.c ----------------------------------------------------------------------- */

long leat_publish_at_(leat_broadcast *broadcast, const void *value, size_t size, leat_rx done, leat_time t,
                      const char *where);

#define leat_broadcast_make(T) leat_broadcast_make_of(LEAT_TYPE(T))
#define leat_publish(broadcast, v, done, ...) \
	leat_publish_at_((broadcast), (v), sizeof *(v), (done), (__VA_ARGS__), LEAT_HERE_)
#define leat_publish_sized(broadcast, p, size, done, ...) \
	leat_publish_at_((broadcast), (p), (size), (done), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
