/* SPDX-License-Identifier: 0BSD
 *
 * leaks.c - the report at the end of the process: functions that still run, and handles that are still open.
 *
 * A stage ends a moment after its output is over. So the report first gives the functions a moment to end.
 */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

struct leaks {
	leati_survey survey;
	size_t begun, functions, channels; /* begun: that of exit counts too */
};

static bool has_begun(const leati_seen_thread *thread)
{
	return thread->stage || thread->fn;
}

/* The function that has called exit cannot end any more. */
static bool still_runs(const leati_seen_thread *thread)
{
	return has_begun(thread) && thread->tid != leati_own_tid();
}

static bool is_open(const leati_seen_channel *channel)
{
	return channel->txs > channel->stage_txs || channel->rxs > channel->stage_rxs;
}

/* Returns whether there are any. */
static bool find_leaks(struct leaks *leaks)
{
	const leati_survey *survey = &leaks->survey;

	leaks->begun = leaks->functions = leaks->channels = 0;
	for (size_t i = 0; i < survey->n_threads; i++) {
		leaks->begun += has_begun(&survey->threads[i]);
		leaks->functions += still_runs(&survey->threads[i]);
	}
	for (size_t i = 0; i < survey->n_channels; i++)
		leaks->channels += is_open(&survey->channels[i]);
	return leaks->functions + leaks->channels > 0;
}

/* --------------------------------------------------------------------------------------------- write -- */

static void write_function(FILE *to, const leati_survey *survey, size_t i)
{
	const leati_seen_thread *thread = &survey->threads[i];

	(void)fputs("  ", to);
	leati_write_wait(to, survey, i);
	if (thread->where[0])
		(void)fprintf(to, "; it was started at %s", thread->where);
	(void)fputs("\n", to);
}

static void write_handles(FILE *to, const char *before, unsigned n, const char *end)
{
	if (n > 0)
		(void)fprintf(to, "%s%u %s handle%s", before, n, end, n == 1 ? "" : "s");
}

static void write_channel(FILE *to, const leati_survey *survey, size_t i)
{
	const leati_seen_channel *channel = &survey->channels[i];
	unsigned sending = channel->txs - channel->stage_txs, receiving = channel->rxs - channel->stage_rxs;
	char text[3 * LEATI_TEXT];

	leati_channel_text(survey, i, text, sizeof text);
	(void)fprintf(to, "  %s", text);
	if (channel->place[0] && !strstr(text, channel->place))
		(void)fprintf(to, ", made at %s", channel->place);
	write_handles(to, ": ", sending, "sending");
	write_handles(to, sending > 0 ? " and " : ": ", receiving, "receiving");
	(void)fputs("\n", to);
}

/* leati_put_out asks for errors of writing. */
static int write_leaks(FILE *to, void *arg)
{
	const struct leaks *leaks = arg;
	const leati_survey *survey = &leaks->survey;

	(void)fprintf(to, "leat: process %ld ends. Functions that still run: %zu. Channels of which the program has handles: "
	              "%zu\n", (long)getpid(), leaks->functions, leaks->channels);
	for (size_t i = 0; i < survey->n_threads; i++)
		if (still_runs(&survey->threads[i]))
			write_function(to, survey, i);
	for (size_t i = 0; i < survey->n_channels; i++)
		if (is_open(&survey->channels[i]))
			write_channel(to, survey, i);
	return 0;
}

/* ---------------------------------------------------------------------------------------------- look -- */

/* Functions that sleep without end do not end in that moment either. But what wakes them may be about to end. And the
 * new thread of a function may not have run yet: then no survey has it. */
void leati_report_leaks(void)
{
	struct timespec pause = { 0, (long)LEAT_MS(5) };
	struct leaks leaks;

	for (int left = 20;; left--) {
		bool surveyed = leati_begin_survey(&leaks.survey) == 0;
		bool any = surveyed && find_leaks(&leaks), more = surveyed && leat_live() > leaks.begun;

		if (any && left == 0)
			leati_put_out(write_leaks, &leaks);
		leati_end_survey(&leaks.survey);
		if (!(any || more) || left == 0)
			return;
		nanosleep(&pause, NULL);
	}
}
