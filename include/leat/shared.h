/* SPDX-License-Identifier: 0BSD
 *
 * shared.h - what threads share: a value that is replaced whole, objects used again, a few expensive things.
 */
#ifndef LEAT_SHARED_H
#define LEAT_SHARED_H

#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- snapshot.c ---------------------------------------------------------------------------------- */

/* A value that is published whole, and read without a lock while other threads replace it: a configuration, a routing
 * table. Every published value is a version.
 *
 *     leat_reading reading;
 *     const struct config *config = leat_snapshot_read(snapshot, &reading);
 *     ...
 *     leat_snapshot_let_go(&reading);
 *
 * A version belongs to the snapshot. It is given to release(value) when another version has replaced it and its last
 * reader has let go of it. The thread that comes last calls release, with no lock held. Versions must be different
 * objects. NULL is a version too, and is never released.
 *
 * There is no concurrent map. A map that is read often and written seldom is a snapshot, and each version is a whole
 * map (docs/examples/snapshot_map.c). A map that is written often is better kept under a leat_mutex or a
 * leat_rwmutex. */
typedef struct leat_snapshot leat_snapshot;
typedef struct leat_reading {
	leat_snapshot *snapshot_;
	void *slot_, *value_;
	struct leat_reading *next_;
	int retired_;
} leat_reading;

/* Make a snapshot with this first version. If release is NULL, nothing is released.
 *   returns   NULL with ENOMEM: then `value` is still yours */
leat_snapshot *leat_snapshot_make(void *value, void (*release)(void *value));

/* End it, and release the current version. No thread may read or publish any more. */
void leat_snapshot_drop(leat_snapshot *snapshot);

/* Read the current version, which stays valid until leat_snapshot_let_go. `reading` is a struct of yours that must stay
 * where it is until then. Reading needs no memory and waits for no other thread. While 64 readings are open, a further
 * one takes a lock. */
const void *leat_snapshot_read(leat_snapshot *snapshot, leat_reading *reading);
void leat_snapshot_let_go(leat_reading *reading);

/* Make `value` the current version.
 *   blocks    only while another thread publishes or updates; it needs no memory */
void leat_snapshot_publish(leat_snapshot *snapshot, void *value);

/* Copy on write: publish the version that change(arg, current version) returns. Other updates and publications wait
 * meanwhile, so `change` must not write this snapshot itself.
 *   returns   1. 0: `change` returned NULL, and nothing was published. `change` may also leave by pthread_exit. -1 with
 *             EINVAL: `change` is NULL
 *   arg       must outlive this call */
int leat_snapshot_update(leat_snapshot *snapshot, void *(*change)(void *arg, const void *value), void *arg);

/* ---- pool.c -------------------------------------------------------------------------------------- */

/* A pool of objects that are all alike and cost something to make. Each thread keeps some of its own. Assume nothing of
 * the contents of an object that comes from the pool.
 *   make      is called as make(arg), and returns an object or NULL. Several threads may call it at once. If it is
 *             NULL, leat_pool_get only finds objects that were put.
 *   release   is called as release(arg, object) when the pool is dropped, or when there is no memory to keep an object.
 *             It may be NULL.
 *   arg       must outlive the pool
 *   returns   NULL with ENOMEM or EAGAIN */
typedef struct leat_pool leat_pool;

leat_pool *leat_pool_make(void *(*make)(void *arg), void (*release)(void *arg, void *object), void *arg);

/* Take an object that was put, or make one. Returns NULL if `make` is NULL or has returned NULL. */
void *leat_pool_get(leat_pool *pool);

/* Give an object back, or add one. NULL is left alone. */
void leat_pool_put(leat_pool *pool, void *object);

/* End the pool, when no thread uses it any more. Objects that are out belong to the threads that have them. */
void leat_pool_drop(leat_pool *pool);

/* ---- resources.c --------------------------------------------------------------------------------- */

/* A bounded number of expensive things, such as connections. At most `most` of them are open at once; threads wait for
 * one.
 *   open      is called as open(arg, &thing). It opens one, and returns 0 or -errno. Several threads may call it at
 *             once.
 *   close     is called as close(arg, thing).
 *   warm      is the number of things that are opened before leat_resources_make returns, by as many threads at once.
 *             None is opened if not all of these threads can be started.
 * open and close may leave by pthread_exit. Then another thing can be opened. */
typedef struct leat_resources leat_resources;
typedef struct leat_resources_plan {
	size_t most, warm;
	int (*open)(void *arg, void **thing);
	void (*close)(void *arg, void *thing);
	void *arg;
} leat_resources_plan;

/* Make the resources of a plan, which is copied.
 *   returns   NULL with EINVAL, ENOMEM, EAGAIN (no thread for `warm`), or the error of an open that failed
 *   arg       must outlive the resources */
leat_resources *leat_resources_make(const leat_resources_plan *plan);

/* Take a thing that is idle, or open one if fewer than `most` are open. Threads that wait are served in the order in
 * which they came.
 *   blocks    until there is a thing or a free place, `done` comes, or t has passed. `done` is checked first
 *   returns   1: *thing is yours until it is put. -1 with ECANCELED, ETIMEDOUT, EAGAIN, EINVAL (NULL), or the error of
 *             open */
int leat_resources_get(leat_resources *resources, void **thing, leat_rx done, leat_time t);

/* void leat_resources_put(resources, thing): give a thing back.
 * void leat_resources_put_broken(resources, thing): close it; the next thread that wants one opens another.
 * To put more things than are out is a panic, also when several threads put at once. So is a put to NULL. */

/* Wait until all things are back, close them, and end. No thread may get one any more. */
void leat_resources_drop(leat_resources *resources);

/* ---- private: resources.c ------------------------------------------------------------------------ */

leat_resources *leat_resources_make_at_(const leat_resources_plan *plan, const char *where);
void leat_resources_put_(leat_resources *resources, void *thing, const char *where);
void leat_resources_put_broken_(leat_resources *resources, void *thing, const char *where);

#define leat_resources_make(...) leat_resources_make_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_resources_put(resources, ...) leat_resources_put_((resources), (__VA_ARGS__), LEAT_HERE_)
#define leat_resources_put_broken(resources, ...) leat_resources_put_broken_((resources), (__VA_ARGS__), LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
