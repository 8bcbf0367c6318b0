/* SPDX-License-Identifier: 0BSD
 *
 * report_lists.c - the lists at the end of a report for people: locks, channels, stages, stacks, counters.
 *
 * A list of several columns is written as text first: a line for each row, and a tab after each cell but the last. Then
 * equal rows become one, and the columns are made as wide as their widest cells.
 */
#define _POSIX_C_SOURCE 200809L
#include "counter.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8 };

/* ---------------------------------------------------------------------------------------------- tables -- */

/* Characters, not bytes. */
static size_t width_of(const char *cell, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length; i++)
		width += ((unsigned char)cell[i] & 0xc0) != 0x80;
	return width;
}

/* The last cell of a row needs no width. */
static void widen(size_t widths[COLUMNS], const char *row)
{
	for (size_t column = 0, length; row[length = strcspn(row, "\t")]; column++, row += length + 1)
		if (width_of(row, length) > widths[column])
			widths[column] = width_of(row, length);
}

static void write_row(leati_report *report, const size_t widths[COLUMNS], const char *row)
{
	size_t blanks = 2;

	for (size_t column = 0, length; *row; column++, row += length + (row[length] != '\0')) {
		length = strcspn(row, "\t");
		leati_print(report, "%*s%.*s", (int)blanks, "", (int)length, row);
		blanks = column + 1 < COLUMNS ? widths[column] + 2 - width_of(row, length) : 0;
	}
	leati_print(report, "\n");
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort the n rows, and write equal ones once, with their number. */
static void write_rows(leati_report *report, const char *head, const char **rows, size_t n)
{
	size_t widths[COLUMNS] = { 0 };

	qsort(rows, n, sizeof *rows, compare_rows);
	widen(widths, head);
	for (size_t i = 0; i < n; i++)
		widen(widths, rows[i]);
	write_row(report, widths, head);
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && strcmp(rows[i], rows[i + same]) == 0; same++)
			;
		write_row(report, widths, rows[i]);
		if (same > 1)
			leati_print(report, "    and %zu more like this\n", same - 1);
	}
}

/* Write a table of the rows that fn prints for each of n things. It prints one at most. */
static void write_table(leati_report *report, const char *title, const char *head,
                        void (*fn)(leati_report *report, size_t i), size_t n)
{
	char *text = leati_print_apart(report, fn, n), *rest = text;
	const char **rows = malloc((n + 1) * sizeof *rows);
	size_t lines = 0;

	if (!rows)
		report->error = ENOMEM;
	for (char *row; !report->error && (row = leati_cut_line(&rest)) != NULL;)
		rows[lines++] = row;
	if (lines > 0) {
		leati_print(report, "\n%s\n", title);
		write_rows(report, head, rows, lines);
	}
	free(rows);
	free(text);
}

/* -------------------------------------------------------------------------------------------- channels -- */

/* A thread that runs, outside of a stage. It may be about to receive from any channel. */
static bool program_runs(const leati_survey *survey)
{
	for (size_t i = 0; i < survey->n_threads; i++)
		if (!survey->threads[i].stage &&
		    (survey->threads[i].doing == LEATI_RUNS || survey->threads[i].doing == LEATI_UNKNOWN))
			return true;
	return false;
}

static void print_state(leati_report *report, size_t channel)
{
	const leati_seen_channel *seen = &report->survey->channels[channel];
	const char *before = "";

	if (!(seen->state & LEATI_TX_OPEN)) {
		leati_print(report, seen->cause ? "closed: %s" : "closed", leat_strerror(seen->cause));
		before = ", ";
	}
	if (seen->len > 0 && !leati_first_holder(report, channel, LEATI_RECEIVES) && !program_runs(report->survey)) {
		leati_print(report, "%snobody receives its values", before);
		before = ", ";
	}
	if (seen->lost)
		leati_print(report, "%s%llu values lost", before, (unsigned long long)seen->lost);
}

/* Timers, and streams that never started, are left out: no value waits in them for long. */
static void print_channel_row(leati_report *report, size_t channel)
{
	const leati_seen_channel *seen = &report->survey->channels[channel];
	const leati_fill *fill = &report->times->fills[channel];
	char name[LEATI_SENTENCE];

	if (seen->timer || (!seen->txs && !seen->rxs))
		return;
	leati_channel_text(report->survey, channel, name, sizeof name);
	leati_print_name(report, name);
	leati_print(report, "\t");
	leati_print_name(report, seen->type);
	leati_print(report, seen->cap ? "\t%zu of %zu" : "\tno room", seen->len, seen->cap);
	if (seen->cap && fill->looks)
		leati_print(report, ", mean %.1f, %zu to %zu", fill->mean, fill->least, fill->most);
	leati_print(report, "\t");
	leati_print_holders(report, channel, LEATI_SENDS);
	leati_print(report, "\t");
	leati_print_holders(report, channel, LEATI_RECEIVES);
	leati_print(report, "\t");
	print_state(report, channel);
	leati_print(report, "\n");
}

/* ---------------------------------------------------------------------------------------------- stages -- */

static void print_stage_row(leati_report *report, size_t i)
{
	const leati_box *box = &report->boxes[i];
	const leati_shares *shares = &box->shares;

	if (box->first != i || shares->looks == 0)
		return;
	leati_print_thread(report, i, NULL);
	leati_print(report, "\t%zu\t%u %%\t%u %%\t%u %%\t%.0f\t%s\n", box->threads,
	            leati_percent(shares->busy, shares->looks), leati_percent(shares->starved, shares->looks),
	            leati_percent(shares->held_up, shares->looks), shares->rate,
	            leati_is_bottleneck(report, i) ? "<- the bottleneck" : "");
}

/* ---------------------------------------------------------------------------------------------- stacks -- */

/* Only stacks that may become too small: those of which half was used. */
static void print_stack_row(leati_report *report, size_t i)
{
	const leati_seen_thread *thread = &report->survey->threads[i];

	if (thread->stack_used < (thread->stack + 1) / 2 || !thread->stack_used)
		return;
	leati_print_thread(report, i, NULL);
	leati_print(report, "\t%zu of %zu KiB\n", thread->stack_used / 1024, thread->stack / 1024);
}

/* -------------------------------------------------------------------------------------------- counters -- */

/* Called for each i in turn, from 0 on. */
static void print_counter_row(leati_report *report, size_t i)
{
	const leat_counter *counter = leati_next_counter(i ? report->counter : NULL);

	report->counter = counter;
	leati_print_name(report, counter->name);
	leati_print(report, "\t%ld\n", leat_counter_get(counter));
}

/* ----------------------------------------------------------------------------------------------- locks -- */

/* The threads in the line of one monitor come together, in the order of the line. */
static int compare_places_in_line(const void *left, const void *right)
{
	const leati_seen_thread *a = *(const leati_seen_thread *const *)left, *b = *(const leati_seen_thread *const *)right;

	if (a->lock != b->lock)
		return (uintptr_t)a->lock > (uintptr_t)b->lock ? 1 : -1;
	return a->since != b->since ? (a->since > b->since) - (a->since < b->since) : (a > b) - (a < b);
}

static void write_lock(leati_report *report, const leati_seen_thread *const *line, size_t n)
{
	const leati_seen_thread *threads = report->survey->threads;

	leati_print(report, "  ");
	leati_print_name(report, line[0]->what);
	leati_print(report, " at %p", (void *)(uintptr_t)line[0]->lock);
	leati_print_lock_holder(report, line[0]->holder);
	leati_print(report, "; in line: ");
	for (size_t i = 0, same; i < n; i += same) {
		const leati_box *box = &report->boxes[line[i] - threads];

		for (same = 1; i + same < n && report->boxes[line[i + same] - threads].first == box->first; same++)
			;
		leati_print(report, i ? ", " : "");
		leati_print_thread(report, (size_t)(line[i] - threads), NULL);
		if (same > 1)
			leati_print(report, " (%zu threads)", same);
	}
	leati_print(report, "\n");
}

static void write_locks(leati_report *report)
{
	const leati_survey *survey = report->survey;
	const leati_seen_thread **line = malloc((survey->n_threads + 1) * sizeof *line);
	size_t n = 0;

	if (!line) {
		report->error = ENOMEM;
		return;
	}
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].doing == LEATI_SLEEPS && survey->threads[i].what[0])
			line[n++] = &survey->threads[i];
	qsort(line, n, sizeof *line, compare_places_in_line);
	if (n > 0)
		leati_print(report, "\nLOCKS AND GROUPS\n");
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && line[i + same]->lock == line[i]->lock; same++)
			;
		write_lock(report, line + i, same);
	}
	free(line);
}

void leati_write_lists(leati_report *report)
{
	write_locks(report);
	write_table(report, "CHANNELS", "channel\ttype\tvalues\tsenders\treceivers\t", print_channel_row,
	            report->survey->n_channels);
	write_table(report, "STAGES", "stage\tthreads\tbusy\tstarved\theld up\tvalues/s\t", print_stage_row,
	            report->survey->n_threads);
	write_table(report, "STACKS: half or more was used", "thread\tused", print_stack_row, report->survey->n_threads);
	write_table(report, "COUNTERS", "counter\tvalue", print_counter_row, leati_counters());
}
