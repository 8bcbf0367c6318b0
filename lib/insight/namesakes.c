/* SPDX-License-Identifier: 0BSD
 *
 * namesakes.c - tells stages of one name apart: if they were started at different places, the line follows the name, as
 * in "map:40". Most pipelines have several maps.
 */
#define _POSIX_C_SOURCE 200809L
#include "survey.h"

#include <stdlib.h>
#include <string.h>

static int compare_stages(const void *left, const void *right)
{
	const leati_seen_thread *a = *(leati_seen_thread *const *)left, *b = *(leati_seen_thread *const *)right;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->where, b->where);
}

/* These all have one name. */
static void add_lines(leati_seen_thread **stages, size_t n)
{
	if (n == 0 || strcmp(stages[0]->where, stages[n - 1]->where) == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *line = strrchr(stages[i]->where, ':');

		if (line)
			strncat(stages[i]->name, line, LEATI_TEXT - 1 - strlen(stages[i]->name));
	}
}

void leati_tell_namesakes_apart(leati_survey *survey)
{
	leati_seen_thread **stages = malloc((survey->n_threads + 1) * sizeof *stages); /* of 0 bytes it may be NULL */
	size_t n = 0, first = 0;

	if (!stages) {
		survey->error = ENOMEM;
		return;
	}
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].stage)
			stages[n++] = &survey->threads[i];
	qsort(stages, n, sizeof *stages, compare_stages);
	for (size_t i = 1; i <= n; i++)
		if (i == n || strcmp(stages[i]->name, stages[first]->name) != 0) {
			add_lines(&stages[first], i - first);
			first = i;
		}
	free(stages);
}
