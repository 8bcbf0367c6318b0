/* SPDX-License-Identifier: 0BSD
 *
 * messages.c - the cost of a message that one thread allocates and another one frees. That is hard for an allocator,
 * because a thread does not allocate the memory again that it has freed. Compare it with spsc, which sends elements of
 * the size of a pointer.
 *
 * If the program is linked with jemalloc, malloc is jemalloc's everywhere. The malloc of glibc then has a second name.
 */
#include "bench.h"

typedef struct {
	leat_chan chan;
	void *(*allocate)(size_t size);
	void (*release)(void *memory);
	size_t size;
	long count;
	uint64_t sum;
} conveyor;

/* Write the first and the last word of a message, so that its last page is used, and all its cache lines if it is
 * small. */
static void allocate_all(void *of_conveyor)
{
	const conveyor *self = of_conveyor;
	size_t last = self->size / sizeof(uint64_t) - 1;

	for (long i = 0; i < self->count; i++) {
		uint64_t *message = self->allocate(self->size);

		bench_check(message);
		message[0] = message[last] = (uint64_t)i;
		bench_check(leat_send(self->chan.tx, &message) == 1);
	}
}

static void free_all(conveyor *self)
{
	size_t last = self->size / sizeof(uint64_t) - 1;

	for (long i = 0; i < self->count; i++) {
		uint64_t *message;

		bench_check(leat_recv(self->chan.rx, &message) == 1);
		bench_check(message[0] == message[last]);
		self->sum += message[0];
		self->release(message);
	}
}

static double convey(const bench_row *row, long n, void *(*allocate)(size_t size), void (*release)(void *memory))
{
	leat_chan chan = bench_make_of(LEAT_TYPE(uint64_t *), row, n);
	conveyor all = { .chan = chan, .allocate = allocate, .release = release, .size = row->size, .count = n };
	double begin = bench_now(), time;

	bench_check(leat_go(allocate_all, &all) == 1);
	free_all(&all);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	time = bench_each(begin, n);
	bench_check(all.sum == (uint64_t)n * ((uint64_t)n - 1) / 2);
	leat_drop(chan);
	return time;
}

#ifdef LEAT_JEMALLOC
static double by_jemalloc(const bench_row *row, long n)
{
	return convey(row, n, malloc, free);
}
#endif

#if defined __GLIBC__
void *__libc_malloc(size_t size);
void __libc_free(void *memory);
#define LIBC __libc_malloc, __libc_free
#elif !defined LEAT_JEMALLOC
#define LIBC malloc, free
#endif

#ifdef LIBC
static double by_libc(const bench_row *row, long n)
{
	return convey(row, n, LIBC);
}
#endif

#define MESSAGES .capacities = "128", .sizes = "64 1024"

static const bench_shape shapes[] = {
#ifdef LEAT_JEMALLOC
	{ "messages_jemalloc", "allocated by the sender, freed by the receiver: jemalloc", by_jemalloc, MESSAGES },
#endif
#ifdef LIBC
	{ "messages_libc", "allocated by the sender, freed by the receiver: libc", by_libc, MESSAGES },
#endif
};

const bench_table bench_messages = BENCH_TABLE("messages", shapes);
