/* SPDX-License-Identifier: 0BSD
 *
 * times.c - what the looks of the sampler have found: counts for each stage and each channel.
 *
 * The counts lie beside the last survey: count i of a table is about thread i, or channel i. The next survey gets new
 * tables, whose counts go on from those of the same stage or channel. So the counts of a stage that has ended go by
 * themselves. A stage is known by its address and that of its thread. If both are used again between two looks, the new
 * stage goes on with the counts of the old one, which are forgotten after two seconds.
 *
 * `recent.lock` protects the tables. No survey is made with it held.
 */
#define _POSIX_C_SOURCE 200809L
#include "../doing.h"
#include "sampler.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The counts are those of this period and of the one before. */
enum {
	PERIOD = 1000000000, /* ns at least, ... */
	PERIOD_LOOKS = 20,   /* ... and looks at least: in a program of very many threads a look takes long */
	STALE = 5            /* periods. Older counts say nothing about now */
};

/* What was counted in one period, of a stage or of a channel. */
struct period {
	unsigned looks;
	unsigned busy, starved, held_up; /* of a stage */
	size_t values;                   /* that came between the looks, ... */
	leat_time time;                  /* ... and the time between them */
	size_t least, most, sum;         /* of the numbers of values in a channel's ring */
};

struct counts {
	const void *address;  /* of the thread's record, or of the channel */
	const void *stage;    /* that the thread runs, or NULL */
	size_t values;        /* of the stage, at the last look */
	struct period now, before;
};

struct table {
	struct counts *counts;
	size_t n;
	size_t next;          /* where the next search begins */
};

struct tables {
	struct table threads, channels;
	leat_time at, began;  /* the times of the last survey, and of the first one of this period */
	unsigned looks;       /* of this period */
};

static struct {
	pthread_mutex_t lock;
	struct tables tables; /* of the last look */
} recent = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Called in the child of a fork. The tables may be half written, and are left alone. */
void leati_forget_times(void)
{
	recent.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	recent.tables = (struct tables){ 0 };
}

/* ------------------------------------------------------------------------------ what a stage waits for -- */

typedef enum { IS_BUSY, IS_STARVED, IS_HELD_UP, WAITS_ELSEWHERE } occupation;

static bool is_handle_among(const size_t *handles, size_t n, size_t channel)
{
	for (size_t i = 0; i < n; i++)
		if (handles[i] == channel)
			return true;
	return false;
}

static bool receives(const leati_survey *survey, const leati_seen_case *c)
{
	return (c->kind == LEAT_CASE_RECV_ || c->kind == LEAT_CASE_READY_) && !survey->channels[c->channel].timer;
}

/* A stage that sleeps. If it can receive and send, it only lacks work.
 *
 * A receive from another channel than an input is a wait for input too, if the stage watches its outputs meanwhile:
 * leat_bridge waits so for a value of the stream that it has received. Without that it is a wait of a function of the
 * user, for an answer that it needs: a part of its work. */
static occupation wait_of(const leati_survey *survey, const leati_seen_thread *thread)
{
	const leati_seen_case *cases = survey->cases + thread->first_case;
	const size_t *in = survey->handles + thread->first_handle, *out = in + thread->ins, *done = out + thread->outs;
	bool sends = false, watches = false, inputs = false, others = false;

	for (size_t i = 0; i < thread->cases; i++) {
		size_t channel = cases[i].channel;

		if (channel == LEATI_NONE || channel == *done)
			continue;
		sends = sends || (cases[i].kind == LEAT_CASE_SEND_ && is_handle_among(out, thread->outs, channel));
		watches = watches || (cases[i].kind == LEAT_CASE_OVER_ && is_handle_among(out, thread->outs, channel));
		inputs = inputs || (receives(survey, &cases[i]) && is_handle_among(in, thread->ins, channel));
		others = others || receives(survey, &cases[i]);
	}
	if (inputs || (others && watches))
		return IS_STARVED;
	/* Workers that keep an order wait in a monitor for room for their results. */
	return sends || strncmp(thread->what, "room ", 5) == 0 ? IS_HELD_UP : WAITS_ELSEWHERE;
}

/* A stage that spins or yields has said what it waits for. */
static occupation occupation_of(const leati_survey *survey, const leati_seen_thread *thread)
{
	if (thread->doing == LEATI_SLEEPS)
		return wait_of(survey, thread);
	switch (thread->stage_does) {
	case LEATI_STAGE_STARVES: return IS_STARVED;
	case LEATI_STAGE_IS_HELD_UP: return IS_HELD_UP;
	default: return IS_BUSY;
	}
}

/* ------------------------------------------------------------------------------------------- the tables -- */

static struct table make_table(size_t n)
{
	return (struct table){ malloc((n + 1) * sizeof(struct counts)), n, 0 };
}

static void free_tables(struct tables *old)
{
	free(old->threads.counts);
	free(old->channels.counts);
	*old = (struct tables){ 0 };
}

/* Two surveys have nearly the same order. So the search begins behind the last find. NULL if there is none. */
static const struct counts *find_counts(struct table *in, const void *address, const void *stage)
{
	for (size_t tried = 0; tried < in->n; tried++) {
		const struct counts *c = &in->counts[in->next];

		in->next = (in->next + 1) % in->n;
		if (c->address == address && c->stage == stage)
			return c;
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------------- counting -- */

/* The counts with which a new table goes on. */
static struct counts go_on(struct table *last, const void *address, const void *stage, bool period_ends)
{
	const struct counts *old = find_counts(last, address, stage);
	struct counts c = old ? *old : (struct counts){ .address = address, .stage = stage };

	if (period_ends) {
		c.before = c.now;
		c.now = (struct period){ 0 };
	}
	return c;
}

/* `passed`: since the look before this one. */
static void count_stage(struct counts *c, const leati_survey *survey, const leati_seen_thread *thread, leat_time passed)
{
	occupation does = occupation_of(survey, thread);
	bool is_first = c->now.looks + c->before.looks == 0;
	size_t values = thread->values - c->values;

	c->values = thread->values;
	c->now.looks++;
	c->now.busy += does == IS_BUSY;
	c->now.starved += does == IS_STARVED;
	c->now.held_up += does == IS_HELD_UP;
	if (!is_first && values <= SIZE_MAX / 2) { /* else it is another stage, which has begun at 0 */
		c->now.values += values;
		c->now.time += passed;
	}
}

static void count_channel(struct period *now, size_t len)
{
	now->least = now->looks > 0 && now->least < len ? now->least : len;
	now->most = now->most > len ? now->most : len;
	now->sum += len;
	now->looks++;
}

static void count_all(struct tables *new, struct tables *last, const leati_survey *survey)
{
	bool ends = survey->at - last->began >= PERIOD && last->looks >= PERIOD_LOOKS;

	new->at = survey->at;
	new->began = ends || last->looks == 0 ? survey->at : last->began;
	new->looks = ends ? 1 : last->looks + 1;
	for (size_t i = 0; i < survey->n_threads; i++) {
		const leati_seen_thread *thread = &survey->threads[i];

		new->threads.counts[i] = (struct counts){ 0 };
		if (!thread->stage)
			continue;
		new->threads.counts[i] = go_on(&last->threads, thread->address, thread->stage, ends);
		count_stage(&new->threads.counts[i], survey, thread, survey->at - last->at);
	}
	for (size_t i = 0; i < survey->n_channels; i++) {
		new->channels.counts[i] = go_on(&last->channels, survey->channels[i].address, NULL, ends);
		count_channel(&new->channels.counts[i].now, survey->channels[i].len);
	}
}

void leati_count_survey(const leati_survey *survey)
{
	struct tables new = { make_table(survey->n_threads), make_table(survey->n_channels), 0, 0, 0 }, old = new;

	if (new.threads.counts && new.channels.counts) {
		pthread_mutex_lock(&recent.lock);
		old = recent.tables;
		count_all(&new, &old, survey);
		recent.tables = new;
		pthread_mutex_unlock(&recent.lock);
	}
	free_tables(&old);
}

void leati_forget_counts(void)
{
	pthread_mutex_lock(&recent.lock);
	free_tables(&recent.tables);
	pthread_mutex_unlock(&recent.lock);
}

/* ------------------------------------------------------------------------------------------- the answer -- */

static leati_shares shares_of(const struct counts *c)
{
	const struct period *a = &c->now, *b = &c->before;
	leat_time time = a->time + b->time;

	return (leati_shares){ .looks = a->looks + b->looks,
		               .busy = a->busy + b->busy,
		               .starved = a->starved + b->starved,
		               .held_up = a->held_up + b->held_up,
		               .rate = time > 0 ? (double)(a->values + b->values) * 1e9 / (double)time : 0 };
}

static leati_fill fill_of(const struct counts *c)
{
	const struct period *a = &c->now, *b = &c->before;
	unsigned looks = a->looks + b->looks;

	return (leati_fill){ .looks = looks,
		             .least = b->looks > 0 && (a->looks == 0 || b->least < a->least) ? b->least : a->least,
		             .most = a->most > b->most ? a->most : b->most,
		             .mean = looks ? (double)(a->sum + b->sum) / looks : 0 };
}

/* The caller holds the lock. */
static void copy_counts(leati_times *times, const leati_survey *survey)
{
	const struct counts *c;

	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].stage &&
		    (c = find_counts(&recent.tables.threads, survey->threads[i].address, survey->threads[i].stage)) != NULL)
			times->stages[i] = shares_of(c);
	for (size_t i = 0; i < survey->n_channels; i++)
		if ((c = find_counts(&recent.tables.channels, survey->channels[i].address, NULL)) != NULL)
			times->fills[i] = fill_of(c);
}

static void *zeroed(size_t bytes)
{
	void *memory = malloc(bytes + 1); /* it must not be NULL if there are none */

	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

int leati_begin_times(leati_times *times, const leati_survey *survey)
{
	*times = (leati_times){ .bottleneck = LEATI_NONE };
	times->stages = zeroed(survey->n_threads * sizeof *times->stages);
	times->fills = zeroed(survey->n_channels * sizeof *times->fills);
	if (!times->stages || !times->fills)
		return ENOMEM;
	pthread_mutex_lock(&recent.lock);
	if (survey->at - recent.tables.at < STALE * (leat_time)PERIOD)
		copy_counts(times, survey);
	pthread_mutex_unlock(&recent.lock);
	leati_find_bottleneck(survey, times);
	return 0;
}

void leati_end_times(leati_times *times)
{
	free(times->stages);
	free(times->fills);
	*times = (leati_times){ .bottleneck = LEATI_NONE };
}
