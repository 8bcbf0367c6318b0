/* SPDX-License-Identifier: 0BSD
 *
 * report_text.c - a report for people: first why threads are stuck, then each thread, then the lists of report_lists.c.
 *
 * Each thread is described in a text of its own. Threads with the same text are shown once, with their number. So
 * threads that look different to the reader are never put together.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sections, in the order in which they are written. */
enum section { IN_STUCK, IN_SUSPECTED, IN_WAITING, IN_RUNNING, IN_UNKNOWN, SECTIONS };

static const char *const titles[SECTIONS] = {
	[IN_STUCK] = "STUCK: nothing can ever wake these",
	[IN_SUSPECTED] = "SUSPECTED: asleep for long, and only the program's own code could wake these",
	[IN_WAITING] = "WAITING",
	[IN_RUNNING] = "RUNNING",
	[IN_UNKNOWN] = "NOT KNOWN TO LEAT: never started by it, and never asleep in it",
};

struct report_group {
	enum section in;
	const char *text;       /* a line, and then the lines of its wait */
	const leati_seen_thread *thread; /* one of them */
	size_t threads;
	leat_time since, last;  /* when the first and the last of them fell asleep */
	leat_time until;        /* the earliest deadline */
};

static enum section section_of(const leati_report *report, size_t i)
{
	leati_doing doing = report->survey->threads[i].doing;

	if (doing == LEATI_UNKNOWN)
		return IN_UNKNOWN;
	if (report->judgement->verdicts[i] != LEATI_LIVE)
		return report->judgement->verdicts[i] == LEATI_STUCK ? IN_STUCK : IN_SUSPECTED;
	return doing == LEATI_SLEEPS ? IN_WAITING : IN_RUNNING;
}

/* ----------------------------------------------------------------------------------- describe a thread -- */

/* Every stage watches its outputs, and often a nil done. These cases are noise, and so is the turn of a thread in a line.
 * leat_sleep has a nil case without a place. */
static bool is_shown(const leati_seen_thread *thread, const leati_seen_case *c)
{
	if (thread->stage || thread->what[0])
		return c->channel != LEATI_NONE && c->kind != LEAT_CASE_OVER_;
	return c->kind != LEAT_CASE_OFF_ && (c->channel != LEATI_NONE || c->where[0]);
}

/* A stage's own calls have places inside of the library, which tell nobody anything. */
static bool is_own_handle(const leati_report *report, const leati_seen_thread *thread, size_t channel)
{
	const size_t *handles = report->survey->handles + thread->first_handle;

	for (size_t i = 0; thread->stage && i <= thread->ins + thread->outs; i++)
		if (handles[i] == channel)
			return true;
	return false;
}

static void describe_case(leati_report *report, const leati_seen_thread *thread, const leati_seen_case *c, bool first)
{
	bool receives = c->kind == LEAT_CASE_RECV_ || c->kind == LEAT_CASE_READY_;

	leati_print(report, "    %sto %s ", first ? "" : "or ", leati_waits_to(c->kind));
	if (c->channel == LEATI_NONE)
		leati_print(report, "nil, which never happens");
	else
		leati_print_channel(report, c->channel);
	if (c->where[0] && !is_own_handle(report, thread, c->channel)) {
		leati_print(report, " (");
		leati_print_name(report, c->where);
		leati_print(report, ")");
	}
	leati_print(report, "\n");
	if (c->channel != LEATI_NONE && !report->survey->channels[c->channel].timer) {
		leati_print(report, "      %s: ", receives ? "senders" : "receivers");
		leati_print_holders(report, c->channel, receives ? LEATI_SENDS : LEATI_RECEIVES);
		leati_print(report, "\n");
	}
}

static void describe_lock(leati_report *report, const leati_seen_thread *thread)
{
	leati_print(report, "    for ");
	leati_print_name(report, thread->what);
	leati_print(report, " at %p", (void *)(uintptr_t)thread->lock);
	leati_print_lock_holder(report, thread->holder);
	leati_print(report, "\n");
}

static bool moves_a_value(const leati_seen_case *c)
{
	return c->kind == LEAT_CASE_SEND_ || c->kind == LEAT_CASE_RECV_;
}

/* Sends and receives first. Without any case, tell that. */
static void describe_cases(leati_report *report, const leati_seen_thread *thread, bool first)
{
	const leati_seen_case *cases = report->survey->cases + thread->first_case;

	for (size_t i = 0; i < 2 * thread->cases; i++) {
		const leati_seen_case *c = &cases[i % thread->cases];

		if (is_shown(thread, c) && moves_a_value(c) == (i < thread->cases)) {
			describe_case(report, thread, c, first);
			first = false;
		}
	}
	if (first)
		leati_print(report, thread->until == LEAT_NEVER ? "    for nothing: no case is on\n" : "    for a time to come\n");
}

static void describe_wait(leati_report *report, const leati_seen_thread *thread)
{
	if (thread->what[0])
		describe_lock(report, thread);
	describe_cases(report, thread, !thread->what[0]);
}

static void describe(leati_report *report, size_t i)
{
	const leati_seen_thread *thread = &report->survey->threads[i];

	if (thread->doing == LEATI_IDLE)
		return;
	leati_print_thread(report, i, NULL);
	if (thread->where[0]) {
		leati_print(report, ", started at ");
		leati_print_name(report, thread->where);
	}
	leati_print(report, "\n");
	if (thread->doing == LEATI_SLEEPS)
		describe_wait(report, thread);
	leati_print(report, "%c", '\0');
}

/* ---------------------------------------------------------------------------------------------- groups -- */

static int compare_descriptions(const void *left, const void *right)
{
	const struct report_group *a = left, *b = right;

	return a->in != b->in ? (int)a->in - (int)b->in : strcmp(a->text, b->text);
}

/* The main thread comes first, then those that have waited longest. */
static int compare_groups(const void *left, const void *right)
{
	const struct report_group *a = left, *b = right;

	if (a->in != b->in)
		return (int)a->in - (int)b->in;
	if (a->thread->main != b->thread->main)
		return b->thread->main - a->thread->main;
	return a->since != b->since ? (a->since > b->since) - (a->since < b->since) : strcmp(a->text, b->text);
}

/* A group for each thread but idle ones. Their texts lie one after the other. Returns how many there are. */
static size_t make_groups(const leati_report *report, struct report_group *groups, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < report->survey->n_threads; i++) {
		const leati_seen_thread *thread = &report->survey->threads[i];

		if (thread->doing == LEATI_IDLE)
			continue;
		groups[n++] = (struct report_group){ section_of(report, i), text, thread, 1, thread->since, thread->since,
			                             thread->until };
		text += strlen(text) + 1;
	}
	return n;
}

/* Put those with the same text together. Returns how many groups there are. */
static size_t merge_groups(struct report_group *groups, size_t n)
{
	size_t merged = 0;

	qsort(groups, n, sizeof *groups, compare_descriptions);
	for (size_t i = 0; i < n; i++) {
		struct report_group *last = merged ? &groups[merged - 1] : NULL;

		if (!last || compare_descriptions(last, &groups[i]) != 0) {
			groups[merged++] = groups[i];
			continue;
		}
		last->threads++;
		last->since = last->since < groups[i].since ? last->since : groups[i].since;
		last->last = last->last > groups[i].last ? last->last : groups[i].last;
		last->until = last->until < groups[i].until ? last->until : groups[i].until;
	}
	qsort(groups, merged, sizeof *groups, compare_groups);
	return merged;
}

/* ----------------------------------------------------------------------------------------------- write -- */

/* How long they have waited. Threads that fell asleep at about the same time have waited equally long. */
static void write_wait_times(leati_report *report, const struct report_group *group)
{
	leat_time longest = report->survey->at - group->since, shortest = report->survey->at - group->last;
	char text[LEATI_TEXT];

	leati_print(report, group->threads == 1 ? ", has waited " : ", have waited ");
	if (shortest < longest / 2)
		leati_print(report, "%s to ", leati_duration_text(shortest, text, sizeof text));
	leati_print(report, "%s", leati_duration_text(longest, text, sizeof text));
	if (group->until != LEAT_NEVER)
		leati_print(report, ", with %s%s to the deadline", group->threads == 1 ? "" : "at least ",
		            leati_duration_text(leati_time_left(report, group->until), text, sizeof text));
}

static void write_group(leati_report *report, const struct report_group *group)
{
	size_t line = strcspn(group->text, "\n");

	if (group->threads > 1)
		leati_print(report, "  %zu threads: %.*s", group->threads, (int)line, group->text);
	else if (group->thread->tid)
		leati_print(report, "  %.*s, thread %ld", (int)line, group->text, group->thread->tid);
	else
		leati_print(report, "  %.*s", (int)line, group->text);
	if (group->thread->doing == LEATI_SLEEPS)
		write_wait_times(report, group);
	leati_print(report, "%s", group->text + line);
}

static void write_groups(leati_report *report, const struct report_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || groups[i].in != groups[i - 1].in)
			leati_print(report, "\n%s\n", titles[groups[i].in]);
		write_group(report, &groups[i]);
	}
}

static void write_heading(leati_report *report, const struct report_group *groups, size_t n)
{
	static const char *const states[SECTIONS] = { "stuck", "suspected", "waiting", "running", "unknown to leat" };
	size_t counts[SECTIONS] = { 0 }, idle = report->survey->n_threads - n;
	const char *before = ": ";

	for (size_t i = 0; i < n; i++)
		counts[groups[i].in]++;
	leati_print(report, "leat %s, process %ld: %zu thread%s", LEAT_VERSION, (long)getpid(), n, n == 1 ? "" : "s");
	for (size_t in = 0; in < SECTIONS; in++)
		if (counts[in]) {
			leati_print(report, "%s%zu %s", before, counts[in], states[in]);
			before = ", ";
		}
	leati_print(report, idle ? "; and %zu idle, for later use\n" : "\n", idle);
	if (!report->survey->knows_all_threads)
		leati_print(report, "There may be other threads, which have never slept in leat.\n");
}

static void write_reasons(leati_report *report)
{
	char *reasons = leati_reasons(report), *rest = reasons;

	for (char *line; (line = leati_cut_line(&rest)) != NULL;) {
		leati_print(report, line == reasons ? "\n  " : "  ");
		leati_print_name(report, line);
		leati_print(report, "\n");
	}
	free(reasons);
}

static void write_bottleneck(leati_report *report)
{
	char text[LEATI_SENTENCE];

	leati_bottleneck_text(report->survey, report->times, text, sizeof text);
	if (text[0]) {
		leati_print(report, "\n  ");
		leati_print_name(report, text);
		leati_print(report, "\n");
	}
}

void leati_write_text(leati_report *report)
{
	char *texts = leati_print_apart(report, describe, report->survey->n_threads);
	struct report_group *groups = malloc((report->survey->n_threads + 1) * sizeof *groups);
	size_t n;

	if (groups && !report->error) {
		n = make_groups(report, groups, texts);
		write_heading(report, groups, n);
		write_reasons(report);
		write_bottleneck(report);
		write_groups(report, groups, merge_groups(groups, n));
		leati_write_lists(report);
	} else {
		report->error = ENOMEM;
	}
	free(groups);
	free(texts);
}
