/* SPDX-License-Identifier: 0BSD
 *
 * bottleneck.c - which stage makes the others wait.
 *
 * The rule is that of Flink: the bottleneck is busy for most of the time, it is hardly held up itself, and a stage
 * before it is held up. Stages before it wait for it to receive, and stages after it wait for it to send. If no stage
 * is so, but the last one is held up, the bottleneck is the reader of its output. If nobody is held up, the bottleneck
 * is a first stage that is busy for most of the time: all others wait for its values.
 *
 * A stage counts as busy here unless it waits for its streams. So a stage that waits for a lock, or for its turn at a
 * limiter, can be the bottleneck too.
 */
#define _POSIX_C_SOURCE 200809L
#include "sampler.h"

enum { ENOUGH_LOOKS = 10 }; /* with fewer looks at a stage it is too early to say */

/* --------------------------------------------------------------------------------------- the shares -- */

unsigned leati_percent(unsigned part, unsigned looks)
{
	return looks ? (unsigned)((100ull * part + looks / 2) / looks) : 0;
}

static unsigned waited_elsewhere(const leati_shares *s)
{
	return s->looks - s->busy - s->starved - s->held_up;
}

static unsigned busy_percent(const leati_shares *s)
{
	return leati_percent(s->busy + waited_elsewhere(s), s->looks);
}

static unsigned held_up_percent(const leati_shares *s)
{
	return leati_percent(s->held_up, s->looks);
}

static bool works_most(const leati_shares *s)
{
	return s->looks >= ENOUGH_LOOKS && busy_percent(s) > 50;
}

static bool is_hardly_held_up(const leati_shares *s)
{
	return held_up_percent(s) < 25;
}

static bool is_held_up(const leati_shares *s)
{
	return s->looks >= ENOUGH_LOOKS && held_up_percent(s) > 25;
}

/* ------------------------------------------------------------------------------------- the topology -- */

static const size_t *inputs_of(const leati_survey *survey, size_t thread)
{
	return survey->handles + survey->threads[thread].first_handle;
}

static const size_t *outputs_of(const leati_survey *survey, size_t thread)
{
	return inputs_of(survey, thread) + survey->threads[thread].ins;
}

/* Whether an output of one stage is an input of the other. */
static bool feeds(const leati_survey *survey, size_t from, size_t to)
{
	const size_t *out = outputs_of(survey, from), *in = inputs_of(survey, to);

	for (size_t i = 0; i < survey->threads[from].outs; i++)
		for (size_t k = 0; k < survey->threads[to].ins; k++)
			if (out[i] != LEATI_NONE && out[i] == in[k])
				return true;
	return false;
}

/* Whether the program's own code receives from an output. */
static bool has_reader(const leati_survey *survey, size_t thread)
{
	const size_t *out = outputs_of(survey, thread);

	for (size_t i = 0; i < survey->threads[thread].outs; i++)
		if (out[i] != LEATI_NONE && survey->channels[out[i]].taker == LEATI_NONE)
			return true;
	return false;
}

/* The stage before this one that is held up the most; LEATI_NONE if there is no stage before it. */
static size_t most_held_up_before(const leati_survey *survey, const leati_times *times, size_t thread)
{
	size_t most = LEATI_NONE;

	for (size_t i = 0; i < survey->n_threads; i++)
		if (times->stages[i].looks && feeds(survey, i, thread) &&
		    (most == LEATI_NONE ||
		     held_up_percent(&times->stages[i]) > held_up_percent(&times->stages[most])))
			most = i;
	return most;
}

/* --------------------------------------------------------------------------------------- the verdict -- */

/* Each of these says in percent how much the stage looks like a bottleneck of one kind; 0: not at all. */

static unsigned as_stage(const leati_survey *survey, const leati_times *times, size_t thread)
{
	const leati_shares *s = &times->stages[thread];
	size_t before;

	if (!works_most(s) || !is_hardly_held_up(s))
		return 0;
	before = most_held_up_before(survey, times, thread);
	return before != LEATI_NONE && is_held_up(&times->stages[before]) ? busy_percent(s) : 0;
}

static unsigned as_reader(const leati_survey *survey, const leati_times *times, size_t thread)
{
	const leati_shares *s = &times->stages[thread];

	return s->looks >= ENOUGH_LOOKS && held_up_percent(s) > 50 && has_reader(survey, thread) ? held_up_percent(s) : 0;
}

/* A stage after it that is busy too may just have begun to hold this one up: then it is too early to say. */
static unsigned as_first(const leati_survey *survey, const leati_times *times, size_t thread)
{
	const leati_shares *s = &times->stages[thread];

	if (!works_most(s) || !is_hardly_held_up(s))
		return 0;
	for (size_t i = 0; i < survey->n_threads; i++)
		if (times->stages[i].looks &&
		    (feeds(survey, i, thread) || (feeds(survey, thread, i) && works_most(&times->stages[i]))))
			return 0;
	return busy_percent(s);
}

typedef unsigned likelihood(const leati_survey *survey, const leati_times *times, size_t thread);

static size_t strongest(const leati_survey *survey, const leati_times *times, likelihood *of_kind)
{
	size_t found = LEATI_NONE;
	unsigned most = 0;

	for (size_t i = 0; i < survey->n_threads; i++) {
		unsigned percent = times->stages[i].looks ? of_kind(survey, times, i) : 0;

		if (percent > most) {
			most = percent;
			found = i;
		}
	}
	return found;
}

void leati_find_bottleneck(const leati_survey *survey, leati_times *times)
{
	times->reader = false;
	times->bottleneck = strongest(survey, times, as_stage);
	if (times->bottleneck == LEATI_NONE) {
		times->bottleneck = strongest(survey, times, as_reader);
		times->reader = times->bottleneck != LEATI_NONE;
	}
	if (times->bottleneck == LEATI_NONE)
		times->bottleneck = strongest(survey, times, as_first);
}

/* What a stage does while it waits for no stream. */
static const char *work_of(const leati_shares *s)
{
	return waited_elsewhere(s) > s->busy ? "waits for something else than streams" : "is busy";
}

void leati_bottleneck_text(const leati_survey *survey, const leati_times *times, char *text, size_t size)
{
	size_t at = times->bottleneck, before;
	const leati_shares *s;
	const char *name;

	text[0] = '\0';
	if (at == LEATI_NONE)
		return;
	s = &times->stages[at];
	name = survey->threads[at].name;
	before = most_held_up_before(survey, times, at);
	if (times->reader)
		(void)snprintf(text, size,
		               "your reader is the bottleneck: %s is held up %u %% of the time, since nobody takes from "
		               "it fast enough", name, held_up_percent(s));
	else if (before == LEATI_NONE)
		(void)snprintf(text, size, "%s is the bottleneck: it %s %u %% of the time, and no stage is before it",
		               name, work_of(s), busy_percent(s));
	else
		(void)snprintf(text, size,
		               "%s is the bottleneck: it %s %u %% of the time, and %s, before it, is held up %u %%", name,
		               work_of(s), busy_percent(s), survey->threads[before].name,
		               held_up_percent(&times->stages[before]));
}
