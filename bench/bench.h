/* SPDX-License-Identifier: 0BSD
 *
 * bench.h - the clock, the statistics and the table of the benchmarks. A benchmark is a table of rows, each with a
 * function that does its work n times and says how long that took, or how much it took up.
 *
 *     static double sends(const bench_row *row, long n)
 *     {
 *             double begin = bench_now();
 *             ...
 *             bench_check(sum == expected);
 *             return bench_now() - begin;
 *     }
 *     static bench_row rows[] = { { .work = "send", .capacity = 1, .run = sends, .per = "ns/message" }, ... };
 *     int main(int argc, char **argv) { return BENCH(argc, argv, "channels", rows); }
 *
 * Repetitions go round all rows, so that a slow minute of the machine hits all of them, and each does as much as the
 * last one of its row suggests. The table goes to stdout; every measurement goes to stderr as it is made, where a
 * terminal shows the last. The argument leaves only rows whose "work/capacity" contains it.
 */
#ifndef BENCH_H
#define BENCH_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <leat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BENCH_REPETITIONS = 7,
	BENCH_LIMIT = 100,              /* seconds that one repetition may take */
	BENCH_MOST = 4 << 20,           /* times that work is done in a repetition */
	BENCH_ALL = -1, BENCH_NONE = -2 /* as a capacity: room for all n; there is no channel */
};

typedef struct bench_row {
	const char *work;
	long capacity;
	double (*run)(const struct bench_row *row, long n);
	const char *per;                /* the unit of what run returns, divided by n */
	long step;                      /* n is a multiple of it; 0: of 64 */
	int senders, receivers, stages; /* how many, where the work can have several */
	size_t size;                    /* of an element */
	/* private: */
	long n;
	double values[BENCH_REPETITIONS], cpu[BENCH_REPETITIONS];
} bench_row;

static const char *bench_title, *bench_running = "nothing";

/* What does not hold makes every number worthless. */
#define bench_check(condition) \
	((condition) ? (void)0 : \
	               (fprintf(stderr, "\n%s:%d: %s: not so: %s\n", __FILE__, __LINE__, bench_running, #condition), \
	                _exit(1)))

/* ------------------------------------------------------------------------------------------------ clock -- */

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

static inline size_t bench_capacity(const bench_row *row, long n)
{
	return (size_t)(row->capacity == BENCH_ALL ? n : row->capacity);
}

/* ------------------------------------------------------------------------------------------ measurements -- */

static inline void bench_give_up(int number)
{
	(void)number;
	(void)!write(STDERR_FILENO, bench_running, strlen(bench_running));
	(void)!write(STDERR_FILENO, ": does not end\n", 15);
	_exit(1);
}

/* How often the work of a row is to be done next, after n times took so long: not more than ten times as often. */
static inline long bench_next(const bench_row *row, double took)
{
	const double target = 70e6; /* ns of a repetition */
	long step = row->step ? row->step : 64;
	double more = took * 10 > target ? target / took : 10, next = (double)row->n * more;

	next = next < BENCH_MOST ? next : BENCH_MOST;
	return (long)next / step * step > step ? (long)next / step * step : step;
}

/* One repetition. True: it was long enough to be believed. */
static inline int bench_measure(bench_row *row, int repetition)
{
	double begin, cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID);
	long n = row->n;

	bench_running = row->work;
	alarm(BENCH_LIMIT);
	begin = bench_now();
	row->values[repetition] = row->run(row, n) / (double)n;
	row->n = bench_next(row, bench_now() - begin);
	row->cpu[repetition] = (bench_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)n;
	alarm(0);
	return row->n <= 2 * n || n >= BENCH_MOST;
}

static inline void bench_calibrate(bench_row *row, int repetition)
{
	row->n = row->step ? row->step : 64;
	for (int tries = 0; tries < 20 && !bench_measure(row, repetition); tries++)
		;
}

/* -------------------------------------------------------------------------------------------- statistics -- */

static inline int bench_compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* Sorts the samples. */
static inline double bench_median(double *samples)
{
	qsort(samples, BENCH_REPETITIONS, sizeof *samples, bench_compare);
	return samples[BENCH_REPETITIONS / 2];
}

/* ------------------------------------------------------------------------------------------------- table -- */

static inline const char *bench_capacity_name(long capacity)
{
	static char name[24];

	snprintf(name, sizeof name, "%ld", capacity);
	return capacity == BENCH_ALL ? "all" : capacity == BENCH_NONE ? "-" : name;
}

static inline int bench_matches(const bench_row *row, const char *filter)
{
	char name[128];

	snprintf(name, sizeof name, "%s/%s", row->work, bench_capacity_name(row->capacity));
	return !filter || strstr(name, filter);
}

static inline void bench_progress(const bench_row *row, int repetition)
{
	int terminal = isatty(STDERR_FILENO);

	fprintf(stderr, "%s%s %d/%d %s/%s %.1f %s, cpu %.1f%s", terminal ? "\r\033[K" : "", bench_title, repetition + 1,
	        BENCH_REPETITIONS, row->work, bench_capacity_name(row->capacity), row->values[repetition], row->per,
	        row->cpu[repetition], terminal ? "" : "\n");
}

static inline void bench_print_number(double number)
{
	printf(" %9.*f", number < 99.95 ? 1 : 0, number);
}

static inline void bench_print(bench_row *row, int repetition)
{
	double median = bench_median(row->values), least = row->values[0], most = row->values[BENCH_REPETITIONS - 1];

	(void)repetition;
	printf("%-34s %8s", row->work, bench_capacity_name(row->capacity));
	bench_print_number(median);
	bench_print_number(least);
	bench_print_number(most);
	printf(" %7.2f", most / least);
	bench_print_number(bench_median(row->cpu));
	printf("  %s\n", row->per);
}

/* -------------------------------------------------------------------------------------------- rounds -- */

static inline void bench_repeat(bench_row *row, int repetition)
{
	(void)bench_measure(row, repetition); /* long enough or not */
	bench_progress(row, repetition);
}

/* Once round the rows that match: how many they are. */
static inline int bench_round(bench_row *rows, size_t count, const char *filter, void (*visit)(bench_row *, int),
                              int repetition)
{
	int matching = 0;

	for (size_t i = 0; i < count; i++) {
		if (!bench_matches(&rows[i], filter))
			continue;
		visit(&rows[i], repetition);
		matching++;
	}
	return matching;
}

/* 0; or 2: no row matches. */
static inline int bench_all(int argc, char **argv, const char *title, bench_row *rows, size_t count)
{
	const char *filter = argc > 1 ? argv[1] : NULL;

	bench_title = title;
	signal(SIGALRM, bench_give_up);
	if (bench_round(rows, count, filter, bench_calibrate, 0) == 0)
		return 2;
	for (int repetition = 0; repetition < BENCH_REPETITIONS; repetition++)
		(void)bench_round(rows, count, filter, bench_repeat, repetition);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	printf("%-34s %8s %9s %9s %9s %7s %9s\n", bench_title, "capacity", "median", "minimum", "maximum", "max/min",
	       "cpu");
	(void)bench_round(rows, count, filter, bench_print, 0);
	printf("\n");
	return 0;
}

#define BENCH(argc, argv, title, rows) bench_all(argc, argv, title, rows, sizeof(rows) / sizeof *(rows))

#endif
