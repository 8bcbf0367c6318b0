/* SPDX-License-Identifier: 0BSD
 *
 * shared.h - what threads share.
 */
#ifndef LEAT_SHARED_H
#define LEAT_SHARED_H

#include "monitor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- snapshot.c --------------------------------------------------------------------------------- */

/* A value that is published whole, and read without a lock while others replace it: configuration, routing tables. A
 * version is given to release(value) (NULL: nothing) when another has replaced it and its last reader has let go, by
 * whoever comes last, with no lock held. Each version is another object; NULL is one that is not released. Reading
 * needs no memory and waits for nobody (from the 65th reading at once on it takes a lock); nor does publishing, but
 * for its turn.
 *
 *     leat_reading reading;
 *     const struct config *config = leat_snapshot_read(snapshot, &reading);
 *     ...
 *     leat_snapshot_let_go(&reading);                       the reading has stayed where it is
 */
typedef struct leat_snapshot leat_snapshot;
typedef struct leat_reading {
	leat_snapshot *snapshot_;
	void *slot_, *value_;
	struct leat_reading *next_;
	int retired_;
} leat_reading;

leat_snapshot *leat_snapshot_make(void *value, void (*release)(void *value)); /* takes value, but for NULL, ENOMEM */
void leat_snapshot_drop(leat_snapshot *snapshot);                             /* when nobody reads any more */
const void *leat_snapshot_read(leat_snapshot *snapshot, leat_reading *reading);
void leat_snapshot_let_go(leat_reading *reading);
void leat_snapshot_publish(leat_snapshot *snapshot, void *value);
/* Copy on write: publish what change(arg, the current value) makes of it. One at a time, and what others publish
 * waits, so change must not write this snapshot itself. NULL, or leaving by pthread_exit: nothing is changed.
 *   returns   1; 0: NULL */
int leat_snapshot_update(leat_snapshot *snapshot, void *(*change)(void *arg, const void *value), void *arg);

/* ---- pool.c ------------------------------------------------------------------------------------- */

/* A pool of objects that are all alike and cost something to make: get takes one that was put, or makes one. Each
 * thread keeps some of its own. Assume nothing of what one contains, and put it when finished.
 *   make      make(arg) gives an object or NULL, and may be called by several threads at once; NULL: get finds or
 *             gives NULL
 *   release   release(arg, object), when the pool ends, or when there is no memory to keep what is put; NULL:
 *             nothing */
typedef struct leat_pool leat_pool;

leat_pool *leat_pool_make(void *(*make)(void *arg), void (*release)(void *arg, void *object),
                          void *arg);                  /* NULL: ENOMEM, EAGAIN */
void *leat_pool_get(leat_pool *pool);                  /* NULL: make gave NULL */
void leat_pool_put(leat_pool *pool, void *object);
void leat_pool_drop(leat_pool *pool);                  /* when nobody uses it any more; what is out is its holder's */

/* ---- resources.c -------------------------------------------------------------------------------- */

/* A bounded number of expensive things, as connections: at most `most` are open at once, and get waits for one.
 *   open      open(arg, &thing): 0 or -errno, which get gives its caller. Called by those who get, at once
 *   close     close(arg, thing)
 *   warm      so many are opened at once, by `warm` threads, before leat_resources_make returns; it fails if one fails
 * To put what was not got is a panic. */
typedef struct leat_resources leat_resources;
typedef struct leat_resources_plan {
	size_t most, warm;
	int (*open)(void *arg, void **thing);
	void (*close)(void *arg, void *thing);
	void *arg;
} leat_resources_plan;

leat_resources *leat_resources_make(const leat_resources_plan *plan); /* NULL: EINVAL, ENOMEM, EAGAIN, what open gave */
int leat_resources_get(leat_resources *resources, void **thing, leat_rx done, leat_time t); /* in their order */
/* void leat_resources_put(resources, thing), leat_resources_put_broken(resources, thing): closed; whoever gets next
 * opens another. To put more than is out is a panic. */
/* When nobody gets any more: waits until all are back, and closes them. */
void leat_resources_drop(leat_resources *resources);

/* ---- private: resources.c ----------------------------------------------------------------------- */

void leat_resources_put_(leat_resources *resources, void *thing, const char *where);
void leat_resources_put_broken_(leat_resources *resources, void *thing, const char *where);

#define leat_resources_put(resources, ...) leat_resources_put_((resources), (__VA_ARGS__), LEAT_HERE_)
#define leat_resources_put_broken(resources, ...) leat_resources_put_broken_((resources), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
