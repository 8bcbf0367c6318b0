/* SPDX-License-Identifier: 0BSD
 *
 * words FILE - the 20 most frequent words of a file. A word is a run of ASCII letters.
 *
 *     read -> chunks -> count (a worker for each processor, with a table of its own)
 */
#define _DEFAULT_SOURCE
#include <stdio.h>

#include "../../docs/examples/words.h"
#include "chunks.h"

enum { TOP = 20 };

struct sum { leat_mutex lock; struct words table; int failed; };
struct worker { struct sum *sum; struct words table; };

/* Each worker has a table of its own. */
static int begin(void *sum, void **state)
{
	struct worker *worker = calloc(1, sizeof *worker);

	*state = worker;
	if (!worker)
		return -ENOMEM;
	worker->sum = sum;
	return 1;
}

static int count(void *of_worker, const void *in)
{
	struct worker *worker = of_worker;
	const struct chunk *chunk = *(struct chunk *const *)in;

	return words_read(&worker->table, (const unsigned char *)chunk->bytes, chunk->length) ? 1 : -ENOMEM;
}

/* Add the worker's table to the sum. */
static void end(void *of_worker)
{
	struct worker *worker = of_worker;

	leat_mutex_lock(&worker->sum->lock);
	if (!words_merge(&worker->sum->table, &worker->table))
		worker->sum->failed = 1;
	leat_mutex_unlock(&worker->sum->lock);
	words_free(&worker->table);
	free(worker);
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
	struct sum sum = { 0 };
	leat_rx chunks;
	int error;

	if (argc != 2 || !chunks_open(&file, argv[1])) {
		perror(argc == 2 ? argv[1] : "usage: words FILE");
		return 2;
	}
	chunks = leat_buffer(leat_repeat_fn_of(LEAT_NIL, &chunk_type, chunks_next_lines, &file), CHUNK_QUEUE);
	error = leat_each_with(LEAT_NIL, chunks, count, &sum, &(leat_workers){ .count = leat_cpus(), .init = begin,
	                                                                       .end = end });
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file any more */
	if (!error)
		error = sum.failed ? ENOMEM : show(&sum.table);
	if (error)
		fprintf(stderr, "words: %s\n", leat_strerror(error));
	words_free(&sum.table);
	chunks_close(&file);
	return error != 0;
}
