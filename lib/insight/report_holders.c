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
	order = order ? order : strcmp(a->name, b->name);
	return order ? order : compare_numbers(a->box, b->box);
}

static void add_holder(leati_report *report, size_t channel, leati_role role, size_t thread, bool holds)
{
	const char *name = report->survey->threads[thread].name;

	if (channel != LEATI_NONE)
		report->holders[report->n_holders++] =
			(leati_holder){ channel, role, holds, name, report->boxes[thread].first };
}

static void add_handles(leati_report *report, size_t first, size_t n, leati_role role, size_t thread)
{
	for (size_t i = first; i < first + n; i++)
		add_holder(report, report->survey->handles[i], role, thread, true);
}

static void add_handles_of(leati_report *report, size_t i)
{
	const leati_seen_thread *thread = &report->survey->threads[i];
	size_t ins = thread->first_handle, outs = ins + thread->ins;

	if (thread->stage) {
		add_handles(report, ins, thread->ins, LEATI_RECEIVES, i);
		add_handles(report, outs, thread->outs, LEATI_SENDS, i);
		add_handles(report, outs + thread->outs, 1, LEATI_WATCHES, i);
	}
	add_handles(report, thread->first_own, thread->own_txs, LEATI_SENDS, i);
	add_handles(report, thread->first_own + thread->own_txs, thread->own_rxs, LEATI_RECEIVES, i);
}

/* A function that sleeps in a send or a receive: it uses a handle, but another thread may have it too. */
static void add_waits(leati_report *report, size_t i)
{
	const leati_seen_thread *thread = &report->survey->threads[i];

	if (thread->stage || thread->doing != LEATI_SLEEPS)
		return;
	for (size_t k = 0; k < thread->cases; k++) {
		const leati_seen_case *c = &report->survey->cases[thread->first_case + k];

		if (c->kind == LEAT_CASE_SEND_ || c->kind == LEAT_CASE_RECV_)
			add_holder(report, c->channel, c->kind == LEAT_CASE_SEND_ ? LEATI_SENDS : LEATI_RECEIVES, i, false);
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
		add_handles_of(report, i);
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

static unsigned known_holders(const leati_report *report, size_t channel, leati_role role)
{
	const leati_holder *holder = leati_first_holder(report, channel, role);
	unsigned n = 0;

	for (; holder; holder = leati_next_holder(report, holder))
		n += holder->holds;
	return n;
}

/* How many handles of an end no thread is known to hold. The counts may be of slightly different moments. */
unsigned leati_program_handles(const leati_report *report, size_t channel, leati_role role)
{
	const leati_seen_channel *seen = &report->survey->channels[channel];
	unsigned all = role == LEATI_SENDS ? seen->txs : seen->rxs, known = known_holders(report, channel, role);

	if (role == LEATI_RECEIVES)
		known += known_holders(report, channel, LEATI_WATCHES);
	return all > known ? all - known : 0;
}
