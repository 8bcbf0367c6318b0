/* SPDX-License-Identifier: 0BSD
 *
 * pool.c - an object that was put is got again, by any thread, before another one is made. One thread at a time has an
 * object, and each is released once. Threads may end before the pool, and long after it. A few objects are enough for
 * many workers.
 */
#include "../test.h"

enum { MANY = 1000, THREADS = 4 };

static const leat_rx nil;

static atomic_int made, released;

typedef struct { atomic_int holders; int number; } object;

static void *make_object(void *arg)
{
	object *one = calloc(1, sizeof *one);

	check(one && arg == &made);
	one->number = atomic_fetch_add(&made, 1);
	return one;
}

static void release_object(void *arg, void *of_object)
{
	check(arg == &made);
	check(atomic_load(&((object *)of_object)->holders) == 0);
	free(of_object);
	atomic_fetch_add(&released, 1);
}

static leat_pool *make_pool(void)
{
	leat_pool *pool = leat_pool_make(make_object, release_object, &made);

	check(pool);
	atomic_store(&made, 0);
	atomic_store(&released, 0);
	return pool;
}

/* All objects have come back, and the pool releases them. */
static void drop_pool(leat_pool *pool)
{
	leat_pool_drop(pool);
	check(atomic_load(&released) == atomic_load(&made));
}

static object *get(leat_pool *pool)
{
	object *one = leat_pool_get(pool);

	check(one && atomic_fetch_add(&one->holders, 1) == 0);
	return one;
}

static void put(leat_pool *pool, object *one)
{
	check(atomic_fetch_sub(&one->holders, 1) == 1);
	leat_pool_put(pool, one);
}

/* ---------------------------------------------------------------------------------------------- one thread -- */

static void what_was_put_is_got(void)
{
	leat_pool *pool = make_pool();
	object *first = get(pool), *second = get(pool);

	check(first != second && atomic_load(&made) == 2);
	put(pool, first);
	check(get(pool) == first && atomic_load(&made) == 2);
	put(pool, first);
	put(pool, second);
	for (int i = 0; i < MANY; i++)
		put(pool, get(pool));
	check(atomic_load(&made) == 2 && atomic_load(&released) == 0);
	leat_pool_put(pool, NULL); /* putting NULL does nothing */
	drop_pool(pool);
}

static void many_at_once(void)
{
	leat_pool *pool = make_pool();
	object *all[MANY];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++)
			all[i] = get(pool);
		check(atomic_load(&made) == MANY);
		for (int i = 0; i < MANY; i++)
			put(pool, all[i]);
	}
	check(atomic_load(&released) == 0);
	drop_pool(pool);
}

static void what_is_out_is_its_holders(void)
{
	leat_pool *pool = make_pool();
	object *mine = get(pool);

	put(pool, get(pool));
	leat_pool_drop(pool);
	check(atomic_load(&made) == 2 && atomic_load(&released) == 1);
	free(mine);
	leat_pool_drop(NULL);
}

static void *make_none(void *arg)
{
	errno = EIO;
	return arg;
}

static void without_make_or_release(void)
{
	leat_pool *finds = leat_pool_make(NULL, NULL, NULL), *fails = leat_pool_make(make_none, NULL, NULL);
	int one, two;

	check(leat_pool_get(finds) == NULL);
	leat_pool_put(finds, &one);
	leat_pool_put(finds, &two);
	check(leat_pool_get(finds) == &two && leat_pool_get(finds) == &one && leat_pool_get(finds) == NULL);
	leat_pool_put(finds, &one);
	leat_pool_drop(finds);
	check(leat_pool_get(fails) == NULL && errno == EIO);
	leat_pool_drop(fails);
}

/* These are more pools than the system has keys for thread-specific data. */
static void a_thousand_pools(void)
{
	leat_pool *pools[1100];
	int numbers[1100];

	for (int i = 0; i < 1100; i++) {
		pools[i] = leat_pool_make(NULL, NULL, NULL);
		check(pools[i]);
		leat_pool_put(pools[i], &numbers[i]);
	}
	for (int i = 0; i < 1100; i++)
		check(leat_pool_get(pools[i]) == &numbers[i]);
	for (int i = 0; i < 1100; i++)
		leat_pool_drop(pools[i]);
}

/* A later pool may have the same address. It has no object of the earlier one. */
static void one_pool_after_another(void)
{
	int number;

	for (int i = 0; i < MANY; i++) {
		leat_pool *pool = leat_pool_make(NULL, NULL, NULL);

		check(leat_pool_get(pool) == NULL);
		leat_pool_put(pool, &number);
		leat_pool_drop(pool);
	}
}

/* ------------------------------------------------------------------------------------------ several threads -- */

static void get_and_put_one(void *pool)
{
	put(pool, get(pool));
}

static void get_many_then_put(void *pool)
{
	object *all[MANY];

	for (int i = 0; i < MANY; i++)
		all[i] = get(pool);
	for (int i = 0; i < MANY; i++)
		put(pool, all[i]);
}

static void run(void (*fn)(void *), void *arg)
{
	background behind;

	begin(&behind, fn, arg);
	must_return(&behind);
}

static void a_thread_that_ends_leaves_them(void)
{
	leat_pool *pool = make_pool();

	run(get_many_then_put, pool);
	for (int i = 0; i < 100; i++)
		run(get_and_put_one, pool);
	get_many_then_put(pool);
	check(atomic_load(&made) == MANY && atomic_load(&released) == 0);
	drop_pool(pool);
}

/* Other threads also get the few objects that a living thread keeps for itself. */
static void a_thread_that_lives_gives_them_too(void)
{
	leat_pool *pool = make_pool();
	object *all[MANY];

	get_many_then_put(pool);
	run(get_many_then_put, pool);
	check(atomic_load(&made) == MANY);
	for (int i = 0; i < MANY; i++)
		all[i] = get(pool);
	check(atomic_load(&made) == MANY);
	for (int i = 0; i < MANY; i++)
		put(pool, all[i]);
	drop_pool(pool);
}

/* A thread that uses several pools. Some of them end before the thread, and some do not. */
typedef struct { leat_pool *pools[3]; leat_chan said, next; } lasting;

static void use_and_wait(void *arg)
{
	lasting *self = arg;

	for (int i = 0; i < 3; i++)
		put(self->pools[i], get(self->pools[i]));
	check(leat_signal(self->said.tx) == 1);
	check(leat_wait(self->next.rx) == 1);
	put(self->pools[1], get(self->pools[1]));
	put(self->pools[2], get(self->pools[2]));
}

static void a_thread_that_outlives_the_pool(void)
{
	lasting its = { { make_pool(), make_pool(), make_pool() }, leat_make_unit(), leat_make_unit() };
	background behind;

	begin(&behind, use_and_wait, &its);
	check(leat_wait(its.said.rx) == 1);
	check(atomic_load(&made) == 3);
	leat_pool_drop(its.pools[0]);
	leat_pool_drop(its.pools[2]);
	check(atomic_load(&released) == 2);
	its.pools[2] = leat_pool_make(make_object, release_object, &made); /* the thread must not take an old cache for
	                                                                    * its own */
	check(leat_signal(its.next.tx) == 1);
	must_return(&behind);
	check(atomic_load(&made) == 4 && atomic_load(&released) == 2);
	leat_pool_drop(its.pools[1]);
	drop_pool(its.pools[2]);
	leat_drop(its.said);
	leat_drop(its.next);
}

/* leat keeps its threads for reuse, so they outlive the pool. */
static void a_kept_thread_outlives_the_pool(void)
{
	for (int i = 0; i < 20; i++) {
		leat_pool *pool = make_pool();

		check(leat_go(get_and_put_one, pool) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		if (i % 2)
			leat_trim();
		drop_pool(pool);
	}
	leat_trim();
}

/* The destructor of another key uses the pool, after the caches of the thread have ended. */
static pthread_key_t late_key;
static leat_pool *late_pool;

static void put_late(void *one)
{
	put(late_pool, one);
}

static void keep_until_the_end(void *pool)
{
	put(pool, get(pool));
	check(pthread_setspecific(late_key, get(pool)) == 0);
}

static void a_thread_that_puts_while_it_ends(void)
{
	late_pool = make_pool();
	check(pthread_key_create(&late_key, put_late) == 0);
	run(keep_until_the_end, late_pool);
	put(late_pool, get(late_pool));
	check(atomic_load(&made) == 1);
	drop_pool(late_pool);
	check(pthread_key_delete(late_key) == 0);
}

static void *make_by_leaving(void *arg)
{
	(void)arg;
	pthread_exit(NULL);
}

static void get_from(void *pool)
{
	(void)leat_pool_get(pool); /* does not return */
	check(0);
}

static void make_may_leave_the_thread(void)
{
	leat_pool *pool = leat_pool_make(make_by_leaving, NULL, NULL);
	int number;

	run(get_from, pool);
	leat_pool_put(pool, &number);
	check(leat_pool_get(pool) == &number);
	leat_pool_drop(pool);
}

/* ------------------------------------------------------------------------------------------------ all at once -- */

typedef struct { leat_pool *pool; int left; } getter;

static int hand_over(void *of_getter, void *out)
{
	getter *self = of_getter;

	if (self->left-- == 0)
		return 0;
	*(object **)out = get(self->pool);
	return 1;
}

static int take_back(void *pool, const void *of_object)
{
	put(pool, *(object *const *)of_object);
	return 1;
}

/* The threads make no more objects than the stream and their caches have room for. */
static void got_by_one_put_by_another(void)
{
	leat_pool *pool = make_pool();
	getter one = { pool, 20 * MANY };
	leat_rx objects = leat_buffer(leat_repeat_fn_of(nil, LEAT_TYPE(object *), hand_over, &one), capacity);

	check(leat_each(nil, objects, THREADS - 1, take_back, pool) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check((size_t)atomic_load(&made) <= 2 * capacity + 200 * THREADS);
	drop_pool(pool);
}

typedef struct { leat_pool *pool; atomic_int *arrived; unsigned random; } player;

static void play(void *of_player)
{
	player *self = of_player;
	object *held[100];
	unsigned count = 0;

	meet(self->arrived, THREADS);
	for (int i = 0; i < 5000; i++) {
		if (count < 100 && (!count || random_below(&self->random, 100) < (i / 500 % 2 ? 30 : 70)))
			held[count++] = get(self->pool);
		else
			put(self->pool, held[--count]);
	}
	while (count)
		put(self->pool, held[--count]);
}

static void nobody_has_what_another_has(void)
{
	leat_pool *pool = make_pool();
	atomic_int arrived = 0;
	background threads[THREADS];
	player players[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		players[i] = (player){ pool, &arrived, i };
		begin(&threads[i], play, &players[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
	check(atomic_load(&made) <= 100 * THREADS + 2 * THREADS * 64 && atomic_load(&released) == 0);
	drop_pool(pool);
}

static int calculate(void *pool, const void *in)
{
	(void)in;
	put(pool, get(pool));
	return 1;
}

/* One thread has put four objects, and gets none. The workers find them. */
static void few_for_many_workers(void)
{
	enum { WORKERS = 20000 };
	leat_pool *pool = make_pool();
	object *seeds[4];

	for (int i = 0; i < 4; i++)
		seeds[i] = get(pool);
	for (int i = 0; i < 4; i++)
		put(pool, seeds[i]);
	check(leat_each(nil, leat_take(nil, leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), 64), WORKERS), THREADS,
	                calculate, pool) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&made) < WORKERS / 1000);
	drop_pool(pool);
}

int main(int argc, char **argv)
{
	return RUN(what_was_put_is_got, many_at_once, what_is_out_is_its_holders, without_make_or_release,
	           a_thousand_pools, one_pool_after_another, a_thread_that_ends_leaves_them,
	           a_thread_that_lives_gives_them_too, a_thread_that_outlives_the_pool,
	           a_kept_thread_outlives_the_pool, a_thread_that_puts_while_it_ends, make_may_leave_the_thread,
	           got_by_one_put_by_another, nobody_has_what_another_has, few_for_many_workers);
}
