/* SPDX-License-Identifier: 0BSD
 *
 * cycle.c - says in words why threads are stuck. It follows each of them to a thread that holds what it waits for, from
 * there to the next, and so on, until a thread comes again, or until no thread holds it.
 */
#define _POSIX_C_SOURCE 200809L
#include "deadlock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CASES = 3 }; /* that are told of one select */

typedef struct {
	FILE *to;
	const leati_survey *survey;
	const leati_judgement *judgement;
	size_t *line; /* of each thread: the line that tells of it, from 1; or 0 */
	bool *open;   /* of each line: it ends at a channel that the program holds, and not in a cycle */
} story;

const char *leati_waits_to(int kind)
{
	switch (kind) {
	case LEAT_CASE_SEND_: return "send to";
	case LEAT_CASE_RECV_: return "receive from";
	case LEAT_CASE_READY_: return "hear from";
	case LEAT_CASE_GONE_: return "see all receivers leave";
	case LEAT_CASE_OVER_: return "see the end of";
	case LEAT_CASE_ALONE_: return "be the only receiver of";
	default: return "use";
	}
}

/* ---------------------------------------------------------------------------------- what a thread waits for -- */

static const leati_seen_case *nth_case(const story *self, const leati_seen_thread *thread, size_t i)
{
	return &self->survey->cases[thread->first_case + i];
}

static size_t done_of(const story *self, const leati_seen_thread *thread)
{
	return self->survey->handles[thread->first_handle + thread->ins + thread->outs];
}

/* A stage watches done and its outputs in each of its waits. Only the other cases say what it is about. A nil case is
 * told if it is the only one. */
static bool is_told(const story *self, const leati_seen_thread *thread, const leati_seen_case *c)
{
	if (thread->lock || c->kind == LEAT_CASE_OFF_)
		return false;
	if (c->channel == LEATI_NONE)
		return thread->cases == 1 && thread->until == LEAT_NEVER; /* leat_sleep has a nil case too */
	if (!thread->stage)
		return true;
	return c->kind != LEAT_CASE_OVER_ && !(c->kind == LEAT_CASE_READY_ && c->channel == done_of(self, thread));
}

/* ----------------------------------------------------------------------------------------- which thread holds it -- */

static bool is_stuck(const story *self, size_t i)
{
	return self->judgement->verdicts[i] == LEATI_STUCK;
}

static bool is_among(const story *self, size_t channel, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		if (self->survey->handles[i] == channel)
			return true;
	return false;
}

static bool holds_sender(const story *self, const leati_seen_thread *thread, size_t channel)
{
	return is_among(self, channel, thread->first_own, thread->own_txs) ||
	       (thread->stage && is_among(self, channel, thread->first_handle + thread->ins, thread->outs));
}

static bool holds_receiver(const story *self, const leati_seen_thread *thread, size_t channel)
{
	return is_among(self, channel, thread->first_own + thread->own_txs, thread->own_rxs) ||
	       (thread->stage && (is_among(self, channel, thread->first_handle, thread->ins) ||
	                          done_of(self, thread) == channel));
}

/* The only stuck thread that runs the program's own code, and no stage. Returns LEATI_NONE if there are several. */
static size_t only_thread_of_program(const story *self)
{
	size_t only = LEATI_NONE;

	for (size_t i = 0; i < self->survey->n_threads; i++) {
		if (!is_stuck(self, i) || self->survey->threads[i].stage)
			continue;
		if (only != LEATI_NONE)
			return LEATI_NONE;
		only = i;
	}
	return only;
}

/* The stuck thread that holds an end of the channel, or LEATI_NONE. */
static size_t holder_of(const story *self, size_t channel, bool sends)
{
	for (size_t i = 0; i < self->survey->n_threads; i++) {
		const leati_seen_thread *thread = &self->survey->threads[i];

		if (is_stuck(self, i) && (sends ? holds_sender(self, thread, channel) : holds_receiver(self, thread, channel)))
			return i;
	}
	return only_thread_of_program(self);
}

static bool needs_sender(const leati_seen_case *c)
{
	return c->kind == LEAT_CASE_RECV_ || c->kind == LEAT_CASE_READY_;
}

/* The thread that holds what this one waits for, or LEATI_NONE. *c becomes the case by which it waits for that thread,
 * or NULL. */
static size_t next_of(const story *self, const leati_seen_thread *thread, const leati_seen_case **c)
{
	size_t holder = LEATI_NONE;

	*c = NULL;
	if (thread->lock)
		return thread->holder;
	for (size_t i = 0; i < thread->cases && holder == LEATI_NONE; i++) {
		const leati_seen_case *each = nth_case(self, thread, i);

		if (!is_told(self, thread, each) || each->channel == LEATI_NONE)
			continue;
		*c = each;
		holder = holder_of(self, each->channel, needs_sender(each));
	}
	return holder;
}

/* ----------------------------------------------------------------------------------------------- in words -- */

/* A name that several threads have is followed by the number of the thread. */
static void tell_name(const story *self, const leati_seen_thread *thread)
{
	size_t namesakes = 0;
	char name[LEATI_TEXT];

	for (size_t i = 0; i < self->survey->n_threads; i++)
		namesakes += strcmp(self->survey->threads[i].name, thread->name) == 0;
	(void)fputs(leati_thread_text(thread, name, sizeof name), self->to);
	if (namesakes > 1)
		(void)fprintf(self->to, "[%ld]", thread->tid);
}

static void tell_channel(const story *self, size_t channel)
{
	char text[2 * LEATI_TEXT + 32] = "a nil channel";

	if (channel != LEATI_NONE)
		leati_channel_text(self->survey, channel, text, sizeof text);
	(void)fputs(text, self->to);
}

static void tell_cases(const story *self, const leati_seen_thread *thread)
{
	size_t told = 0;

	for (size_t i = 0; i < thread->cases; i++) {
		const leati_seen_case *c = nth_case(self, thread, i);

		if (!is_told(self, thread, c) || told++ >= MOST_CASES)
			continue;
		(void)fprintf(self->to, "%sto %s ", told > 1 ? ", or " : "", leati_waits_to(c->kind));
		tell_channel(self, c->channel);
	}
	if (told > MOST_CASES)
		(void)fprintf(self->to, ", or %zu more", told - MOST_CASES);
	if (told == 0 && thread->until != LEAT_NEVER)
		(void)fputs("for a time to come", self->to);
	else if (told == 0)
		(void)fputs(thread->stage ? "until it is time to return" : "in a select that nothing can end", self->to);
}

static void tell_wait(const story *self, const leati_seen_thread *thread)
{
	(void)fputs(thread->doing == LEATI_SLEEPS ? " waits " : " runs", self->to);
	if (thread->lock)
		(void)fprintf(self->to, "for %s", thread->what);
	else if (thread->doing == LEATI_SLEEPS)
		tell_cases(self, thread);
}

void leati_write_wait(FILE *to, const leati_survey *survey, size_t thread)
{
	const story self = { .to = to, .survey = survey };

	tell_name(&self, &survey->threads[thread]);
	tell_wait(&self, &survey->threads[thread]);
}

/* Unless the name of the channel says already that the holder sends to it. */
static void tell_end(const story *self, const leati_seen_case *c, size_t holder)
{
	const leati_seen_channel *channel = &self->survey->channels[c->channel];

	if (needs_sender(c) && channel->maker == holder && holder != LEATI_NONE && !channel->name[0])
		return;
	(void)fputs("; ", self->to);
	tell_channel(self, c->channel);
	(void)fputs(" is held by ", self->to);
	if (holder == LEATI_NONE)
		(void)fputs("the program", self->to);
	else
		tell_name(self, &self->survey->threads[holder]);
}

/* Any thread may unlock a mutex, but the search counts on its holder. */
static void tell_lock(const story *self, size_t holder)
{
	(void)fputs(", which ", self->to);
	tell_name(self, &self->survey->threads[holder]);
	(void)fputs(" holds and should unlock", self->to);
}

/* Tell what the thread waits for. Returns the next thread, or LEATI_NONE. */
static size_t tell_step(const story *self, size_t i)
{
	const leati_seen_thread *thread = &self->survey->threads[i];
	const leati_seen_case *c;
	size_t next = next_of(self, thread, &c);

	tell_wait(self, thread);
	if (thread->lock && next != LEATI_NONE)
		tell_lock(self, next);
	else if (c)
		tell_end(self, c, next);
	return next;
}

/* ----------------------------------------------------------------------------------------------- together -- */

/* Whether both threads run the same and wait for the same. */
static bool are_alike(const story *self, size_t i, size_t j)
{
	const leati_seen_thread *a = &self->survey->threads[i], *b = &self->survey->threads[j];

	if (self->judgement->verdicts[i] != self->judgement->verdicts[j] || a->main != b->main || a->fn != b->fn ||
	    a->lock != b->lock || a->cases != b->cases || strcmp(a->name, b->name) != 0)
		return false;
	for (size_t k = 0; k < a->cases; k++)
		if (nth_case(self, a, k)->kind != nth_case(self, b, k)->kind ||
		    nth_case(self, a, k)->channel != nth_case(self, b, k)->channel)
			return false;
	return true;
}

/* Give the threads that are like this one to its line. Returns how many there are, with this one. */
static size_t gather(const story *self, size_t first, size_t line)
{
	size_t alike = 1;

	self->line[first] = line;
	for (size_t i = 0; i < self->survey->n_threads; i++)
		if (self->line[i] == 0 && are_alike(self, first, i)) {
			self->line[i] = line;
			alike++;
		}
	return alike;
}

/* Give this thread, and those that follow from it, to the line. Returns how many there are; or 0 if they only wait for
 * threads of an earlier line, which tells enough. If that line is open, a function of the program is told all the same:
 * it may be the one that should have gone on. */
static size_t follow(const story *self, size_t first, size_t line)
{
	const leati_seen_case *c;
	size_t i = first, steps = 0;

	for (; i != LEATI_NONE && self->line[i] == 0; steps++) {
		self->line[i] = line;
		i = next_of(self, &self->survey->threads[i], &c);
	}
	self->open[line] = i == LEATI_NONE || self->open[self->line[i]];
	if (i == LEATI_NONE || self->line[i] == line)
		return steps;
	return self->open[line] && !self->survey->threads[first].stage ? steps : 0;
}

static void tell_subject(const story *self, const leati_seen_thread *thread, size_t alike)
{
	char name[LEATI_TEXT];

	if (alike > 1)
		(void)fprintf(self->to, "%zu threads: %s", alike, leati_thread_text(thread, name, sizeof name));
	else
		tell_name(self, thread);
}

static void tell_from(const story *self, size_t first, size_t line)
{
	size_t steps = follow(self, first, line), alike = gather(self, first, line), i = first;

	for (; steps > 0; steps--) {
		tell_subject(self, &self->survey->threads[i], i == first ? alike : 1);
		i = tell_step(self, i);
		(void)fputs(steps > 1 ? "; " : "\n", self->to);
	}
}

static void tell_suspected(const story *self, size_t first, size_t line)
{
	const leati_seen_thread *thread = &self->survey->threads[first];

	(void)fputs("suspected: ", self->to);
	tell_subject(self, thread, gather(self, first, line));
	tell_wait(self, thread);
	(void)fprintf(self->to, ", for %" PRId64 " s already; only the program's own code could wake it\n",
	              (int64_t)((self->survey->at - thread->since) / LEAT_S(1)));
}

static void tell_all(const story *self)
{
	size_t lines = 0, n = self->survey->n_threads;

	for (size_t i = 0; i < n; i++) /* the main thread comes first */
		if (self->survey->threads[i].main && is_stuck(self, i))
			tell_from(self, i, ++lines);
	for (size_t i = 0; i < n; i++)
		if (is_stuck(self, i) && self->line[i] == 0)
			tell_from(self, i, ++lines);
	for (size_t i = 0; i < n; i++)
		if (self->judgement->verdicts[i] == LEATI_SUSPECTED && self->line[i] == 0)
			tell_suspected(self, i, ++lines);
}

/* Without memory for the marks there are no words: the verdict of each thread still stands. */
void leati_write_deadlocks(FILE *to, const leati_survey *survey, const leati_judgement *judgement)
{
	story self = { to, survey, judgement, calloc(survey->n_threads + 1, sizeof *self.line),
	               calloc(survey->n_threads + 1, sizeof *self.open) };

	if (self.line && self.open)
		tell_all(&self);
	free(self.line);
	free(self.open);
}
