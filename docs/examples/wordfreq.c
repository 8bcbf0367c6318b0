/* SPDX-License-Identifier: 0BSD
 *
 * wordfreq - the 20 most frequent words of all files under a directory.
 *
 *     files -> file_chunks -> count (N workers) -> tables -> main
 *
 * main waits for tables, signals and ticks of the progress line in one select. A word is a run of ASCII letters, and
 * ends with its file. Memory grows with the different words and the largest directory, not with the files.
 *
 * Status 1: something could not be read, the rest is counted. 2: there is no result. 128 + n: signal n came first.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "words.h"

enum { TOP = 20, QUEUE = 32, MOST_WORKERS = 1000 };

/* The workers share this. main waits for their end before it leaves. */
struct job { atomic_ullong files, bytes; atomic_int status; };

static const char *clear = ""; /* the progress line */

static int complain(int status, const char *what, int error)
{
	fprintf(stderr, "%swordfreq: %s: %s\n", clear, what, leat_strerror(error));
	return status;
}

/* A block may end behind such a byte: no word is cut. */
static int is_no_letter(int byte)
{
	return !words_letter((unsigned char)byte);
}

static const leat_type table_type = { "table", sizeof(struct words), NULL, words_free };

/* The body of several workers. Each has a table of its own, and emits it when everything is counted. */
static void count(leat_stage *stage, void *of_job)
{
	struct words table = { 0 };
	struct job *job = of_job;

	for (leat_piece *piece; (piece = leat_next(stage)) != NULL;) {
		atomic_fetch_add(&job->bytes, piece->bytes.size);
		atomic_fetch_add(&job->files, piece->end && !piece->error);
		if (piece->error)
			atomic_store(&job->status, complain(1, piece->path, piece->error));
		if (!words_read(&table, piece->bytes.at, piece->bytes.size))
			leat_fail(stage, ENOMEM);
	}
	leat_emit(stage, &table); /* or release the table, if the end is not a natural one */
}

/* A stage that cannot be started is over; the cause comes out at the other end of the pipeline. */
static leat_rx start(leat_rx done, const char *directory, size_t workers, struct job *job)
{
	leat_rx files = leat_files(done, LEAT_PATHS(directory), NULL);
	leat_rx pieces = leat_file_chunks(done, files, &(leat_blocks){ .ends = is_no_letter, .ahead = QUEUE });

	return leat_stage_start(&(leat_plan){ .name = "count", .done = done, .in = &pieces, .ins = 1, .type = &table_type,
	                                      .body = count, .arg = job, .workers = workers });
}

/* Add up the tables, and handle events meanwhile. Returns the exit status. */
static int watch(struct job *job, leat_rx tables, leat_rx signals, leat_rx tick, struct words *sum)
{
	enum { TABLE, SIGNAL, TICK };
	struct words table;
	int number;
	leat_case on[] = { [TABLE] = LEAT_RECV(tables, &table), [SIGNAL] = LEAT_RECV(signals, &number),
	                   [TICK] = LEAT_WAIT(tick) };

	for (;;)
		switch (leat_select(on, LEAT_NEVER)) {
		case TABLE:
			if (!on[TABLE].ok)
				return leat_cause(tables) ? complain(2, "cannot go on", leat_cause(tables)) : job->status;
			if (!words_merge(sum, &table))
				return complain(2, "cannot go on", ENOMEM);
			break;
		case SIGNAL:
			return on[SIGNAL].ok ? 128 + number : complain(2, "signals", leat_cause(signals));
		case TICK:
			fprintf(stderr, "%s%llu files, %.0f MB", clear, job->files, (double)job->bytes / 1e6);
		}
}

/* Returns 0, or an errno value if the words cannot be written. */
static int show(const struct words *sum, const struct job *job, leat_time took)
{
	struct words_entry top[TOP];
	size_t n = words_top(sum, top, TOP);

	for (size_t i = 0; i < n; i++)
		if (printf("%llu %s\n", top[i].count, sum->text + top[i].at) < 0)
			return errno;
	if (fflush(stdout) != 0)
		return errno;
	fprintf(stderr, "%s%llu files, %llu bytes, %llu words, %.3f s, %.1f MB/s\n", clear, job->files, job->bytes,
	        sum->total, (double)took / 1e9, (double)job->bytes * 1e3 / (double)took);
	return 0;
}

static int run(const char *directory, size_t workers)
{
	int shows = isatty(STDERR_FILENO), status, error;
	struct job job = { 0 };
	struct words sum = { 0 };
	leat_chan done = leat_make_unit();
	leat_rx signals = leat_signals(done.rx, LEAT_SIGNALS(SIGINT, SIGTERM)), tables;
	leat_rx tick = shows ? leat_tick(LEAT_MS(100)) : LEAT_NIL; /* nil: never */
	leat_time took = leat_now();

	clear = shows ? "\r\033[K" : "";
	tables = start(done.rx, directory, workers, &job);
	status = watch(&job, tables, signals, tick, &sum);
	took = leat_now() - took;
	leat_close(done.tx);
	leat_drop(tick);
	leat_drop(signals);
	leat_drop(tables);
	leat_drop(done);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no other thread uses the job */
	if (status < 2 && (error = show(&sum, &job, took)) != 0)
		status = complain(2, "standard output", error);
	words_free(&sum);
	return status;
}

int main(int argc, char **argv)
{
	long workers = (long)leat_cpus();
	char *end = "";
	int option;

	while ((option = getopt(argc, argv, "j:")) == 'j')
		workers = strtol(optarg, &end, 10);
	if (option != -1 || *end || workers < 1 || workers > MOST_WORKERS || argc - optind > 1) {
		fprintf(stderr, "usage: wordfreq [-j WORKERS] [DIR]\n");
		return 2;
	}
	return run(optind < argc ? argv[optind] : "/usr/include", (size_t)workers);
}
