/* SPDX-License-Identifier: 0BSD
 *
 * words FILE - the 20 most frequent words of a file. A word is a run of ASCII letters.
 *
 *     read -> chunks -> count (a worker for each processor, with a table of its own)
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>

#include "../../docs/examples/words.h"

enum { TOP = 20, QUEUE = 32 };

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
	const leat_bytes *block = in;

	return words_read(&worker->table, block->at, block->size) ? 1 : -ENOMEM;
}

/* Add the worker's table to the sum. */
static void end(void *of_worker)
{
	struct worker *worker = of_worker;

	leat_mutex_lock(&worker->sum->lock);
	if (!words_merge(&worker->sum->table, &worker->table))
		worker->sum->failed = 1;
	leat_mutex_unlock(&worker->sum->lock);
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
	leat_workers workers = { .count = leat_cpus(), .init = begin, .end = end };
	int file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1, error;
	struct sum sum = { 0 };
	leat_rx blocks;

	if (file < 0) {
		perror(argc == 2 ? argv[1] : "usage: words FILE");
		return 2;
	}
	blocks = leat_chunks(LEAT_NIL, file, &(leat_blocks){ .ends = leat_is_newline, .ahead = QUEUE, .close = 1 });
	error = leat_each_with(LEAT_NIL, blocks, count, &sum, &workers);
	if (!error)
		error = sum.failed ? ENOMEM : show(&sum.table);
	if (error)
		fprintf(stderr, "words: %s\n", leat_strerror(error));
	words_free(&sum.table);
	return error != 0;
}
