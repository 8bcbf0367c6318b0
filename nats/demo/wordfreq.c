/* SPDX-License-Identifier: 0BSD
 *
 * wordfreq - the 20 most frequent words of all files under a directory, counted by several processes, on one machine or
 * on many.
 *
 *     walk: files -> file_chunks -> pack -> [chunks] -> count -> [tables] -> merge
 *
 * [chunks] and [tables] are streams of a server. Walk, count and merge are processes. Any number of processes may
 * count:
 *
 *     wordfreq make URL          once, before the others
 *     wordfreq walk URL DIR
 *     wordfreq count URL [N]     with N, it kills itself when it has counted N chunks, to show that nothing is lost
 *     wordfreq merge URL
 *
 * After make, the others may be started in any order. The script `run` beside this file does all of it on one machine.
 *
 * NO CHUNK COUNTS TWICE, but a chunk may be delivered twice. A worker publishes a table for each chunk, with the
 * chunk's number, and acknowledges the chunk when the server has the table. The merger leaves out numbers that it
 * knows.
 *
 * THE END. The walker ends [chunks] with its cause, also when it fails. The source of a worker is over when all chunks
 * are acknowledged. Then the server has all tables, so any worker may end [tables].
 *
 * Status 1: something could not be read, the rest is counted. 2: there is no result.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat/nats.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../docs/examples/words.h"

enum { TOP = 20, CHUNK = 256 * 1024 };

static const leat_nats_plan chunks = { .stream = "chunks", .window = 16, .ack_wait = 3000000000 /* ns */ };
static const leat_nats_plan tables = { .stream = "tables", .window = 16 };

static const char *clear = ""; /* a text that clears the line of progress on a terminal */

static int complain(int status, const char *what, int error)
{
	fprintf(stderr, "%swordfreq: %s: %s\n", clear, what, leat_strerror(error));
	return status;
}

/* --------------------------------------------------------------------------------------------------------- make -- */

/* A full stream of chunks holds the walker back. */
static int make(leat_nats *nats)
{
	if (leat_nats_make(nats, &chunks, &(leat_nats_limits){ .bytes = 64 << 20 }) < 0 ||
	    leat_nats_make(nats, &tables, NULL) < 0)
		return complain(2, "make", errno);
	return 0;
}

/* --------------------------------------------------------------------------------------------------------- walk -- */

/* A block may end behind such a byte, because that cuts no word. */
static int is_no_letter(int byte)
{
	return !words_letter((unsigned char)byte);
}

/* Emit the chunk, and make one with room for a piece of this size. Returns the room, or 0: the stage has to end. */
static size_t next_chunk(leat_stage *stage, leat_bytes *chunk, size_t size)
{
	if (chunk->size > 0 && !leat_emit(stage, chunk))
		return 0;
	if (leat_bytes_make(chunk, CHUNK + size) < 0) {
		leat_fail(stage, ENOMEM);
		return 0;
	}
	chunk->size = 0;
	return CHUNK + size;
}

static void append(leat_bytes *chunk, const leat_piece *piece)
{
	if (piece->bytes.size > 0)
		memcpy(chunk->at + chunk->size, piece->bytes.at, piece->bytes.size);
	chunk->size += piece->bytes.size;
	if (piece->end)
		chunk->at[chunk->size++] = '\n'; /* the last word of a file ends with it */
}

/* Put several pieces into each chunk: a message for each file would be slow. */
static void pack(leat_stage *stage, void *of_status)
{
	leat_bytes chunk = { 0 };
	size_t room = 0;

	for (leat_piece *piece; (piece = leat_next(stage)) != NULL;) {
		if (piece->error)
			*(int *)of_status = complain(1, piece->path, piece->error);
		if (room - chunk.size <= piece->bytes.size && !(room = next_chunk(stage, &chunk, piece->bytes.size)))
			return;
		append(&chunk, piece);
	}
	if (chunk.size > 0)
		leat_emit(stage, &chunk);
}

static int walk(leat_nats *nats, const char *directory)
{
	int status = 0, error;
	leat_rx none = LEAT_NIL, files = leat_files(none, LEAT_PATHS(directory), NULL);
	leat_rx pieces = leat_file_chunks(none, files, &(leat_blocks){ .ends = is_no_letter, .ahead = 32 });
	leat_rx packed = leat_stage_start(&(leat_plan){ .name = "pack", .in = &pieces, .ins = 1, .type = &leat_bytes_type,
	                                                .body = pack, .arg = &status });

	error = leat_nats_sink(none, packed, nats, &chunks);
	if (leat_nats_end(nats, &chunks, error) < 0)
		error = error ? error : errno;
	return error ? complain(2, "walk", error) : status;
}

/* -------------------------------------------------------------------------------------------------------- count -- */

/* Write a line for each word, with its count. The first line has the number of the chunk instead, with the count 1.
 * Returns whether there was memory. The caller frees `text`. */
static int write_table(const struct words *table, const char *number, char **text, size_t *size)
{
	FILE *file = open_memstream(text, size);

	if (!file)
		return 0;
	fprintf(file, "%s 1\n", number);
	for (size_t i = 0; i < table->slots; i++)
		if (table->entries[i].count)
			fprintf(file, "%s %llu\n", table->text + table->entries[i].at, table->entries[i].count);
	return fclose(file) == 0;
}

/* Returns 0 when the server has the table. The number of the chunk is the message id, too, so the server drops a table
 * that comes twice within 2 minutes. */
static int count_chunk(leat_nats *nats, const leat_delivery *d)
{
	const leat_bytes *chunk = d->value;
	struct words words = { 0 };
	char *text = NULL, number[32];
	size_t size = 0;
	int result = -1;

	snprintf(number, sizeof number, "%" PRIu64, d->number);
	if (words_read(&words, chunk->at, chunk->size) && write_table(&words, number, &text, &size))
		result = leat_nats_put(LEAT_NIL, nats, &tables, &(leat_bytes){ .at = (unsigned char *)text, .size = size }, number);
	free(text);
	words_free(&words);
	return result;
}

static void count_down(long *left)
{
	if (--*left == 0) {
		fprintf(stderr, "%sone worker is killed\n", clear);
		raise(SIGKILL);
	}
}

static int count(leat_nats *nats, long left)
{
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &chunks);
	int cause;

	for (leat_delivery d; leat_recv(deliveries, &d) > 0; leat_nats_release(&d))
		if (count_chunk(nats, &d) == 0) {
			count_down(&left);
			(void)leat_nats_ack(&d); /* if it is lost, the chunk comes again, and its table is left out */
		}
	cause = leat_cause(deliveries);
	leat_drop(deliveries);
	if (leat_nats_end(nats, &tables, cause) < 0)
		return complain(2, "count", cause ? cause : errno);
	return cause ? 2 : 0;
}

/* -------------------------------------------------------------------------------------------------------- merge -- */

struct merge { struct words known, sum; unsigned long long again; };

/* Add the count of a line. Returns the next line, or NULL without memory. */
static const char *add_line(struct words *words, const char *line)
{
	unsigned long long hash = 14695981039346656037u; /* FNV-1a */
	const char *end = line;
	char *after;

	for (; *end != ' '; end++)
		hash = (hash ^ (unsigned char)*end) * 1099511628211u;
	if (!words_add(words, line, (size_t)(end - line), hash, strtoull(end, &after, 10)))
		return NULL;
	return after + 1;
}

/* Returns 0, or ENOMEM. After ENOMEM a part of the table may have been added. */
static int merge_table(struct merge *merge, const leat_bytes *table)
{
	size_t before = merge->known.used;
	const char *first = (const char *)table->at, *end = first + table->size;
	const char *line = add_line(&merge->known, first);

	if (line && merge->known.used == before) {
		merge->again++;
		return 0;
	}
	while (line && line < end)
		line = add_line(&merge->sum, line);
	if (*clear)
		fprintf(stderr, "%s%zu chunks, %llu words", clear, merge->known.used, merge->sum.total);
	return line ? 0 : ENOMEM;
}

static int merge_all(leat_nats *nats, struct merge *merge)
{
	leat_rx deliveries = leat_nats_source(LEAT_NIL, nats, &tables);
	int error = 0;

	for (leat_delivery d; !error && leat_recv(deliveries, &d) > 0; leat_nats_release(&d)) {
		error = merge_table(merge, d.value);
		if (!error)
			(void)leat_nats_ack(&d); /* if it is lost, the table comes again, and is left out */
	}
	error = error ? error : leat_cause(deliveries);
	leat_drop(deliveries);
	return error;
}

static int show(const struct merge *merge, leat_time took)
{
	struct words_entry top[TOP];
	size_t n = words_top(&merge->sum, top, TOP);

	for (size_t i = 0; i < n; i++)
		printf("%llu %s\n", top[i].count, merge->sum.text + top[i].at);
	fprintf(stderr, "%s%llu words in %zu chunks, %llu of them again, %.3f s\n", clear, merge->sum.total,
	        merge->known.used, merge->again, (double)took / 1e9);
	return fflush(stdout) == 0 ? 0 : complain(2, "standard output", errno);
}

/* The sum is in memory only. If this process is killed, all processes have to start again. */
static int merge(leat_nats *nats)
{
	struct merge all = { 0 };
	leat_time began = leat_now();
	int error, status;

	error = merge_all(nats, &all);
	status = error ? complain(2, "merge", error) : show(&all, leat_now() - began);
	words_free(&all.known);
	words_free(&all.sum);
	return status;
}

/* --------------------------------------------------------------------------------------------------------- main -- */

static int usage(void)
{
	fprintf(stderr, "usage: wordfreq make URL | walk URL DIR | count URL [N] | merge URL\n");
	return 2;
}

static int run(leat_nats *nats, const char *role, const char *more)
{
	if (strcmp(role, "make") == 0)
		return make(nats);
	if (strcmp(role, "walk") == 0 && more)
		return walk(nats, more);
	if (strcmp(role, "count") == 0)
		return count(nats, more ? atol(more) : 0);
	return strcmp(role, "merge") == 0 ? merge(nats) : usage();
}

int main(int argc, char **argv)
{
	leat_nats *nats;
	int status;

	if (argc < 3)
		return usage();
	clear = isatty(STDERR_FILENO) ? "\r\033[K" : "";
	nats = leat_nats_open(argv[2], NULL);
	status = run(nats, argv[1], argv[3]);
	leat_nats_close(nats);
	return status;
}
