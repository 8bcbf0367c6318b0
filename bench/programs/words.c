/* SPDX-License-Identifier: 0BSD
 *
 * words FILE - the 20 most frequent words of a file. A word is a run of ASCII letters.
 *
 *     read -> chunks -> count (a worker for each processor) -> tables -> main merges
 */
#define _DEFAULT_SOURCE
#include <stdio.h>

#include "../../docs/examples/words.h"
#include "chunks.h"

enum { TOP = 20 };

static void table_release(void *table)
{
	words_free(table);
}

static const leat_type table_type = { "table", sizeof(struct words), NULL, table_release };

/* Several workers run this body. Each has a table of its own, and emits it when everything is counted. */
static void count(leat_stage *stage, void *unused)
{
	struct words table = { 0 };

	(void)unused;
	for (struct chunk **chunk; (chunk = leat_next(stage)) != NULL;)
		if (!words_read(&table, (unsigned char *)(*chunk)->bytes, (*chunk)->length))
			leat_fail(stage, ENOMEM);
	leat_emit(stage, &table); /* or release the table, if the end is not a natural one */
}

static leat_rx start(struct chunks *file)
{
	leat_rx chunks = leat_repeat_fn_of(LEAT_NIL, &chunk_type, chunks_next_lines, file);

	chunks = leat_buffer(chunks, CHUNK_QUEUE);
	return leat_stage_start(&(leat_plan){ .name = "count", .in = &chunks, .ins = 1, .type = &table_type,
	                                      .body = count, .workers = leat_cpus() });
}

/* Returns 0 or an errno value. */
static int merge(leat_rx tables, struct words *sum)
{
	int error = 0;

	for (struct words table; leat_recv(tables, &table) > 0; words_free(&table))
		if (!words_merge(sum, &table))
			error = ENOMEM;
	return error ? error : leat_cause(tables);
}

static int show(const struct words *table)
{
	struct words_entry top[TOP];
	size_t count = words_top(table, top, TOP);

	for (size_t i = 0; i < count; i++)
		printf("%llu %s\n", top[i].count, table->text + top[i].at);
	return fflush(stdout) ? errno : 0;
}

int main(int argc, char **argv)
{
	struct chunks file;
	struct words sum = { 0 };
	leat_rx tables;
	int error;

	if (argc != 2 || !chunks_open(&file, argv[1])) {
		perror(argc == 2 ? argv[1] : "usage: words FILE");
		return 2;
	}
	tables = start(&file);
	error = merge(tables, &sum);
	leat_drop(tables);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file any more */
	if (!error)
		error = show(&sum);
	if (error)
		fprintf(stderr, "words: %s\n", leat_strerror(error));
	words_free(&sum);
	chunks_close(&file);
	return error != 0;
}
