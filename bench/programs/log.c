/* SPDX-License-Identifier: 0BSD
 *
 * log chunks|lines FILE - what a web server's log says about each class of status: the requests, their bytes, and the
 * slowest one. A line is
 *
 *     TIME METHOD PATH STATUS BYTES MICROSECONDS
 *
 *     read -> chunks of lines, or single lines -> analyze (a worker for each processor) -> totals -> main adds
 */
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "chunks.h"

enum { CLASSES = 10, LINE_QUEUE = 512 };

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

/* ----------------------------------------------------------------------------------------------- the stages -- */

/* Several workers run such a body. Each has totals of its own, and emits them at the end. */
static void analyze_chunks(leat_stage *stage, void *unused)
{
	struct totals totals = { 0 };

	(void)unused;
	for (struct chunk **chunk; (chunk = leat_next(stage)) != NULL;)
		analyze_lines(&totals, (*chunk)->bytes, (*chunk)->bytes + (*chunk)->length);
	leat_emit(stage, &totals);
}

static void analyze_strings(leat_stage *stage, void *unused)
{
	struct totals totals = { 0 };

	(void)unused;
	for (char **line; (line = leat_next(stage)) != NULL;)
		analyze_line(&totals, *line, *line + strlen(*line));
	leat_emit(stage, &totals);
}

/* A leat_source_fn that makes the next line, which its receiver frees. */
static int next_line(void *file, void *line)
{
	size_t room = 0;

	*(char **)line = NULL;
	errno = 0;
	if (getline(line, &room, file) >= 0)
		return 1;
	free(*(char **)line);
	return -errno;
}

static leat_rx analyze(leat_rx in, void (*body)(leat_stage *stage, void *unused))
{
	return leat_stage_start(&(leat_plan){ .name = "analyze", .in = &in, .ins = 1, .body = body,
	                                      .type = LEAT_TYPE(struct totals), .workers = leat_cpus() });
}

/* ------------------------------------------------------------------------------------------------- main -- */

/* Add the totals of all workers and print them. Returns 0 or an errno value. */
static int report(leat_rx from_workers)
{
	struct totals sum = { 0 };
	int error;

	for (struct totals totals; leat_recv(from_workers, &totals) > 0;)
		for (int i = 0; i < CLASSES; i++)
			add(&sum.of[i], totals.of[i]);
	error = leat_cause(from_workers);
	leat_drop(from_workers);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file any more */
	for (int i = 0; i < CLASSES && !error; i++)
		if (sum.of[i].requests > 0)
			printf("%dxx: %ju requests, %ju bytes, the slowest took %ju us\n", i, (uintmax_t)sum.of[i].requests,
			       (uintmax_t)sum.of[i].bytes, (uintmax_t)sum.of[i].slowest);
	return error ? error : fflush(stdout) ? errno : 0;
}

static int by_chunks(const char *path)
{
	struct chunks file;
	int error;

	if (!chunks_open(&file, path))
		return errno;
	error = report(analyze(leat_buffer(leat_repeat_fn_of(LEAT_NIL, &chunk_type, chunks_next_lines, &file),
	                                   CHUNK_QUEUE), analyze_chunks));
	chunks_close(&file);
	return error;
}

static int by_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	int error;

	if (!file)
		return errno;
	error = report(analyze(leat_buffer(leat_repeat_fn_of(LEAT_NIL, &leat_string_type, next_line, file), LINE_QUEUE),
	                       analyze_strings));
	fclose(file);
	return error;
}

int main(int argc, char **argv)
{
	int lines = argc == 3 && strcmp(argv[1], "lines") == 0, error;

	if (argc != 3 || (!lines && strcmp(argv[1], "chunks") != 0)) {
		fprintf(stderr, "usage: log chunks|lines FILE\n");
		return 2;
	}
	error = lines ? by_lines(argv[2]) : by_chunks(argv[2]);
	if (error)
		fprintf(stderr, "log: %s: %s\n", argv[2], leat_strerror(error));
	return error != 0;
}
