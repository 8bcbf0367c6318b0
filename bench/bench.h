/* SPDX-License-Identifier: 0BSD
 *
 * bench.h - what the files of leat-bench share. Most give a table of shapes: kinds of work, each with a function that
 * does it n times and returns what that cost, in the unit of the shape.
 *
 *     static double send_all(const bench_row *row, long n)
 *     {
 *             leat_chan chan = bench_make(row, n);
 *             double begin = bench_now();
 *             ...
 *             bench_check(sum == expected);
 *             return bench_each(begin, n);
 *     }
 *
 *     static const bench_shape shapes[] = {
 *             { "send", "a thread sends", .run = send_all, .capacities = "0 1 128 all", .sizes = "8" },
 *     };
 *     const bench_table bench_sends = BENCH_TABLE("sends", shapes);
 *
 * leat-bench.c, which names the table, makes a row of every capacity and size of a shape, and measures the rows.
 */
#ifndef BENCH_H
#define BENCH_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BENCH_ALL = -1, BENCH_NONE = -2,                     /* as a capacity: room for all n; there is no channel */
	BENCH_MOST_THREADS = 256, BENCH_MOST_BYTES = 1 << 16 /* what --threads and --size may be */
};

typedef struct bench_row {
	const struct bench_shape *shape;
	long capacity;
	size_t size; /* bytes of an element, a multiple of 8; 8 where it is not to be chosen */
	int threads; /* senders, receivers, or both, where the shape has several; else 1 */
} bench_row;

typedef struct bench_shape {
	const char *name, *about;
	double (*run)(const bench_row *row, long n);
	const char *unit;       /* NULL: ns/message */
	const char *capacities; /* a row for each; NULL: not to be chosen */
	const char *sizes;      /* the same */
	int needs_room;         /* capacity 0 is not possible */
	int several;            /* threads, as many as --threads says, of which n is a multiple */
	int step;               /* n is a multiple of it, if it is given */
	int stages;             /* that a message passes, where there are any */
	long fixed;             /* this n instead of as many as take long enough */
	void (*before)(void), (*after)(void); /* around run, and not measured */
} bench_shape;

typedef struct {
	const char *title;
	const bench_shape *shapes;
	size_t count;
} bench_table;

#define BENCH_TABLE(title, shapes) { title, shapes, sizeof(shapes) / sizeof *(shapes) }

extern const bench_table bench_shapes, bench_pipelines, bench_messages, bench_switches, bench_threads, bench_patterns;

/* ----------------------------------------------------------------------------------------- leat-bench.c -- */

/* Say that the row that runs is worth nothing, and why; end with status 1. */
_Noreturn void bench_stop(const char *file, int line, const char *why);

/* What does not hold makes every number worthless. */
#define bench_check(condition) ((condition) ? (void)0 : bench_stop(__FILE__, __LINE__, "not so: " #condition))

extern const char *bench_program; /* how it was called */

/* ------------------------------------------------------------------------------------------- threads.c -- */

/* What `leat-bench --memory N` does: print how many bytes N blocked stages have added to this process. */
void bench_print_memory(long n);

/* ------------------------------------------------------------------------------------------- machine.c -- */

typedef struct {
	long cores; /* that this process may use */
	char model[128], kernel[128];
} bench_machine;

bench_machine bench_this_machine(void);

/* CPU time divided by wall time of two busy threads: 2 when each has a core, 1 when they share one. */
double bench_two_threads(void);

/* ns of a switch between two threads on one core that do nothing but yield, n times together. */
double bench_yield(long n);

/* ----------------------------------------------------------------------------------------------- helpers -- */

static inline double bench_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static inline double bench_now(void)
{
	return bench_clock(CLOCK_MONOTONIC);
}

static inline double bench_each(double begin, long n)
{
	return (bench_now() - begin) / (double)n;
}

static inline size_t bench_capacity(const bench_row *row, long n)
{
	return (size_t)(row->capacity == BENCH_ALL ? n : row->capacity);
}

static inline leat_chan bench_make_of(const leat_type *type, const bench_row *row, long n)
{
	leat_chan chan = leat_make_of(type, bench_capacity(row, n));

	if (leat_cause(chan))
		bench_stop(__FILE__, __LINE__, strerror(leat_cause(chan)));
	return chan;
}

/* A channel of elements of the row's size. */
static inline leat_chan bench_make(const bench_row *row, long n)
{
	return bench_make_of(&(leat_type){ "element", row->size, NULL, NULL }, row, n);
}

#endif
