/* SPDX-License-Identifier: 0BSD
 *
 * patterns.c - the costs of the patterns that are no stages: limits, groups, pools, contexts. If there is a plain way
 * to the same result, its cost is measured too.
 */
#include "bench.h"

#include <pthread.h>

/* ------------------------------------------------------------------------------- one thread, one operation -- */

static double limiter(const bench_row *row, long n)
{
	leat_token_bucket bucket;
	double begin;

	(void)row;
	bench_check(leat_token_bucket_init(&bucket, 1e9, 1000000000) == 1);
	begin = bench_now();
	for (long i = 0; i < n; i++)
		bench_check(leat_limiter_allow(&bucket.limiter, 1) == 1);
	return bench_each(begin, n);
}

static double waitgroup(const bench_row *row, long n)
{
	leat_waitgroup group = { 0 };
	double begin = bench_now(), time;

	(void)row;
	for (long i = 0; i < n; i++) {
		leat_waitgroup_add(&group, 1);
		leat_waitgroup_done(&group);
	}
	time = bench_each(begin, n);
	bench_check(leat_waitgroup_wait(&group, LEAT_NOW) == 1);
	return time;
}

static double mutex(const bench_row *row, long n)
{
	leat_mutex lock = { 0 };
	double begin = bench_now(), time;

	(void)row;
	for (long i = 0; i < n; i++) {
		leat_mutex_lock(&lock);
		leat_mutex_unlock(&lock);
	}
	time = bench_each(begin, n);
	bench_check(leat_mutex_stats_of(&lock).locks == (uint64_t)n);
	return time;
}

static void count_call(void *of_calls)
{
	++*(long *)of_calls;
}

static double once(const bench_row *row, long n)
{
	leat_once first = { 0 };
	long calls = 0;
	double begin = bench_now(), time;

	(void)row;
	for (long i = 0; i < n; i++)
		bench_check(leat_once_do(&first, count_call, &calls) >= 0);
	time = bench_each(begin, n);
	bench_check(calls == 1);
	return time;
}

/* ----------------------------------------------------------------------------------------------- contexts -- */

static double context(const bench_row *row, long n)
{
	leat_context *request = leat_context_with_cancel(leat_context_background());
	double begin = bench_now(), time;

	(void)row;
	for (long i = 0; i < n; i++)
		bench_check(leat_context_err(request) == 0);
	time = bench_each(begin, n);
	leat_context_drop(request);
	return time;
}

static double context_cancel(const bench_row *row, long n)
{
	leat_context *parent = leat_context_with_cancel(leat_context_background());
	double begin = bench_now(), time;

	(void)row;
	for (long i = 0; i < n; i++) {
		leat_context *child = leat_context_with_cancel(parent);

		bench_check(leat_context_cancel(child) == 1);
		leat_context_drop(child);
	}
	time = bench_each(begin, n);
	leat_context_drop(parent);
	return time;
}

/* ------------------------------------------------------------------------------- what several threads share -- */

static void get_and_put(void *pool, long n)
{
	for (long i = 0; i < n; i++) {
		void *object = leat_pool_get(pool);

		bench_check(object != NULL);
		leat_pool_put(pool, object);
	}
}

static void *make_object(void *size)
{
	return malloc(*(size_t *)size);
}

static void free_object(void *size, void *object)
{
	(void)size;
	free(object);
}

static size_t kibibyte = 1024;

static double pool(const bench_row *row, long n)
{
	leat_pool *objects = leat_pool_make(make_object, free_object, &kibibyte);
	double time = bench_team(row, n, get_and_put, objects);

	leat_pool_drop(objects);
	return time;
}

static void read_number(void *snapshot, long n)
{
	for (long i = 0; i < n; i++) {
		leat_reading reading;
		const int *number = leat_snapshot_read(snapshot, &reading);

		bench_check(*number == 7);
		leat_snapshot_let_go(&reading);
	}
}

/* It does nothing. But without a release function, readers would not have to protect the version. */
static void keep_number(void *number)
{
	(void)number;
}

static double snapshot(const bench_row *row, long n)
{
	static int seven = 7;
	leat_snapshot *number = leat_snapshot_make(&seven, keep_number);
	double time = bench_team(row, n, read_number, number);

	leat_snapshot_drop(number);
	return time;
}

static void read_under_lock(void *of_lock, long n)
{
	for (long i = 0; i < n; i++) {
		bench_check(pthread_rwlock_rdlock(of_lock) == 0);
		bench_check(pthread_rwlock_unlock(of_lock) == 0);
	}
}

static double rwlock(const bench_row *row, long n)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	return bench_team(row, n, read_under_lock, &lock);
}

/* -------------------------------------------------------------------------- here made, there given back -- */

enum { BLOCK = 64 };

/* One thread gets objects, writes into them, and sends them, many at a time. Another thread puts them back. */
struct across { leat_chan objects; leat_pool *pool; long n; };

static void *get_one(const struct across *self)
{
	return self->pool ? leat_pool_get(self->pool) : malloc(kibibyte);
}

static void *send_objects(void *of_across)
{
	const struct across *self = of_across;
	void *block[BLOCK];

	for (long left = self->n; left > 0; left -= BLOCK) {
		long count = left < BLOCK ? left : BLOCK;

		for (long i = 0; i < count; i++) {
			block[i] = get_one(self);
			bench_check(block[i] != NULL);
			*(long *)block[i] = i;
		}
		for (long sent = 0; sent < count;)
			sent += leat_send_n(self->objects.tx, block + sent, count - sent, LEAT_NEVER);
	}
	leat_drop(self->objects.tx);
	return NULL;
}

static long put_objects(const struct across *self)
{
	void *block[BLOCK];
	long received = 0;

	for (long count; (count = leat_recv_n(self->objects.rx, block, BLOCK, LEAT_NEVER)) > 0; received += count)
		for (long i = 0; i < count; i++) {
			if (self->pool)
				leat_pool_put(self->pool, block[i]);
			else
				free(block[i]);
		}
	return received;
}

static double time_across(leat_pool *from, long n)
{
	struct across across = { leat_make(void *, 4 * BLOCK), from, n };
	pthread_t sender;
	double begin = bench_now(), time;

	bench_check(pthread_create(&sender, NULL, send_objects, &across) == 0);
	bench_check(put_objects(&across) == n);
	time = bench_each(begin, n);
	bench_check(pthread_join(sender, NULL) == 0);
	leat_drop(across.objects.rx);
	return time;
}

static double pool_across(const bench_row *row, long n)
{
	leat_pool *objects = leat_pool_make(make_object, free_object, &kibibyte);
	double time = time_across(objects, n);

	(void)row;
	leat_pool_drop(objects);
	return time;
}

static double malloc_across(const bench_row *row, long n)
{
	(void)row;
	return time_across(NULL, n);
}

/* ------------------------------------------------------------------------------------------ many functions -- */

enum { FUNCTIONS = 1000, MOST_FIB = 30 };

static int nothing(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	return 0;
}

static double errgroup(const bench_row *row, long n)
{
	double begin = bench_now();

	(void)row;
	for (long left = n; left > 0; left -= FUNCTIONS) {
		leat_errgroup *group = leat_errgroup_make(LEAT_NIL);

		bench_check(group != NULL);
		for (int i = 0; i < FUNCTIONS && i < left; i++)
			bench_check(leat_errgroup_go(group, nothing, NULL) == 1);
		bench_check(leat_errgroup_wait(group) == 0);
	}
	return bench_each(begin, n);
}

static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	*(size_t *)out = replica;
	return 1;
}

/* The first replica answers at once. */
static double replicate(const bench_row *row, long n)
{
	size_t first;
	double begin = bench_now();

	(void)row;
	for (long i = 0; i < n; i++)
		bench_check(leat_replicate(LEAT_NIL, 2, LEAT_S(1), size_t, answer, NULL, &first) == 1);
	return bench_each(begin, n);
}

struct fib { int n; long result; };

static void fib(void *of_fib)
{
	struct fib *self = of_fib, first = { self->n - 1, 0 }, second = { self->n - 2, 0 };
	leat_fork fork;

	if (self->n < 2) {
		self->result = self->n;
		return;
	}
	leat_forkjoin_fork(&fork, fib, &first);
	fib(&second);
	leat_forkjoin_join(&fork);
	self->result = first.result + second.result;
}

/* The largest number whose fib takes at most `forks` forks. fib(n) takes fib(n + 1) - 1 forks. */
static int fib_of(long forks, long *taken)
{
	long before = 1, after = 2;
	int number = 2;

	for (; number < MOST_FIB && before + after - 1 <= forks; number++) {
		long next = before + after;

		before = after;
		after = next;
	}
	*taken = after - 1;
	return number;
}

static double forkjoin(const bench_row *row, long n)
{
	leat_forkjoin *threads = leat_forkjoin_make((size_t)row->threads);
	double begin, time;

	bench_check(threads != NULL);
	begin = bench_now();
	for (long left = n, taken; left > 0; left -= taken) {
		struct fib all = { fib_of(left, &taken), 0 };

		bench_check(leat_forkjoin_run(threads, fib, &all) == 1 && all.result > 0);
		bench_check(all.n < MOST_FIB || all.result == 832040);
	}
	time = bench_each(begin, n);
	leat_forkjoin_drop(threads);
	return time;
}

/* -------------------------------------------------------------------------------------------- in order or not -- */

static int next_number(void *of_left, void *out)
{
	long *left = of_left;

	*(long *)out = *left;
	return (*left)-- > 0;
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(long *)out = *(const long *)in;
	return 1;
}

typedef leat_rx parallel(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg);

static double time_workers(const bench_row *row, long n, parallel *stage)
{
	static const leat_rx never;
	long left = n, received = 0;
	double begin = bench_now(), time;
	leat_rx out = leat_buffer(leat_repeat_fn(never, long, next_number, &left), bench_capacity(row, n));

	out = stage(never, out, 2, LEAT_TYPE(long), same, NULL);
	for (long each; leat_recv(out, &each) > 0;)
		received++;
	time = bench_each(begin, n);
	bench_check(received == n);
	leat_drop(out);
	return time;
}

static double map_n(const bench_row *row, long n)
{
	return time_workers(row, n, leat_map_n_of);
}

static double map_ordered(const bench_row *row, long n)
{
	return time_workers(row, n, leat_map_ordered_of);
}

/* ------------------------------------------------------------------------------------------------ table -- */

#define CALL .unit = "ns/call"
#define PAIR .unit = "ns/pair"

static const bench_shape shapes[] = {
	{ "limiter", "a token bucket is asked, and allows it", limiter, CALL },
	{ "waitgroup", "leat_waitgroup_add, leat_waitgroup_done", waitgroup, PAIR },
	{ "mutex", "leat_mutex_lock, leat_mutex_unlock", mutex, PAIR },
	{ "once", "leat_once_do of what was done", once, CALL },
	{ "context", "leat_context_err of one that can be cancelled", context, CALL },
	{ "context_cancel", "a context made, cancelled and dropped", context_cancel, .unit = "ns/context" },
	{ "pool", "leat_pool_get, leat_pool_put, each thread", pool, PAIR, .several = 1 },
	{ "pool_across", "get in one thread, put in another, with a channel between", pool_across, PAIR },
	{ "malloc_across", "the same with malloc and free of 1 KiB", malloc_across, PAIR },
	{ "snapshot", "read a snapshot and let go, each thread", snapshot, PAIR, .several = 1 },
	{ "rwlock", "the same under a pthread_rwlock_t", rwlock, PAIR, .several = 1 },
	{ "errgroup", "1000 functions in a group, which is waited for", errgroup, .unit = "ns/function",
	  .after = leat_trim },
	{ "replicate", "one of two replicas answers at once, before the hedge", replicate, CALL, .after = leat_trim },
	{ "forkjoin", "fib(30) on so many threads, a fork at every level", forkjoin, .unit = "ns/fork", .several = 1,
	  .after = leat_trim },
	{ "map_n", "leat_map_n, two workers that do nothing", map_n, .unit = "ns/value", .capacities = "0 128" },
	{ "map_ordered", "leat_map_ordered, the same", map_ordered, .unit = "ns/value", .capacities = "0 128" },
};

const bench_table bench_patterns = BENCH_TABLE("patterns", shapes);
