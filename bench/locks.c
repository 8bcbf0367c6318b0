/* SPDX-License-Identifier: 0BSD
 *
 * locks.c - data that stays in one place while several threads use it: a counter, and a table that many read and one
 * writes. `--threads` says how many threads count or read, for example: leat-bench read_mutex read_rwmutex --threads 64
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCH = 64 };

static leat_mutex mutex;
static leat_rwmutex rwmutex;
static pthread_mutex_t pthread = PTHREAD_MUTEX_INITIALIZER;

/* -------------------------------------------------------------------------------------------- a counter -- */

static struct {
	atomic_long atomic;
	volatile long plain; /* volatile: each count is a load and a store, also in a batch */
	leat_chan chan;
} counter;

static void count_by_atomic(void *unused, long n)
{
	(void)unused;
	for (long i = 0; i < n; i++)
		atomic_fetch_add(&counter.atomic, 1);
}

static void count_by_mutex(void *unused, long n)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		leat_mutex_lock(&mutex);
		counter.plain++;
		leat_mutex_unlock(&mutex);
	}
}

static void count_by_pthread(void *unused, long n)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		pthread_mutex_lock(&pthread);
		counter.plain++;
		pthread_mutex_unlock(&pthread);
	}
}

static void count_by_batch(void *unused, long n)
{
	(void)unused;
	for (long left = n; left > 0; left -= BATCH) {
		leat_mutex_lock(&mutex);
		for (long i = 0; i < BATCH && i < left; i++)
			counter.plain++;
		leat_mutex_unlock(&mutex);
	}
}

/* Each thread counts for itself, and adds its number at the end. */
static void count_apart(void *unused, long n)
{
	volatile long own = 0;

	(void)unused;
	for (long i = 0; i < n; i++)
		own++;
	atomic_fetch_add(&counter.atomic, own);
}

static void count_by_chan(void *unused, long n)
{
	const long one = 1;

	(void)unused;
	for (long i = 0; i < n; i++)
		bench_check(leat_send(counter.chan.tx, &one) == 1);
}

static void add_received(void *unused)
{
	(void)unused;
	for (long number; leat_recv(counter.chan.rx, &number) > 0;)
		counter.plain += number;
}

static double time_count(const bench_row *row, long n, void (*count)(void *unused, long n))
{
	double time;

	counter.plain = 0;
	atomic_store(&counter.atomic, 0);
	time = bench_team(row, n / row->threads, count, NULL) / row->threads;
	bench_check(counter.plain + atomic_load(&counter.atomic) == n);
	return time;
}

static double count_atomic(const bench_row *row, long n)
{
	return time_count(row, n, count_by_atomic);
}

static double count_mutex(const bench_row *row, long n)
{
	return time_count(row, n, count_by_mutex);
}

static double count_pthread(const bench_row *row, long n)
{
	return time_count(row, n, count_by_pthread);
}

static double count_batch(const bench_row *row, long n)
{
	return time_count(row, n, count_by_batch);
}

static double count_own(const bench_row *row, long n)
{
	return time_count(row, n, count_apart);
}

/* One more thread owns the counter, and receives. */
static double count_chan(const bench_row *row, long n)
{
	double begin = bench_now(), time;

	counter.plain = 0;
	counter.chan = bench_make_of(LEAT_TYPE(long), row, n);
	bench_check(leat_go(add_received, NULL) == 1);
	(void)bench_team(row, n / row->threads, count_by_chan, NULL);
	leat_drop(counter.chan.tx);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	time = bench_each(begin, n);
	bench_check(counter.plain == n);
	leat_drop(counter.chan.rx);
	return time;
}

/* ----------------------------------------------------------------------------- many readers, one writer -- */

/* A table of numbers, which are all the same. The writer replaces them every 100 us, until done is closed. */
typedef struct {
	size_t bytes;
	uint64_t *numbers;
	leat_snapshot *snapshot; /* of such a table; NULL if the readers take `reader` */
	leat_locker writer, reader;
	leat_chan done;
} table;

static void fill(uint64_t *numbers, size_t bytes, uint64_t number)
{
	for (size_t i = 0; i < bytes / sizeof *numbers; i++)
		numbers[i] = number;
}

static uint64_t *new_numbers(size_t bytes, uint64_t number)
{
	uint64_t *new = malloc(bytes);

	bench_check(new != NULL);
	fill(new, bytes, number);
	return new;
}

static void write_numbers(void *of_table)
{
	table *self = of_table;

	for (uint64_t number = 1; leat_wait_by(self->done.rx, leat_in(LEAT_US(100))) < 0; number++)
		if (self->snapshot) {
			leat_snapshot_publish(self->snapshot, new_numbers(self->bytes, number));
		} else {
			self->writer.lock(self->writer.self);
			fill(self->numbers, self->bytes, number);
			self->writer.unlock(self->writer.self);
		}
}

/* Read all of the table. A torn one has different numbers. */
static void check_numbers(const uint64_t *numbers, size_t bytes)
{
	size_t count = bytes / sizeof *numbers;
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += numbers[i];
	bench_check(sum == count * numbers[0]);
}

static void read_by_lock(void *of_table, long n)
{
	const table *self = of_table;

	for (long i = 0; i < n; i++) {
		self->reader.lock(self->reader.self);
		check_numbers(self->numbers, self->bytes);
		self->reader.unlock(self->reader.self);
	}
}

static void read_by_snapshot(void *of_table, long n)
{
	const table *self = of_table;

	for (long i = 0; i < n; i++) {
		leat_reading reading;

		check_numbers(leat_snapshot_read(self->snapshot, &reading), self->bytes);
		leat_snapshot_let_go(&reading);
	}
}

static double time_read(const bench_row *row, long n, table *self, void (*read)(void *of_table, long n))
{
	double time;

	self->done = leat_make_unit();
	bench_check(leat_go(write_numbers, self) == 1);
	time = bench_team(row, n / row->threads, read, self) / row->threads;
	bench_check(leat_close(self->done.tx) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(self->done);
	return time;
}

static double time_locked(const bench_row *row, long n, leat_locker writer, leat_locker reader)
{
	table all = { .bytes = row->size, .numbers = new_numbers(row->size, 0), .writer = writer, .reader = reader };
	double time = time_read(row, n, &all, read_by_lock);

	free(all.numbers);
	return time;
}

static double read_mutex(const bench_row *row, long n)
{
	return time_locked(row, n, leat_mutex_locker(&mutex), leat_mutex_locker(&mutex));
}

static double read_rwmutex(const bench_row *row, long n)
{
	return time_locked(row, n, leat_rwmutex_locker(&rwmutex), leat_rwmutex_read_locker(&rwmutex));
}

static double read_writing(const bench_row *row, long n)
{
	return time_locked(row, n, leat_rwmutex_locker(&rwmutex), leat_rwmutex_locker(&rwmutex));
}

static double read_snapshot(const bench_row *row, long n)
{
	table all = { .bytes = row->size, .snapshot = leat_snapshot_make(new_numbers(row->size, 0), free) };
	double time;

	bench_check(all.snapshot != NULL);
	time = time_read(row, n, &all, read_by_snapshot);
	leat_snapshot_drop(all.snapshot);
	return time;
}

/* ------------------------------------------------------------------------------------------------ table -- */

#define COUNT .unit = "ns/count", .several = 1
#define READ .unit = "ns/read", .several = 1, .sizes = "64 16384", .after = leat_trim

static const bench_shape shapes[] = {
	{ "count_atomic", "several threads count with an atomic variable", count_atomic, COUNT },
	{ "count_mutex", "... under a leat_mutex", count_mutex, COUNT },
	{ "count_pthread", "... under a pthread_mutex_t", count_pthread, COUNT },
	{ "count_batch", "... under a leat_mutex, once for 64 counts", count_batch, COUNT },
	{ "count_own", "... each for itself, and add up at the end", count_own, COUNT },
	{ "count_chan", "... by sends to a thread that adds up", count_chan, COUNT, .capacities = "0 128",
	  .after = leat_trim },
	{ "read_mutex", "several readers of a table, one writer: a leat_mutex", read_mutex, READ },
	{ "read_rwmutex", "... a leat_rwmutex", read_rwmutex, READ },
	{ "read_writing", "... the readers, too, take its writing side", read_writing, READ },
	{ "read_snapshot", "... a leat_snapshot", read_snapshot, READ },
};

const bench_table bench_locks = BENCH_TABLE("locks", shapes);
