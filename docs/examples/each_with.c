/* SPDX-License-Identifier: 0BSD
 *
 * each_with - each worker counts in a table of its own, and adds it to the total at its end: leat_each_with.
 *
 * With one table for all workers, each letter would cost a lock. Here each worker takes a lock once, at its end.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 26 };

struct total { leat_mutex lock; long count[LETTERS]; };
struct table { struct total *total; long count[LETTERS]; };

static int make_table(void *total, void **state)
{
	struct table *table = calloc(1, sizeof *table);

	if (!table)
		return -ENOMEM;
	table->total = total;
	*state = table;
	return 0;
}

/* Called by all workers at once, each with its own table. */
static int count_letters(void *of_table, const void *in)
{
	struct table *table = of_table;

	for (const char *at = *(const char *const *)in; *at; at++)
		if (*at >= 'a' && *at <= 'z')
			table->count[*at - 'a']++;
	return 0;
}

static void add_table(void *of_table)
{
	struct table *table = of_table;

	leat_mutex_lock(&table->total->lock);
	for (int i = 0; i < LETTERS; i++)
		table->total->count[i] += table->count[i];
	leat_mutex_unlock(&table->total->lock);
	free(table);
}

int main(void)
{
	static struct total total;
	leat_chan done = leat_make_unit();
	leat_rx lines = leat_generator(done.rx, LEAT_VALUES(const char *, "she sells sea shells", "by the sea shore"));
	leat_workers how = { .count = leat_cpus(), .init = make_table, .end = add_table };
	int cause = leat_each_with(done.rx, leat_buffer(lines, 128), count_letters, &total, &how);

	/* By now all tables have been added. */
	for (int i = 0; i < LETTERS && !cause; i++)
		if (total.count[i] > 3)
			printf("%c %ld\n", 'a' + i, total.count[i]);
	if (cause)
		fprintf(stderr, "each_with: %s\n", leat_strerror(cause));
	leat_drop(done);
	return cause != 0;
}
