/* SPDX-License-Identifier: 0BSD
 *
 * log - read a web server's log, and print for each class of status: the requests, their bytes, and the slowest one.
 *
 *     chunks of whole lines -> analyze (a worker for each processor) -> totals
 *
 * The log comes from a file, or from the standard input. A line has fields with blanks between them:
 *
 *     TIME METHOD PATH STATUS BYTES MICROSECONDS
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <inttypes.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLASSES = 10, STATUS = 3, CHUNK = 256 << 10 };

struct class { uint64_t requests, bytes, slowest; };
struct totals { struct class of[CLASSES]; };

static void add(struct class *class, struct class other)
{
	class->requests += other.requests;
	class->bytes += other.bytes;
	if (class->slowest < other.slowest)
		class->slowest = other.slowest;
}

/* -------------------------------------------------------------------------------------------- the analysis -- */

/* The number at *at, which moves behind the blank after it. Every chunk ends with a 0, which is no digit. */
static uint64_t take_number(const char **at)
{
	uint64_t number = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		number = 10 * number + (uint64_t)(**at - '0');
	*at += **at == ' ';
	return number;
}

static void analyze_line(struct totals *totals, const char *at, const char *end)
{
	uint64_t status, bytes;

	for (int field = 0; field < STATUS; field++) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));

		if (!blank)
			return; /* too few fields: no request */
		at = blank + 1;
	}
	status = take_number(&at);
	bytes = take_number(&at);
	if (status == 0)
		return; /* another kind of line */
	add(&totals->of[status / 100 % CLASSES], (struct class){ 1, bytes, take_number(&at) });
}

static int analyze_chunk(void *totals, const void *in)
{
	const leat_bytes *chunk = in;
	const char *at = (const char *)chunk->at, *end = at + chunk->size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		analyze_line(totals, at, line_end);
		at = line_end + 1;
	}
	return 1;
}

/* --------------------------------------------------------------------------------------------- the workers -- */

struct sum { leat_mutex lock; struct totals totals; };
struct worker { struct totals totals; struct sum *sum; };

/* Each worker has totals of its own, and adds them to the sum at its end. */
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

/* The totals are the first member of a worker. Returns 0 or an errno value. */
static int analyze(int fd, struct sum *sum)
{
	leat_blocks how = { .size = CHUNK, .ends = leat_is_newline, .ahead = 2 * leat_cpus() };
	leat_workers workers = { .count = leat_cpus(), .init = begin, .end = end };

	return leat_each_with(LEAT_NIL, leat_chunks(LEAT_NIL, fd, &how), analyze_chunk, sum, &workers);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "the standard input";
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	struct sum sum = { 0 };
	int error = fd < 0 ? errno : analyze(fd, &sum);

	for (int i = 0; i < CLASSES && !error; i++)
		if (sum.totals.of[i].requests > 0 &&
		    printf("%dxx: %" PRIu64 " requests, %" PRIu64 " bytes, the slowest took %" PRIu64 " us\n", i,
		           sum.totals.of[i].requests, sum.totals.of[i].bytes, sum.totals.of[i].slowest) < 0)
			error = errno;
	if (!error && fflush(stdout) != 0)
		error = errno;
	if (error)
		fprintf(stderr, "log: %s: %s\n", name, leat_strerror(error));
	return error != 0;
}
