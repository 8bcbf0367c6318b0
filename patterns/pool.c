/* leat_pool - objects used again, most of them by the thread that has put them.
 *
 *     get <- [ loaded | spare ] <-> [ depot: full, empty magazines ] <-> [ loaded | spare ] <- put
 *            one thread's cache                                           another's
 *
 * The magazines of Bonwick and Adams, "Magazines and Vmem" (2001): a thread gets from and puts into magazines of its
 * own, and exchanges whole ones with the depot; so objects that go from thread to thread go so many at a time. Who
 * finds nothing in the depot takes a magazine out of another's cache before it makes an object; so each cache has a
 * monitor too, which hardly anybody else enters. LOCK ORDER: the pool's, then a cache's.
 *
 * A thread may outlive the pool, and the pool the thread: what is left of a pool is freed with its last cache, a
 * cache when its thread ends, or looks for others. So a cache's pool can never be mistaken for a later one at its
 * address.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
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
	struct pool_cache *next, *prev; /* of the pool: inside its monitor */
	struct pool_cache *other;       /* of the thread: another pool's */
};

struct leat_pool {
	leat_monitor monitor;
	struct pool_magazine *full, *empty; /* the depot; full: not empty */
	struct pool_cache *caches;
	size_t handles; /* the caches', and the user's: 1 until it is dropped */
	int dropped;
	void *(*make)(void *arg);
	void (*release)(void *arg, void *object);
	void *arg;
};

/* -------------------------------------------------------------------------- the depot: inside its monitor -- */

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

/* Load another magazine (or none): the one that has been the spare. */
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

/* A magazine with something in it, or NULL. */
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

static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static pthread_key_t pool_key; /* a thread's caches, linked by `other` */
static int pool_key_error;

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

static void pool_make_key(void)
{
	pool_key_error = pthread_key_create(&pool_key, pool_end_thread);
}

static int pool_is_dropped(leat_pool *pool)
{
	int dropped;

	leat_monitor_enter(&pool->monitor);
	dropped = pool->dropped;
	leat_monitor_leave(&pool->monitor);
	return dropped;
}

/* End this thread's caches of pools that are no more. */
static void pool_forget_dropped(void)
{
	struct pool_cache *first = pthread_getspecific(pool_key), **at = &first;

	for (struct pool_cache *cache; (cache = *at) != NULL;) {
		if (pool_is_dropped(cache->pool)) {
			*at = cache->other;
			pool_end_cache(cache);
		} else {
			at = &cache->other;
		}
	}
	(void)pthread_setspecific(pool_key, first); /* where there was another there is room; else it is NULL anyway */
}

static struct pool_cache *pool_make_cache(leat_pool *pool)
{
	struct pool_cache *made = malloc(sizeof *made);

	if (!made)
		return NULL;
	pool_forget_dropped();
	*made = (struct pool_cache){ .pool = pool, .other = pthread_getspecific(pool_key) };
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

/* NULL: no memory. */
static struct pool_cache *pool_cache_of(leat_pool *pool)
{
	struct pool_cache *cache = pthread_getspecific(pool_key);

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

/* One object of somebody else's magazine, the others into the cache, which is empty still: nobody but we fills it. All
 * of this inside the pool's monitor, so that nobody else looks while they are in neither. */
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
	struct pool_cache *cache = pool_cache_of(pool);
	void *object = cache ? pool_pop(cache) : NULL;

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

/* An empty magazine for a full one. Those who rob take what is not empty: so it is there for the next push. */
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
	struct pool_cache *cache = object ? pool_cache_of(pool) : NULL;

	if (cache && (pool_push(cache, object) || (pool_make_room(pool, cache) && pool_push(cache, object))))
		return;
	if (object && pool->release)
		pool->release(pool->arg, object);
}

/* ---------------------------------------------------------------------------------------------- make, drop -- */

leat_pool *leat_pool_make(void *(*make)(void *arg), void (*release)(void *arg, void *object), void *arg)
{
	int error = pthread_once(&pool_once, pool_make_key);
	leat_pool *made = malloc(sizeof *made);

	if (!error)
		error = pool_key_error;
	if (made && !error) {
		*made = (leat_pool){ .handles = 1, .make = make, .release = release, .arg = arg };
		return made;
	}
	free(made);
	errno = error ? error : ENOMEM;
	return NULL;
}

static void pool_release_all(leat_pool *pool, struct pool_magazine *magazine)
{
	for (size_t i = 0; pool->release && i < magazine->count; i++)
		pool->release(pool->arg, magazine->rounds[i]);
	free(magazine);
}

/* Caches are emptied here, by whoever has used them last or not; what may still come is that their threads end. */
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
