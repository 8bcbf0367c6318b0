/* SPDX-License-Identifier: 0BSD
 *
 * wordfreq - the 20 most frequent words of all files under a directory, counted by several processes. They could run on
 * as many machines.
 *
 *     walk: files -> file_chunks -> pack -> [chunks] -> count (N processes) -> [tables] -> merge
 *
 * [chunks] and [tables] are streams of a server, which this program starts and ends. One worker is killed in the middle:
 * its chunks go to the others.
 *
 * NO CHUNK COUNTS TWICE, though one may be delivered twice. A worker publishes a table for each chunk, with the chunk's
 * number, and acknowledges the chunk when the server has the table. The merger leaves out numbers that it knows.
 *
 *     wordfreq [-j WORKERS] [-n] [DIR]        -n: kill no worker
 */
#define _GNU_SOURCE
#include "../../docs/examples/words.h"
#include "../test/server.h"

#include <stdatomic.h>

enum { TOP = 20, CHUNK = 256 * 1024, MOST_WORKERS = 100 };

static const leat_nats_plan chunks = { .stream = "chunks", .window = 16, .ack_wait = 5000000000 };
static const leat_nats_plan tables = { .stream = "tables", .window = 16 };

static int complain(const char *what, int error)
{
	fprintf(stderr, "wordfreq: %s: %s\n", what, leat_strerror(error));
	return 1;
}

/* ------------------------------------------------------------------------------------------------------------ walk -- */

/* A block may end behind such a byte: no word is cut. */
static int is_no_letter(int byte)
{
	return !words_letter((unsigned char)byte);
}

/* Make one chunk of several pieces. A newline ends each file, so that its last word ends too. */
static void pack(leat_stage *stage, void *arg)
{
	leat_bytes chunk = { 0 };
	size_t used = 0;

	(void)arg;
	for (leat_piece *piece; (piece = leat_next(stage)) != NULL;) {
		if (piece->error)
			complain(piece->path, piece->error);
		if (used + piece->bytes.size + 1 > chunk.size) {
			chunk.size = used;
			if (used > 0 && !leat_emit(stage, &chunk))
				return;
			used = 0;
			if (leat_bytes_make(&chunk, CHUNK + piece->bytes.size) < 0) {
				leat_fail(stage, ENOMEM);
				return;
			}
		}
		if (piece->bytes.size)
			memcpy(chunk.at + used, piece->bytes.at, piece->bytes.size);
		used += piece->bytes.size;
		if (piece->end)
			chunk.at[used++] = '\n';
	}
	chunk.size = used;
	leat_emit(stage, &chunk);
}

static int walk(const char *url, const char *directory)
{
	leat_nats *nats = leat_nats_open(url, NULL);
	leat_rx none = LEAT_NIL, files = leat_files(none, LEAT_PATHS(directory), NULL);
	leat_rx pieces = leat_file_chunks(none, files, &(leat_blocks){ .ends = is_no_letter, .ahead = 32 });
	leat_rx packed = leat_stage_start(&(leat_plan){ .name = "pack", .in = &pieces, .ins = 1, .type = &leat_bytes_type,
	                                                .body = pack });
	int error = leat_nats_sink(none, packed, nats, &chunks);

	if (leat_nats_end(nats, &chunks, error) < 0)
		error = error ? error : errno;
	leat_nats_close(nats);
	return error ? complain("walk", error) : 0;
}

/* ----------------------------------------------------------------------------------------------------------- count -- */

/* A line for each word, the number of the chunk before them. */
static int write_table(const struct words *table, uint64_t number, leat_bytes *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int error;

	if (!file)
		return -1;
	fprintf(file, "%llu\n", (unsigned long long)number);
	for (size_t i = 0; i < table->slots; i++)
		if (table->entries[i].count)
			fprintf(file, "%s %llu\n", table->text + table->entries[i].at, table->entries[i].count);
	error = fclose(file);
	error = error ? error : leat_bytes_copy(out, text, size);
	free(text);
	return error;
}

static int count_chunk(leat_nats *nats, const leat_delivery *d)
{
	const leat_bytes *chunk = d->value;
	struct words words = { 0 };
	leat_bytes table = { 0 };
	char id[32];
	int result = words_read(&words, chunk->at, chunk->size) ? write_table(&words, d->number, &table) : -1;

	snprintf(id, sizeof id, "%llu", (unsigned long long)d->number);
	if (result == 0)
		result = leat_nats_put(LEAT_NIL, nats, &tables, &table, id);
	leat_bytes_drop(&table);
	words_free(&words);
	return result;
}

static int count(const char *url)
{
	leat_nats *nats = leat_nats_open(url, NULL);
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &chunks);
	int error;

	for (leat_delivery d; leat_recv(deliveries, &d) > 0; leat_nats_release(&d))
		if (count_chunk(nats, &d) == 0)
			(void)leat_nats_ack(&d); /* else it comes again, and its table is left out */
	error = leat_cause(deliveries);
	leat_drop(deliveries);
	leat_nats_close(nats);
	return error ? complain("count", error) : 0;
}

/* ----------------------------------------------------------------------------------------------------------- merge -- */

struct merge {
	struct words sum;
	unsigned char *known;        /* a bit for each chunk */
	uint64_t room, chunks, again;
	pid_t victim;                /* a worker that is killed after some tables, or 0 */
	int shows;
};

/* Returns whether the chunk is new. Without memory: -1. */
static int note_chunk(struct merge *merge, uint64_t number)
{
	unsigned char bit = (unsigned char)(1 << number % 8);

	if (number / 8 >= merge->room) {
		uint64_t room = 2 * (number / 8) + 64;
		unsigned char *known = realloc(merge->known, room);

		if (!known)
			return -1;
		memset(known + merge->room, 0, room - merge->room);
		merge->known = known;
		merge->room = room;
	}
	if (merge->known[number / 8] & bit)
		return 0;
	merge->known[number / 8] |= bit;
	return 1;
}

/* Add "word count\n". Returns what follows, or NULL without memory. */
static const char *add_line(struct words *sum, const char *line)
{
	unsigned long long hash = 14695981039346656037u; /* as words_read has it */
	const char *end = line;
	char *after;

	for (; *end != ' '; end++)
		hash = (hash ^ (unsigned char)*end) * 1099511628211u;
	if (!words_add(sum, line, (size_t)(end - line), hash, strtoull(end, &after, 10)))
		return NULL;
	return after + 1;
}

static void show_progress(struct merge *merge)
{
	if (merge->victim && merge->chunks == 20) {
		kill(merge->victim, SIGKILL);
		merge->victim = 0;
		fprintf(stderr, "%sone worker is killed\n", merge->shows ? "\r\033[K" : "");
	}
	if (merge->shows)
		fprintf(stderr, "\r\033[K%llu chunks", (unsigned long long)merge->chunks);
}

static int merge_table(void *of_merge, const void *value)
{
	struct merge *merge = of_merge;
	const leat_bytes *table = value;
	char *rest;
	const char *line, *end = (const char *)table->at + table->size;
	int is_new = note_chunk(merge, strtoull((const char *)table->at, &rest, 10));

	merge->again += is_new == 0;
	for (line = rest + 1; is_new > 0 && line && line < end;)
		line = add_line(&merge->sum, line);
	if (is_new < 0 || !line)
		return -ENOMEM;
	merge->chunks += is_new > 0;
	show_progress(merge);
	return 0;
}

/* ----------------------------------------------------------------------------------------------------------- drive -- */

struct workers {
	leat_nats *nats;
	pid_t walker, pids[MOST_WORKERS];
	int count, failed;
};

/* When all processes have ended, no more tables come. */
static void end_tables(void *of_workers)
{
	struct workers *workers = of_workers;
	int ended = 0;

	workers->failed = status_of(workers->walker) != 0;
	for (int i = 0; i < workers->count; i++)
		ended += status_of(workers->pids[i]) == 0;
	workers->failed |= ended == 0;
	if (leat_nats_end(workers->nats, &tables, workers->failed ? ECHILD : 0) < 0)
		complain("end", errno);
}

static void show(const struct merge *merge, leat_time took)
{
	struct words_entry top[TOP];
	size_t n = words_top(&merge->sum, top, TOP);

	for (size_t i = 0; i < n; i++)
		printf("%llu %s\n", top[i].count, merge->sum.text + top[i].at);
	fprintf(stderr, "%s%llu words in %llu chunks, %llu of them again, %.3f s\n", merge->shows ? "\r\033[K" : "",
	        merge->sum.total, (unsigned long long)merge->chunks, (unsigned long long)merge->again, (double)took / 1e9);
}

static int drive_with(leat_nats *nats, const char *url, const char *directory, int count, int kills)
{
	struct workers workers = { .nats = nats, .count = count };
	struct merge merge = { .shows = isatty(STDERR_FILENO) };
	leat_time began = leat_now();
	int error;

	for (int i = 0; i < count; i++)
		workers.pids[i] = another("count", url, NULL);
	workers.walker = another("walk", url, directory);
	merge.victim = kills ? workers.pids[0] : 0;
	CHECK(leat_go(end_tables, &workers) == 1);
	error = leat_nats_each(LEAT_NIL, nats, &tables, 1, merge_table, &merge);
	(void)leat_wait_all(LEAT_NEVER);
	if (error)
		complain("merge", error);
	else
		show(&merge, leat_now() - began);
	words_free(&merge.sum);
	free(merge.known);
	return error != 0;
}

static int drive(const char *directory, int count, int kills)
{
	struct server server = server_make();
	leat_nats *nats;
	int status;

	server_start(&server);
	nats = leat_nats_open(server.url, NULL);
	CHECK(leat_nats_make(nats, &chunks, &(leat_nats_limits){ .bytes = 64 << 20 }) == 0);
	CHECK(leat_nats_make(nats, &tables, NULL) == 0);
	status = drive_with(nats, server.url, directory, count, kills);
	leat_nats_close(nats);
	server_kill(&server);
	server_remove(&server);
	return status;
}

int main(int argc, char **argv)
{
	int option, kills = 1, workers = 3;

	if (argc > 3 && strcmp(argv[1], "walk") == 0)
		return walk(argv[2], argv[3]);
	if (argc > 2 && strcmp(argv[1], "count") == 0)
		return count(argv[2]);
	while ((option = getopt(argc, argv, "j:n")) != -1) {
		kills = option == 'n' ? 0 : kills;
		workers = option == 'j' ? atoi(optarg) : workers;
		if (option == '?')
			return 2;
	}
	if (workers < 1 + kills || workers > MOST_WORKERS)
		return complain("number of workers", EINVAL);
	return drive(optind < argc ? argv[optind] : "/usr/include", workers, kills);
}
