/* SPDX-License-Identifier: 0BSD
 *
 * log chunks|lines FILE - what a web server's log says about each class of status: the requests, their bytes, and the
 * slowest one. A line is
 *
 *     TIME METHOD PATH STATUS BYTES MICROSECONDS
 *
 *     read -> chunks of lines, or single lines -> analyze (a worker for each processor)
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, QUEUE = 32 };

struct class { uint64_t requests, bytes, slowest; };
struct totals { struct class of[CLASSES]; };

/* --------------------------------------------------------------------------------------------- the analysis -- */

/* Return the place behind the next space, or the end. */
static const char *next_field(const char *at, const char *end)
{
	const char *space = memchr(at, ' ', (size_t)(end - at));

	return space ? space + 1 : end;
}

static uint64_t number(const char *at, const char *end)
{
	uint64_t number = 0;

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		number = 10 * number + (uint64_t)(*at - '0');
	return number;
}

static void add(struct class *class, struct class other)
{
	class->requests += other.requests;
	class->bytes += other.bytes;
	if (class->slowest < other.slowest)
		class->slowest = other.slowest;
}

static void analyze_line(struct totals *totals, const char *line, const char *end)
{
	const char *status = next_field(next_field(next_field(line, end), end), end);
	const char *bytes = next_field(status, end), *time = next_field(bytes, end);

	add(&totals->of[number(status, end) / 100 % CLASSES],
	    (struct class){ 1, number(bytes, end), number(time, end) });
}

static void analyze_lines(struct totals *totals, const char *at, const char *end)
{
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		analyze_line(totals, at, line_end);
		at = line_end + 1;
	}
}

/* ---------------------------------------------------------------------------------------------- the workers -- */

struct sum { leat_mutex lock; struct totals totals; };
struct worker { struct totals totals; struct sum *sum; };

/* Each worker has totals of its own. */
static int begin(void *sum, void **state)
{
	struct worker *worker = calloc(1, sizeof *worker);

	*state = worker;
	if (!worker)
		return -ENOMEM;
	worker->sum = sum;
	return 1;
}

static void end(void *state)
{
	struct worker *worker = state;

	leat_mutex_lock(&worker->sum->lock);
	for (int i = 0; i < CLASSES; i++)
		add(&worker->sum->totals.of[i], worker->totals.of[i]);
	leat_mutex_unlock(&worker->sum->lock);
	free(worker);
}

static int analyze_block(void *worker, const void *in)
{
	const leat_bytes *block = in;
	const char *at = (const char *)block->at;

	analyze_lines(&((struct worker *)worker)->totals, at, at + block->size);
	return 1;
}

static int analyze_one(void *worker, const void *in)
{
	const leat_bytes *line = in;
	const char *at = (const char *)line->at;

	analyze_line(&((struct worker *)worker)->totals, at, at + line->size);
	return 1;
}

/* Returns 0 or an errno value. */
static int analyze(leat_rx values, leat_each_fn *fn, struct totals *totals)
{
	struct sum sum = { 0 };
	int error = leat_each_with(LEAT_NIL, values, fn, &sum, &(leat_workers){ .count = leat_cpus(), .init = begin,
	                                                                        .end = end });

	*totals = sum.totals;
	return error;
}

/* ------------------------------------------------------------------------------------------------- main -- */

/* Returns 0 or an errno value. */
static int analyze_file(const char *path, int lines, struct totals *totals)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	leat_rx blocks;

	if (file < 0)
		return errno;
	blocks = leat_chunks(LEAT_NIL, file, &(leat_blocks){ .ends = leat_is_newline, .ahead = QUEUE, .close = 1 });
	return lines ? analyze(leat_lines(LEAT_NIL, blocks, 0), analyze_one, totals) :
	               analyze(blocks, analyze_block, totals);
}

/* Returns 0 or an errno value. */
static int show(const struct totals *totals)
{
	for (int i = 0; i < CLASSES; i++)
		if (totals->of[i].requests > 0)
			printf("%dxx: %ju requests, %ju bytes, the slowest took %ju us\n", i, (uintmax_t)totals->of[i].requests,
			       (uintmax_t)totals->of[i].bytes, (uintmax_t)totals->of[i].slowest);
	return fflush(stdout) ? errno : 0;
}

int main(int argc, char **argv)
{
	int lines = argc == 3 && strcmp(argv[1], "lines") == 0, error;
	struct totals totals;

	if (argc != 3 || (!lines && strcmp(argv[1], "chunks") != 0)) {
		fprintf(stderr, "usage: log chunks|lines FILE\n");
		return 2;
	}
	error = analyze_file(argv[2], lines, &totals);
	if (!error)
		error = show(&totals);
	if (error)
		fprintf(stderr, "log: %s: %s\n", argv[2], leat_strerror(error));
	return error != 0;
}
