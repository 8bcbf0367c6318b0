/* SPDX-License-Identifier: 0BSD
 *
 * report_holders.c - which threads use which channel, and which threads are one box of the picture.
 *
 * Both come from sorting. So a report of ten thousand threads takes no time that anybody notices.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(uintptr_t a, uintptr_t b)
{
	return (a > b) - (a < b);
}

/* ----------------------------------------------------------------------------------------------- boxes -- */

/* Functions that were started at the same place come together, in the order of the survey. */
static int compare_functions(const void *left, const void *right)
{
	const leati_seen_thread *a = *(const leati_seen_thread *const *)left, *b = *(const leati_seen_thread *const *)right;
	int order = strcmp(a->name, b->name);

	order = order ? order : strcmp(a->where, b->where);
	order = order ? order : memcmp(&a->fn, &b->fn, sizeof a->fn);
	order = order ? order : a->main - b->main;
	return order ? order : compare_numbers((uintptr_t)a, (uintptr_t)b);
}

static bool are_the_same_function(const leati_seen_thread *a, const leati_seen_thread *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->where, b->where) == 0 && a->fn == b->fn && a->main == b->main;
}

/* Only the workers of one stage send to its first output. The box of all of them is the first one that does. */
static size_t box_of_stage(const leati_survey *survey, size_t i)
{
	const leati_seen_thread *thread = &survey->threads[i];
	size_t output = thread->outs ? survey->handles[thread->first_handle + thread->ins] : LEATI_NONE;
	size_t maker = output == LEATI_NONE ? LEATI_NONE : survey->channels[output].maker;

	return maker == LEATI_NONE ? i : maker;
}

static int find_boxes(leati_report *report)
{
	const leati_survey *survey = report->survey;
	const leati_seen_thread **functions = malloc((survey->n_threads + 1) * sizeof *functions);
	size_t n = 0, first = 0;

	if (!functions)
		return ENOMEM;
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].stage)
			report->boxes[i].first = box_of_stage(survey, i);
		else
			functions[n++] = &survey->threads[i];
	qsort(functions, n, sizeof *functions, compare_functions);
	for (size_t i = 0; i < n; i++) {
		if (!are_the_same_function(functions[first], functions[i]))
			first = i;
		report->boxes[functions[i] - survey->threads].first = (size_t)(functions[first] - survey->threads);
	}
	free(functions);
	return 0;
}

static void sum_boxes(leati_report *report)
{
	for (size_t i = 0; i < report->survey->n_threads; i++) {
		leati_box *box = &report->boxes[report->boxes[i].first];
		const leati_shares *shares = &report->times->stages[i];

		box->threads++;
		box->shares.looks += shares->looks;
		box->shares.busy += shares->busy;
		box->shares.starved += shares->starved;
		box->shares.held_up += shares->held_up;
		box->shares.rate += shares->rate;
		box->drawn = box->drawn || report->survey->threads[i].stage || report->survey->threads[i].doing == LEATI_SLEEPS;
		if (report->judgement->verdicts[i] > box->verdict)
			box->verdict = report->judgement->verdicts[i];
	}
}

bool leati_is_bottleneck(const leati_report *report, size_t box)
{
	size_t bottleneck = report->times->bottleneck;

	return bottleneck != LEATI_NONE && !report->times->reader && report->boxes[bottleneck].first == box;
}

/* --------------------------------------------------------------------------------------------- holders -- */

static int compare_holders(const void *left, const void *right)
{
	const leati_holder *a = left, *b = right;
	int order = compare_numbers(a->channel, b->channel);

	order = order ? order : (int)a->role - (int)b->role;
	order = order ? order : b->stage - a->stage;
	order = order ? order : strcmp(a->name, b->name);
	return order ? order : compare_numbers(a->box, b->box);
}

static void add_holder(leati_report *report, size_t channel, leati_role role, size_t thread)
{
	const leati_seen_thread *of = &report->survey->threads[thread];

	if (channel != LEATI_NONE)
		report->holders[report->n_holders++] =
			(leati_holder){ channel, role, of->stage != NULL, of->name,
			                report->boxes[thread].first };
}

static void add_handles(leati_report *report, size_t thread)
{
	const leati_seen_thread *of = &report->survey->threads[thread];
	const size_t *handles = report->survey->handles + of->first_handle;

	for (size_t i = 0; i < of->ins; i++)
		add_holder(report, handles[i], LEATI_RECEIVES, thread);
	for (size_t i = 0; i < of->outs; i++)
		add_holder(report, handles[of->ins + i], LEATI_SENDS, thread);
	add_holder(report, handles[of->ins + of->outs], LEATI_WATCHES, thread);
}

static void add_waits(leati_report *report, size_t thread)
{
	const leati_seen_thread *of = &report->survey->threads[thread];

	for (size_t i = 0; i < of->cases; i++) {
		const leati_seen_case *c = &report->survey->cases[of->first_case + i];

		if (c->kind == LEAT_CASE_SEND_ || c->kind == LEAT_CASE_RECV_)
			add_holder(report, c->channel, c->kind == LEAT_CASE_SEND_ ? LEATI_SENDS : LEATI_RECEIVES, thread);
	}
}

int leati_begin_holders(leati_report *report)
{
	const leati_survey *survey = report->survey;

	report->holders = malloc((survey->n_handles + survey->n_cases + 1) * sizeof *report->holders);
	report->boxes = calloc(survey->n_threads + 1, sizeof *report->boxes);
	if (!report->holders || !report->boxes || find_boxes(report))
		return ENOMEM;
	sum_boxes(report);
	for (size_t i = 0; i < survey->n_threads; i++) {
		if (survey->threads[i].stage)
			add_handles(report, i);
		else if (survey->threads[i].doing == LEATI_SLEEPS)
			add_waits(report, i);
	}
	qsort(report->holders, report->n_holders, sizeof *report->holders, compare_holders);
	return 0;
}

void leati_end_holders(leati_report *report)
{
	free(report->holders);
	free(report->boxes);
}

/* The first holder of the channel with this role, or NULL. */
const leati_holder *leati_first_holder(const leati_report *report, size_t channel, leati_role role)
{
	size_t from = 0, to = report->n_holders;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const leati_holder *at = &report->holders[middle];

		if (at->channel < channel || (at->channel == channel && at->role < role))
			from = middle + 1;
		else
			to = middle;
	}
	if (from == report->n_holders || report->holders[from].channel != channel || report->holders[from].role != role)
		return NULL;
	return &report->holders[from];
}

/* The next holder of the same channel with the same role, or NULL. */
const leati_holder *leati_next_holder(const leati_report *report, const leati_holder *holder)
{
	const leati_holder *next = holder + 1;

	if (next == report->holders + report->n_holders || next->channel != holder->channel || next->role != holder->role)
		return NULL;
	return next;
}
