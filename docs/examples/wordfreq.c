/* SPDX-License-Identifier: 0BSD
 *
 * wordfreq - the 20 most frequent words of all files under a directory.
 *
 *     walk -> paths -> read -> chunks -> count (N workers) -> tables -> merge -> one table
 *
 * Each arrow is a channel, and each verb is a stage in a thread of its own. In one select, main waits for the table,
 * for problems of the stages, for signals, and for the next tick of the progress line.
 *
 * A word is a run of ASCII letters, and ends with its file. Symbolic links are not followed. The channels hold a fixed
 * number of chunks, so memory grows with the different words and with the largest directory, not with the files.
 *
 * Status 1: something could not be read, the rest is counted. 2: there is no result. 128 + n: signal n came first.
 */
#define _DEFAULT_SOURCE /* fts(3) */
#include <fcntl.h>
#include <fts.h>
#include <leat.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

enum { TOP = 20, CHUNK = 64 << 10, QUEUE = 32, MOST_WORKERS = 1000 };

/* The stages share this. main waits for their end before it leaves. */
struct job {
	FTS *tree; /* used by the walk stage alone */
	leat_chan done, problems;
	atomic_ullong files, bytes; /* bytes read so far */
};

/* A problem goes to main by value. */
struct problem { int error; char path[PATH_MAX]; };

static void report(struct job *job, const char *path, int error)
{
	struct problem problem = { .error = error };

	snprintf(problem.path, sizeof problem.path, "%s", path);
	(void)leat_send(job->problems.tx, &problem); /* 0: main has stopped listening */
}

/* ------------------------------------------------------------------------------------------------ walk -- */

/* Returns why this part of the tree cannot be read although it should be, or 0. */
static int obstacle(const FTSENT *entry)
{
	int info = entry->fts_info;

	if (info == FTS_DNR || info == FTS_ERR || info == FTS_NS)
		return entry->fts_errno;
	if (entry->fts_level == FTS_ROOTLEVEL && (info == FTS_SL || info == FTS_DEFAULT))
		return EINVAL; /* a link or a device as argument is an error; inside a tree they are left out */
	return info == FTS_DC ? ELOOP : 0;
}

/* A leat_source_fn that makes the path of the next file. The receiver owns the string. */
static int next_path(void *of_job, void *path)
{
	struct job *job = of_job;
	FTSENT *entry;

	for (errno = 0; !leat_closed(job->done.tx) && (entry = fts_read(job->tree)) != NULL; errno = 0) {
		if (entry->fts_info == FTS_F)
			return (*(char **)path = strdup(entry->fts_path)) ? 1 : -ENOMEM;
		if (obstacle(entry))
			report(job, entry->fts_path, obstacle(entry));
	}
	return -errno;
}

/* ------------------------------------------------------------------------------------------------ read -- */

/* Bytes of files, cut between words. The channels carry pointers to chunks; the receiver owns the chunk. */
struct chunk { size_t length, room; unsigned char bytes[]; };

static void chunk_release(void *of_chunk)
{
	free(*(struct chunk **)of_chunk);
}

static const leat_type chunk_type = { "chunk", sizeof(struct chunk *), NULL, chunk_release };

/* Returns a chunk that begins with these letters and has room for as many again, or NULL if the stage has failed. */
static struct chunk *chunk_make(leat_stage *stage, const unsigned char *letters, size_t length)
{
	size_t room = length > CHUNK / 2 ? 2 * length : CHUNK;
	struct chunk *chunk = malloc(sizeof *chunk + room);

	if (!chunk) {
		leat_fail(stage, ENOMEM);
		return NULL;
	}
	if (length)
		memcpy(chunk->bytes, letters, length);
	chunk->length = length;
	chunk->room = room;
	return chunk;
}

/* Emit a full chunk without its last, cut word; the next chunk begins with that. Returns NULL if it is time to
 * return. */
static struct chunk *hand_on(leat_stage *stage, struct chunk *full)
{
	size_t whole = full->length;
	struct chunk *next;

	while (whole > 0 && words_letter(full->bytes[whole - 1]))
		whole--;
	next = chunk_make(stage, full->bytes + whole, full->length - whole);
	full->length = whole;
	if (leat_emit(stage, &full))
		return next;
	free(next);
	return NULL;
}

/* Append the file to the chunk, which always has room for a byte. Returns the chunk to continue with, or NULL. */
static struct chunk *read_file(leat_stage *stage, struct job *job, int file, const char *path, struct chunk *chunk)
{
	ssize_t got = 1;

	while (chunk && (got = read(file, chunk->bytes + chunk->length, chunk->room - chunk->length)) > 0) {
		atomic_fetch_add(&job->bytes, (unsigned long long)got);
		chunk->length += (size_t)got;
		if (chunk->length == chunk->room)
			chunk = hand_on(stage, chunk);
	}
	if (got < 0)
		report(job, path, errno);
	if (!chunk)
		return NULL;
	atomic_fetch_add(&job->files, got == 0);
	chunk->bytes[chunk->length++] = '\n'; /* a word ends with its file */
	return chunk->length == chunk->room ? hand_on(stage, chunk) : chunk;
}

/* The body of a stage. Small files share a chunk, a large file has many chunks. */
static void read_files(leat_stage *stage, void *job)
{
	struct chunk *chunk = chunk_make(stage, NULL, 0);

	for (char **path; chunk && (path = leat_next(stage)) != NULL;) {
		/* If the path has become a link, do not follow it; if it has become a fifo, do not wait. */
		int file = open(*path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		if (file < 0) {
			report(job, *path, errno);
			continue;
		}
		chunk = read_file(stage, job, file, *path, chunk);
		close(file);
	}
	if (chunk)
		leat_emit(stage, &chunk);
}

/* ------------------------------------------------------------------------------------- count and merge -- */

static void table_release(void *table)
{
	words_free(table);
}

static const leat_type table_type = { "table", sizeof(struct words), NULL, table_release };

/* Several workers run this body. Each has a table of its own, and emits it when everything is counted. */
static void count_chunks(leat_stage *stage, void *job)
{
	struct words table = { 0 };

	(void)job;
	for (struct chunk **chunk; (chunk = leat_next(stage)) != NULL;)
		if (!words_read(&table, (*chunk)->bytes, (*chunk)->length))
			leat_fail(stage, ENOMEM);
	leat_emit(stage, &table); /* or release the table, if the end is not a natural one */
}

static void merge_tables(leat_stage *stage, void *job)
{
	struct words table = { 0 };

	(void)job;
	for (struct words *other; (other = leat_next(stage)) != NULL;)
		if (!words_merge(&table, other))
			leat_fail(stage, ENOMEM);
	leat_emit(stage, &table);
}

/* ------------------------------------------------------------------------------------------------ main -- */

static void complain(const char *what, int error)
{
	fprintf(stderr, "wordfreq: %s: %s\n", what, leat_strerror(error));
}

/* Returns 0, or an errno value if the words cannot be written. */
static int show(const struct words *table)
{
	struct words_entry top[TOP];
	size_t count = words_top(table, top, TOP);

	for (size_t i = 0; i < count; i++)
		if (printf("%llu %s\n", top[i].count, table->text + top[i].at) < 0)
			return errno;
	return fflush(stdout) ? errno : 0;
}

/* The next stage, in `workers` threads. It takes `in`, like all constructors. */
static leat_rx stage(struct job *job, const char *name, leat_rx in, const leat_type *type,
                     void (*body)(leat_stage *, void *), size_t workers)
{
	return leat_stage_start(&(leat_plan){ .name = name, .done = job->done.rx, .in = &in, .ins = 1, .type = type,
	                                      .body = body, .arg = job, .workers = workers });
}

/* A stage that cannot be started is over; the cause comes out at the other end of the pipeline. */
static leat_rx start(struct job *job, size_t workers)
{
	leat_rx stream = leat_repeat_fn_of(job->done.rx, &leat_string_type, next_path, job);

	stream = leat_buffer(stream, QUEUE); /* room for QUEUE chunks; the later stages inherit it */
	stream = stage(job, "read", stream, &chunk_type, read_files, 1);
	stream = stage(job, "count", stream, &table_type, count_chunks, workers);
	return stage(job, "merge", stream, &table_type, merge_tables, 1);
}

/* Wait for the table, and handle events meanwhile. Returns the exit status. */
static int watch(struct job *job, leat_rx tables, leat_rx signals, leat_rx tick, struct words *table)
{
	enum { TABLE, PROBLEM, SIGNAL, TICK };
	leat_rx from[] = { [TABLE] = tables, [PROBLEM] = job->problems.rx, [SIGNAL] = signals, [TICK] = tick };
	struct problem problem;
	int number, status = 0;
	leat_case on[] = {
		[TABLE] = LEAT_RECV(tables, table),
		[PROBLEM] = LEAT_RECV(job->problems.rx, &problem),
		[SIGNAL] = LEAT_RECV(signals, &number),
		[TICK] = LEAT_WAIT(tick),
	};

	for (;;) {
		int chosen = leat_select(on, LEAT_NEVER);

		if (!leat_is_nil(tick))
			fputs("\r\033[K", stderr); /* clear the progress line */
		if (chosen < 0 || !on[chosen].ok) {
			complain("cannot go on", chosen < 0 ? errno : leat_cause(from[chosen]));
			return 2;
		}
		switch (chosen) {
		case TABLE:
			return status;
		case PROBLEM:
			complain(problem.path, problem.error);
			status = 1;
			break;
		case SIGNAL:
			return 128 + number;
		case TICK:
			fprintf(stderr, "%llu files, %.0f MB", job->files, (double)job->bytes / 1e6);
		}
	}
}

/* Now the stages end if they have not done so: nobody receives their values or their problems. */
static void stop(struct job *job)
{
	leat_close(job->done.tx);
	leat_drop(job->problems.rx);
	leat_drop(job->done.rx);
	(void)leat_wait_gone(job->done.tx, LEAT_NEVER); /* 1: no other thread uses the job */
	leat_drop(job->problems.tx);
	leat_drop(job->done.tx);
}

static int run(FTS *tree, size_t workers)
{
	struct job job = { .tree = tree, .done = leat_make_unit(), .problems = leat_make(struct problem, 0) };
	leat_rx signals = leat_signals(job.done.rx, LEAT_SIGNALS(SIGINT, SIGTERM));
	leat_rx tick = isatty(STDERR_FILENO) ? leat_tick(LEAT_MS(100)) : LEAT_NIL; /* nil: never */
	leat_time begin = leat_now();
	leat_rx tables = start(&job, workers);
	struct words table = { 0 };
	int status = watch(&job, tables, signals, tick, &table), error;
	double seconds = (double)(leat_now() - begin) / 1e9;

	leat_drop(tick);
	leat_drop(signals);
	leat_drop(tables);
	stop(&job);
	if (status < 2 && (error = show(&table)) != 0) {
		complain("standard output", error);
		status = 2;
	}
	if (status < 2)
		fprintf(stderr, "%llu files, %llu bytes, %llu words, %.3f s, %.1f MB/s\n", job.files, job.bytes,
		        table.total, seconds, (double)job.bytes / 1e6 / seconds);
	words_free(&table);
	return status;
}

int main(int argc, char **argv)
{
	long workers = sysconf(_SC_NPROCESSORS_ONLN);
	char *directory[] = { "/usr/include", NULL }, *end = "";
	FTS *tree;
	int option, status;

	while ((option = getopt(argc, argv, "j:")) == 'j')
		workers = strtol(optarg, &end, 10);
	if (option != -1 || *end || workers < 1 || workers > MOST_WORKERS || argc - optind > 1) {
		fprintf(stderr, "usage: wordfreq [-j WORKERS] [DIR]\n");
		return 2;
	}
	if (optind < argc)
		directory[0] = argv[optind];
	tree = fts_open(directory, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree) {
		complain(directory[0], errno);
		return 1;
	}
	status = run(tree, (size_t)workers);
	fts_close(tree);
	return status;
}
