/* leat_pool - objects that are used again, most of them by the thread that has put them.
 *
 *     get <- [ loaded | spare ] <-> [ depot: full, empty magazines ] <-> [ loaded | spare ] <- put
 *            one thread's cache                                           another's
 *
 * These are the magazines of Bonwick and Adams, "Magazines and Vmem" (2001). A thread gets objects from magazines of
 * its own, and puts them there. It exchanges whole magazines with the depot, so objects move between threads in
 * batches.
 *
 * A thread that finds no object in the depot takes a magazine out of another thread's cache before it makes an object.
 * So each cache has a monitor too, which other threads rarely enter. LOCK ORDER: the pool's monitor, then a cache's.
 *
 * A thread may outlive the pool, and a pool the thread. A cache keeps its pool's memory, so another pool never gets the
 * same address while the cache is there. A cache is freed when its thread ends, or when its thread makes another cache
 * after the pool was dropped. A plugin that contains this code may be unloaded before: then a thread that lives on must
 * not call it at its end, so its caches stay behind.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { POOL_ROUNDS = 62 }; /* a magazine is half a kilobyte */

struct pool_magazine {
	struct pool_magazine *next; /* in the depot */
	size_t count;
	void *rounds[POOL_ROUNDS];
};

struct pool_cache {
	leat_monitor monitor;
	struct pool_magazine *loaded, *spare; /* or NULL */
	leat_pool *pool;
	struct pool_cache *next, *prev; /* the pool's other caches; its monitor protects them */
	struct pool_cache *other;       /* the next one of the same thread, for another pool */
};

struct leat_pool {
	leat_monitor monitor;
	struct pool_magazine *full, *empty; /* the depot: magazines with objects, and without */
	struct pool_cache *caches;
	size_t handles; /* one for each cache, and one for the user until the pool is dropped */
	int dropped;
	void *(*make)(void *arg);
	void (*release)(void *arg, void *object);
	void *arg;
};

/* ------------------------------------------------------------------------- the depot: inside the pool's monitor -- */

static struct pool_magazine *pool_pick(struct pool_magazine **list)
{
	struct pool_magazine *picked = *list;

	if (picked)
		*list = picked->next;
	return picked;
}

static void pool_keep(leat_pool *pool, struct pool_magazine *magazine)
{
	struct pool_magazine **list;

	if (!magazine)
		return;
	list = magazine->count > 0 ? &pool->full : &pool->empty;
	magazine->next = *list;
	*list = magazine;
}

/* Load this magazine (or NULL), and make the loaded one the spare. Returns the former spare. */
static struct pool_magazine *pool_rotate(struct pool_cache *cache, struct pool_magazine *loaded)
{
	struct pool_magazine *spare;

	leat_monitor_enter(&cache->monitor);
	spare = cache->spare;
	cache->spare = cache->loaded;
	cache->loaded = loaded;
	leat_monitor_leave(&cache->monitor);
	return spare;
}

/* Take a magazine with objects out of this cache. NULL if it has none. */
static struct pool_magazine *pool_rob(struct pool_cache *cache)
{
	struct pool_magazine **from, *taken = NULL;

	leat_monitor_enter(&cache->monitor);
	from = cache->loaded && cache->loaded->count > 0 ? &cache->loaded : &cache->spare;
	if (*from && (*from)->count > 0) {
		taken = *from;
		*from = NULL;
	}
	leat_monitor_leave(&cache->monitor);
	return taken;
}

/* -------------------------------------------------------------------------------------- a thread's caches -- */

static leat_monitor pool_monitor; /* protects the making of the key; entered alone */
static atomic_int pool_has_key; /* 0: not yet. 1: yes. -1: no more, because pool_end_key was called */
static pthread_key_t pool_key;  /* a thread's caches, linked by `other` */

static void pool_let_go(leat_pool *pool)
{
	size_t left;

	leat_monitor_enter(&pool->monitor);
	left = --pool->handles;
	leat_monitor_leave(&pool->monitor);
	if (left == 0)
		free(pool);
}

static void pool_end_cache(struct pool_cache *cache)
{
	leat_pool *pool = cache->pool;

	leat_monitor_enter(&pool->monitor);
	*(cache->prev ? &cache->prev->next : &pool->caches) = cache->next;
	if (cache->next)
		cache->next->prev = cache->prev;
	pool_keep(pool, cache->loaded);
	pool_keep(pool, cache->spare);
	leat_monitor_leave(&pool->monitor);
	pool_let_go(pool);
	free(cache);
}

static void pool_end_thread(void *of_cache)
{
	for (struct pool_cache *cache = of_cache, *other; cache; cache = other) {
		other = cache->other;
		pool_end_cache(cache);
	}
}

/* Called in the child of a fork. The thread's caches belong to pools of the parent, whose monitors may be held for
 * ever. So the child forgets these caches. Another thread of the parent may just have been making the key. */
static void pool_forget_caches(void)
{
	pool_monitor = (leat_monitor)LEAT_MONITOR;
	if (atomic_load(&pool_has_key) > 0)
		(void)pthread_setspecific(pool_key, NULL); /* cannot fail: NULL needs no memory */
}

/* Called by exit, and before the code is unloaded. Without the key no thread calls pool_end_thread. The caches are not
 * freed: while the process exits, other threads may still use them. */
static void pool_end_key(void)
{
	if (atomic_exchange(&pool_has_key, -1) > 0)
		pthread_key_delete(pool_key);
}

/* The caller is inside the monitor. Without a key that is deleted in time there is none. */
static int pool_create_key(void)
{
	int error = atexit(pool_end_key) == 0 ? pthread_key_create(&pool_key, pool_end_thread) : ENOMEM;

	if (error == 0)
		atomic_store(&pool_has_key, 1);
	return error;
}

/* Make the key with the first pool. Returns 0 or an errno value. */
static int pool_make_key(void)
{
	static leat_byte_ prepared;
	int error = leat_prepare_fork_(&prepared, pool_forget_caches);

	if (error || atomic_load(&pool_has_key))
		return error;
	leat_monitor_enter(&pool_monitor);
	if (!atomic_load(&pool_has_key))
		error = pool_create_key();
	leat_monitor_leave(&pool_monitor);
	return error;
}

/* Relaxed: this thread was given a pool, whose maker has made the key. */
static int pool_may_cache(void)
{
	return atomic_load_explicit(&pool_has_key, memory_order_relaxed) > 0;
}

static struct pool_cache *pool_own_caches(void)
{
	return pool_may_cache() ? pthread_getspecific(pool_key) : NULL;
}

static int pool_is_dropped(leat_pool *pool)
{
	int dropped;

	leat_monitor_enter(&pool->monitor);
	dropped = pool->dropped;
	leat_monitor_leave(&pool->monitor);
	return dropped;
}

/* End this thread's caches of pools that were dropped. */
static void pool_forget_dropped(void)
{
	struct pool_cache *first = pool_own_caches(), **at = &first;

	if (!first)
		return;
	for (struct pool_cache *cache; (cache = *at) != NULL;) {
		if (pool_is_dropped(cache->pool)) {
			*at = cache->other;
			pool_end_cache(cache);
		} else {
			at = &cache->other;
		}
	}
	(void)pthread_setspecific(pool_key, first); /* cannot fail: it was set before */
}

static struct pool_cache *pool_make_cache(leat_pool *pool)
{
	struct pool_cache *made = pool_may_cache() ? malloc(sizeof *made) : NULL;

	if (!made)
		return NULL;
	pool_forget_dropped();
	*made = (struct pool_cache){ .pool = pool, .other = pool_own_caches() };
	if (pthread_setspecific(pool_key, made) != 0) {
		free(made);
		return NULL;
	}
	leat_monitor_enter(&pool->monitor);
	pool->handles++;
	made->next = pool->caches;
	if (made->next)
		made->next->prev = made;
	pool->caches = made;
	leat_monitor_leave(&pool->monitor);
	return made;
}

/* This thread's cache of the pool. NULL if there is no memory, or the process exits. */
static struct pool_cache *pool_cache_of(leat_pool *pool)
{
	struct pool_cache *cache = pool_own_caches();

	while (cache && cache->pool != pool)
		cache = cache->other;
	return cache ? cache : pool_make_cache(pool);
}

/* ---------------------------------------------------------------------------------------------------- get -- */

static void pool_swap(struct pool_cache *cache)
{
	struct pool_magazine *loaded = cache->loaded;

	cache->loaded = cache->spare;
	cache->spare = loaded;
}

static void *pool_pop(struct pool_cache *cache)
{
	void *object = NULL;

	leat_monitor_enter(&cache->monitor);
	if (!cache->loaded || cache->loaded->count == 0)
		pool_swap(cache);
	if (cache->loaded && cache->loaded->count > 0)
		object = cache->loaded->rounds[--cache->loaded->count];
	leat_monitor_leave(&cache->monitor);
	return object;
}

/* Take a magazine of the depot or of another cache: one object for the caller, the rest for this cache, which is empty
 * and which only this thread fills. All of this happens inside the pool's monitor, so no other thread looks for the
 * objects while they are in neither place. */
static void *pool_fetch(leat_pool *pool, struct pool_cache *cache)
{
	struct pool_magazine *found;
	void *object = NULL;

	leat_monitor_enter(&pool->monitor);
	found = pool_pick(&pool->full);
	for (struct pool_cache *other = pool->caches; !found && other; other = other->next)
		found = pool_rob(other);
	if (found)
		object = found->rounds[--found->count];
	pool_keep(pool, found && cache ? pool_rotate(cache, found) : found);
	leat_monitor_leave(&pool->monitor);
	return object;
}

void *leat_pool_get(leat_pool *pool)
{
	struct pool_cache *cache = pool ? pool_cache_of(pool) : NULL;
	void *object = cache ? pool_pop(cache) : NULL;

	if (!pool) {
		errno = EINVAL;
		return NULL;
	}
	if (!object)
		object = pool_fetch(pool, cache);
	return object || !pool->make ? object : pool->make(pool->arg);
}

/* ---------------------------------------------------------------------------------------------------- put -- */

static int pool_push(struct pool_cache *cache, void *object)
{
	int room;

	leat_monitor_enter(&cache->monitor);
	if (!cache->loaded || cache->loaded->count == POOL_ROUNDS)
		pool_swap(cache);
	room = cache->loaded && cache->loaded->count < POOL_ROUNDS;
	if (room)
		cache->loaded->rounds[cache->loaded->count++] = object;
	leat_monitor_leave(&cache->monitor);
	return room;
}

/* Load an empty magazine. Other threads take only magazines that are not empty, so it is there for the next push.
 * Returns 0 if there is no memory for one. */
static int pool_make_room(leat_pool *pool, struct pool_cache *cache)
{
	struct pool_magazine *empty;

	leat_monitor_enter(&pool->monitor);
	empty = pool_pick(&pool->empty);
	if (!empty) {
		leat_monitor_leave(&pool->monitor);
		empty = malloc(sizeof *empty);
		if (!empty)
			return 0;
		empty->count = 0;
		leat_monitor_enter(&pool->monitor);
	}
	pool_keep(pool, pool_rotate(cache, empty));
	leat_monitor_leave(&pool->monitor);
	return 1;
}

void leat_pool_put(leat_pool *pool, void *object)
{
	struct pool_cache *cache = pool && object ? pool_cache_of(pool) : NULL;

	if (cache && (pool_push(cache, object) || (pool_make_room(pool, cache) && pool_push(cache, object))))
		return;
	if (pool && object && pool->release)
		pool->release(pool->arg, object);
}

/* ---------------------------------------------------------------------------------------------- make, drop -- */

leat_pool *leat_pool_make(void *(*make)(void *arg), void (*release)(void *arg, void *object), void *arg)
{
	int error = pool_make_key();
	leat_pool *made = error ? NULL : malloc(sizeof *made);

	if (!made) {
		errno = error ? error : ENOMEM;
		return NULL;
	}
	*made = (leat_pool){ .handles = 1, .make = make, .release = release, .arg = arg };
	return made;
}

static void pool_release_all(leat_pool *pool, struct pool_magazine *magazine)
{
	for (size_t i = 0; pool->release && i < magazine->count; i++)
		pool->release(pool->arg, magazine->rounds[i]);
	free(magazine);
}

/* This empties all caches. Their threads free them later. */
void leat_pool_drop(leat_pool *pool)
{
	struct pool_magazine *magazine;

	if (!pool)
		return;
	leat_monitor_enter(&pool->monitor);
	pool->dropped = 1;
	for (struct pool_cache *cache = pool->caches; cache; cache = cache->next) {
		pool_keep(pool, pool_rotate(cache, NULL));
		pool_keep(pool, pool_rotate(cache, NULL));
	}
	leat_monitor_leave(&pool->monitor);
	while ((magazine = pool_pick(&pool->full)) != NULL || (magazine = pool_pick(&pool->empty)) != NULL)
		pool_release_all(pool, magazine);
	pool_let_go(pool);
	pool_forget_dropped();
}
