/* SPDX-License-Identifier: 0BSD
 *
 * bench.h - what the files of leat-bench share. Most of them give a table of shapes. A shape is a kind of work, with a
 * function that does the work n times and returns the cost, in the unit of the shape.
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
 * leat-bench.c lists the tables. It makes a row of each capacity and size of a shape, and measures the rows.
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
	BENCH_ALL = -1, BENCH_NONE = -2,                     /* as a capacity: room for all n; no channel */
	BENCH_MOST_THREADS = 256, BENCH_MOST_BYTES = 1 << 16 /* the limits of --threads and --size */
};

typedef struct bench_row {
	const struct bench_shape *shape;
	long capacity;
	size_t size; /* bytes of an element, a multiple of 8; it is 8 if the shape has no choice */
	int threads; /* senders, receivers or both, if the shape has several; else 1 */
} bench_row;

typedef struct bench_shape {
	const char *name, *about;
	double (*run)(const bench_row *row, long n);
	const char *unit;       /* NULL means ns/message */
	const char *capacities; /* one row for each; NULL: there is no choice */
	const char *sizes;      /* the same */
	int needs_room;         /* it cannot have capacity 0 */
	int several;            /* it has as many threads as --threads says, and n is a multiple of them */
	int step;               /* if set, n is a multiple of it */
	int stages;             /* how many stages a message passes, if any */
	long fixed;             /* if set, n is this number, and not chosen by time */
	void (*before)(void), (*after)(void); /* called before and after run, not measured */
} bench_shape;

typedef struct {
	const char *title;
	const bench_shape *shapes;
	size_t count;
} bench_table;

#define BENCH_TABLE(title, shapes) { title, shapes, sizeof(shapes) / sizeof *(shapes) }

extern const bench_table bench_shapes, bench_pipelines, bench_messages, bench_switches, bench_threads, bench_waits;
extern const bench_table bench_locks, bench_patterns, bench_service, bench_network;

/* ----------------------------------------------------------------------------------------- leat-bench.c -- */

/* Report that the row that runs has no valid result, and why. End with status 1. */
_Noreturn void bench_stop(const char *file, int line, const char *why);

/* If this does not hold, the numbers are worthless. */
#define bench_check(condition) ((condition) ? (void)0 : bench_stop(__FILE__, __LINE__, "not so: " #condition))

extern const char *bench_program; /* the name of the program as it was called */

/* ------------------------------------------------------------------------------------------- threads.c -- */

/* For `leat-bench --memory N`: print how many bytes N blocked stages have added to this process. */
void bench_print_memory(long n);

/* Let the row's threads each call work(shared, n), all at once. Returns ns for 1/n of that. */
double bench_team(const bench_row *row, long n, void (*work)(void *shared, long n), void *shared);

/* ------------------------------------------------------------------------------------------- machine.c -- */

typedef struct {
	long cores; /* how many this process may use */
	char model[128], kernel[128];
} bench_machine;

bench_machine bench_this_machine(void);

/* CPU time divided by wall time of two busy threads: 2 if each has a core, 1 if they share one. */
double bench_two_threads(void);

/* ns of a switch between two threads that only yield, on one core, measured over n switches. */
double bench_yield(long n);

/* ns that a cache line takes to another core and back, while both cores poll it: the mean of n times. On a
 * single core two threads yield to each other instead. */
double bench_line(long n);

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

/* Make a channel of elements of the row's size. */
static inline leat_chan bench_make(const bench_row *row, long n)
{
	return bench_make_of(&(leat_type){ "element", row->size, NULL, NULL }, row, n);
}

#endif
