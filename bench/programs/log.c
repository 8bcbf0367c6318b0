/* SPDX-License-Identifier: 0BSD
 *
 * log chunks|lines FILE - what a web server's log says about each class of status: the requests, their bytes, and the
 * slowest one. A line is
 *
 *     TIME METHOD PATH STATUS BYTES MICROSECONDS
 *
 *     read -> chunks of lines, or single lines -> analyze (a worker for each processor)
 */
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "chunks.h"

enum { CLASSES = 10, AT_ONCE = 64, LINE_QUEUE = 512 };

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

static int analyze_chunk(void *worker, const void *in)
{
	const struct chunk *chunk = *(struct chunk *const *)in;

	analyze_lines(&((struct worker *)worker)->totals, chunk->bytes, chunk->bytes + chunk->length);
	return 1;
}

static int analyze_string(void *worker, const void *in)
{
	const char *line = *(const char *const *)in;

	analyze_line(&((struct worker *)worker)->totals, line, line + strlen(line));
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

/* A leat_fill_fn that reads the next lines. Their receivers free them. */
static long next_lines(void *file, void *values, size_t n)
{
	char **lines = values;
	size_t got = 0, room;

	errno = 0;
	for (; got < n; got++) {
		lines[got] = NULL;
		room = 0;
		if (getline(&lines[got], &room, file) < 0) {
			free(lines[got]);
			break;
		}
	}
	return got > 0 ? (long)got : -errno;
}

static int by_chunks(const char *path, struct totals *totals)
{
	struct chunks file;
	int error;

	if (!chunks_open(&file, path))
		return errno;
	error = analyze(leat_buffer(leat_repeat_fn_of(LEAT_NIL, &chunk_type, chunks_next_lines, &file), CHUNK_QUEUE),
	                analyze_chunk, totals);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file any more */
	chunks_close(&file);
	return error;
}

static int by_lines(const char *path, struct totals *totals)
{
	FILE *file = fopen(path, "r");
	int error;

	if (!file)
		return errno;
	error = analyze(leat_buffer(leat_source_n_of(LEAT_NIL, &leat_string_type, AT_ONCE, next_lines, file), LINE_QUEUE),
	                analyze_string, totals);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file any more */
	fclose(file);
	return error;
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
	error = lines ? by_lines(argv[2], &totals) : by_chunks(argv[2], &totals);
	if (!error)
		error = show(&totals);
	if (error)
		fprintf(stderr, "log: %s: %s\n", argv[2], leat_strerror(error));
	return error != 0;
}
