/* SPDX-License-Identifier: 0BSD
 *
 * survey.c - makes a survey (survey.h): reads the record of each thread with the mutex of that record.
 *
 * Threads go on meanwhile, so a survey shows each thread at a slightly different moment. A channel is copied each time
 * that a thread uses it. Afterwards the copies are sorted by address, and only the first of each channel is kept: so its
 * counts are not younger than any thread that uses it, which deadlock.c needs. What a thread waits for may be
 * read for the reason that registry.h gives.
 */
#define _GNU_SOURCE /* pthread_getattr_np */
#include "survey.h"
#include "../ends.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------ growing -- */

/* Make room for one more in an array of elements of this size. Returns whether there is room. */
bool leati_make_room(leati_survey *survey, void *array, size_t *room, size_t n, size_t size)
{
	void *old, *larger;
	size_t more = *room ? 2 * *room : 16;

	if (n < *room)
		return true;
	memcpy(&old, array, sizeof old); /* the address of a pointer to any type */
	if (!(larger = realloc(old, more * size))) {
		survey->error = ENOMEM;
		return false;
	}
	memcpy(array, &larger, sizeof larger);
	*room = more;
	return true;
}

static void copy_text(char to[LEATI_TEXT], const char *from)
{
	to[0] = '\0';
	if (from)
		strncat(to, from, LEATI_TEXT - 1);
}

/* Of a place that is too long, the end says more than the beginning. */
static void copy_place(char to[LEATI_TEXT], const char *place)
{
	size_t length = place ? strlen(place) : 0;

	copy_text(to, length < LEATI_TEXT ? place : place + length - (LEATI_TEXT - 1));
}

/* ------------------------------------------------------------------------------------------ channels -- */

/* The number of handles. A plain read might give an older number: a read-modify-write gives the latest. */
static unsigned latest(atomic_uint *handles)
{
	return atomic_fetch_add_explicit(handles, 0, memory_order_relaxed);
}

static void copy_channel(leati_seen_channel *to, struct leat_channel *ch)
{
	memset(to, 0, sizeof *to);
	to->address = ch;
	to->maker = to->taker = LEATI_NONE;
	to->timer = ch->timer;
	copy_text(to->type, ch->type.name);
	copy_text(to->name, leati_name(ch));
	copy_place(to->place, leati_place(ch));
	if (leati_is_static(ch))
		return;
	leati_step(NULL);
	to->txs = latest(&ch->txs);
	leati_step(NULL);
	to->rxs = latest(&ch->rxs);
	to->state = atomic_load_explicit(&ch->state, memory_order_relaxed);
	to->len = leati_len(ch);
	to->cap = leati_cap(ch);
	to->cause = atomic_load_explicit(&ch->cause, memory_order_relaxed);
	if (ch->timer)
		to->due = atomic_load_explicit(&ch->due, memory_order_relaxed);
	else
		to->lost = atomic_load_explicit(&ch->lost, memory_order_relaxed);
}

/* The caller makes sure that the channel is there. Returns the index of the copy. */
static size_t see_channel(leati_survey *survey, struct leat_channel *ch)
{
	if (!ch || !leati_make_room(survey, &survey->channels, &survey->room_channels, survey->n_channels, sizeof *survey->channels))
		return LEATI_NONE;
	copy_channel(&survey->channels[survey->n_channels], ch);
	return survey->n_channels++;
}

static void see_noted(struct leat_channel *ch, void *survey)
{
	(void)see_channel(survey, ch);
}

/* ------------------------------------------------------------------------------------------- threads -- */

static void see_handle(leati_survey *survey, struct leat_channel *ch)
{
	if (leati_make_room(survey, &survey->handles, &survey->room_handles, survey->n_handles, sizeof *survey->handles))
		survey->handles[survey->n_handles++] = see_channel(survey, ch);
}

static void see_stage(leati_survey *survey, leati_seen_thread *thread, const leat_stage *stage)
{
	thread->stage = stage;
	thread->stage_does = atomic_load_explicit(&stage->doing, memory_order_relaxed);
	thread->values = atomic_load_explicit(&stage->values, memory_order_relaxed);
	thread->first_handle = survey->n_handles;
	thread->ins = stage->ins;
	thread->outs = stage->outs;
	for (size_t i = 0; i < stage->ins; i++)
		see_handle(survey, stage->in[i].ch);
	for (size_t i = 0; i < stage->outs; i++)
		see_handle(survey, stage->out[i].ch);
	see_handle(survey, stage->done.ch);
}

static size_t see_owned(leati_survey *survey, const leati_parker *record, bool sends)
{
	size_t before = survey->n_handles;

	for (const leati_owned *each = record->owned; each; each = each->next)
		if (each->sends == sends)
			see_handle(survey, each->ch);
	return survey->n_handles - before;
}

/* The thread waits in the line of a monitor. The turn lies on its stack. */
static void see_turn(leati_seen_thread *thread, const struct leat_turn *turn)
{
	copy_text(thread->what, turn->what ? turn->what : "a monitor");
	thread->lock = turn->monitor;
	if (turn->holder)
		thread->holder_address = atomic_load_explicit(turn->holder, memory_order_relaxed);
}

static void see_case(leati_survey *survey, leati_seen_thread *thread, const leat_case *c)
{
	bool turn = c->ch && c->ch->type.name == leati_turn_name;
	leati_seen_case *to;

	if (!leati_make_room(survey, &survey->cases, &survey->room_cases, survey->n_cases, sizeof *survey->cases))
		return;
	to = &survey->cases[survey->n_cases++];
	to->kind = c->kind_;
	copy_place(to->where, c->where_);
	to->channel = turn ? LEATI_NONE : see_channel(survey, c->ch);
	if (turn)
		see_turn(thread, (const struct leat_turn *)(const void *)c->ch); /* its first member */
	thread->cases++;
}

/* The caller holds the record's mutex. A wait that has been claimed is about to end: its thread runs. */
static void see_wait(leati_survey *survey, leati_seen_thread *thread, const leati_parker *record)
{
	const leat_wait *wait = record->asleep;

	if (!wait || atomic_load_explicit(&wait->state, memory_order_relaxed) & (LEATI_CLAIMED | LEATI_DONE))
		return;
	thread->doing = wait->idle ? LEATI_IDLE : LEATI_SLEEPS;
	thread->since = record->since;
	thread->until = record->until;
	thread->first_case = survey->n_cases;
	for (size_t i = 0; i < wait->n; i++)
		see_case(survey, thread, &wait->cases[i]);
}

leati_seen_thread *leati_add_seen_thread(leati_survey *survey, long tid)
{
	leati_seen_thread *thread;

	if (!leati_make_room(survey, &survey->threads, &survey->room_threads, survey->n_threads, sizeof *survey->threads))
		return NULL;
	thread = &survey->threads[survey->n_threads++];
	memset(thread, 0, sizeof *thread);
	thread->tid = tid;
	thread->holder = LEATI_NONE;
	return thread;
}

static void see_record(leati_survey *survey, leati_parker *record)
{
	leati_seen_thread *thread = leati_add_seen_thread(survey, record->tid);

	if (!thread)
		return;
	thread->address = record;
	pthread_mutex_lock(&record->mutex);
	thread->sleeps = record->sleeps;
	if (record->job) {
		copy_text(thread->name, record->job->name);
		copy_place(thread->where, leati_started(record->job, record->stage));
		thread->fn = record->job->fn;
	}
	if (record->stage)
		see_stage(survey, thread, record->stage);
	thread->first_own = survey->n_handles;
	thread->own_txs = see_owned(survey, record, true);
	thread->own_rxs = see_owned(survey, record, false);
	see_wait(survey, thread, record);
	pthread_mutex_unlock(&record->mutex);
}

/* ------------------------------------------------------------------------------- locks and their holders -- */

static bool has_holders(const leati_survey *survey)
{
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].holder_address)
			return true;
	return false;
}

/* The caller is inside the registry, so the thread has not ended. */
static void see_stack(leati_seen_thread *thread)
{
#if defined(__linux__)
	pthread_attr_t attributes;
	void *low;
	size_t size;

	if (pthread_getattr_np(thread->address->id, &attributes) != 0)
		return;
	if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
		thread->stack_low = low;
		thread->stack_high = thread->stack_low + size;
	}
	pthread_attr_destroy(&attributes);
#else
	(void)thread;
#endif
}

static size_t thread_at(const leati_survey *survey, const char *address)
{
	for (size_t i = 0; i < survey->n_threads; i++)
		if (address >= survey->threads[i].stack_low && address < survey->threads[i].stack_high)
			return i;
	return LEATI_NONE;
}

static void find_holders(leati_survey *survey)
{
	if (!has_holders(survey))
		return;
	for (size_t i = 0; i < survey->n_threads; i++)
		see_stack(&survey->threads[i]);
	for (size_t i = 0; i < survey->n_threads; i++)
		if (survey->threads[i].holder_address)
			survey->threads[i].holder = thread_at(survey, survey->threads[i].holder_address);
}

/* ------------------------------------------------------------------------------- how much stack is used -- */

/* The registry lists the threads in the order of the survey, with new ones before them. */
void leati_see_stacks_used(leati_survey *survey)
{
	size_t next = 0;

	for (const leati_parker *record = leati_enter_registry(); record; record = record->next) {
		size_t i = next;

		while (i < survey->n_threads && survey->threads[i].address != record)
			i++;
		if (i == survey->n_threads || survey->threads[i].tid != record->tid)
			continue;
		survey->threads[i].stack = record->stack_bytes;
		survey->threads[i].stack_used = leati_stack_used(record);
		next = i + 1;
	}
	leati_leave_registry();
}

/* ------------------------------------------------------------------------------ one copy of each channel -- */

typedef struct { const struct leat_channel *address; size_t at; } channel_place;

static int compare_places(const void *a, const void *b)
{
	const channel_place *one = a, *two = b;

	if (one->address != two->address)
		return (uintptr_t)one->address > (uintptr_t)two->address ? 1 : -1;
	return (one->at > two->at) - (one->at < two->at);
}

/* Keep the first copy of each channel. renamed[i] becomes the index that copy i now has. */
static void merge(leati_survey *survey, channel_place *places, size_t *renamed, leati_seen_channel *kept)
{
	size_t n = 0;

	for (size_t i = 0; i < survey->n_channels; i++)
		places[i] = (channel_place){ survey->channels[i].address, i };
	qsort(places, survey->n_channels, sizeof *places, compare_places);
	for (size_t i = 0; i < survey->n_channels; i++) {
		if (i == 0 || places[i].address != places[i - 1].address)
			kept[n++] = survey->channels[places[i].at];
		renamed[places[i].at] = n - 1;
	}
	if (n > 0) /* else there are no arrays */
		memcpy(survey->channels, kept, n * sizeof *kept);
	survey->n_channels = n;
}

static void rename_channel(size_t *channel, const size_t *renamed)
{
	if (*channel != LEATI_NONE)
		*channel = renamed[*channel];
}

static void merge_channels(leati_survey *survey)
{
	size_t n = survey->n_channels;
	channel_place *places = malloc((n + 1) * sizeof *places);
	size_t *renamed = malloc((n + 1) * sizeof *renamed);
	leati_seen_channel *kept = malloc((n + 1) * sizeof *kept);

	if (places && renamed && kept) {
		merge(survey, places, renamed, kept);
		for (size_t i = 0; i < survey->n_cases; i++)
			rename_channel(&survey->cases[i].channel, renamed);
		for (size_t i = 0; i < survey->n_handles; i++)
			rename_channel(&survey->handles[i], renamed);
	} else {
		survey->error = ENOMEM;
	}
	free(places);
	free(renamed);
	free(kept);
}

/* Note which stages hold the ends of a channel. */
static void count_input(leati_survey *survey, size_t thread, size_t handle)
{
	size_t at = survey->handles[survey->threads[thread].first_handle + handle];

	if (at == LEATI_NONE)
		return;
	survey->channels[at].stage_rxs++;
	if (survey->channels[at].taker == LEATI_NONE)
		survey->channels[at].taker = thread;
}

static void count_output(leati_survey *survey, size_t thread, size_t output)
{
	const leati_seen_thread *stage = &survey->threads[thread];
	size_t at = survey->handles[stage->first_handle + stage->ins + output];

	if (at == LEATI_NONE)
		return;
	survey->channels[at].stage_txs++;
	if (survey->channels[at].maker == LEATI_NONE) {
		survey->channels[at].maker = thread;
		survey->channels[at].output = output;
		survey->channels[at].outputs = stage->outs;
	}
}

static void count_stage_handles(leati_survey *survey)
{
	for (size_t i = 0; i < survey->n_threads; i++) {
		const leati_seen_thread *thread = &survey->threads[i];

		for (size_t in = 0; thread->stage && in < thread->ins; in++)
			count_input(survey, i, in);
		for (size_t out = 0; thread->stage && out < thread->outs; out++)
			count_output(survey, i, out);
		if (thread->stage && survey->handles[thread->first_handle + thread->ins + thread->outs] != LEATI_NONE)
			survey->channels[survey->handles[thread->first_handle + thread->ins + thread->outs]].stage_rxs++;
	}
}

/* ----------------------------------------------------------------------------------------- together -- */

int leati_begin_survey(leati_survey *survey)
{
	memset(survey, 0, sizeof *survey);
	leati_list_tasks(survey);
	for (leati_parker *record = leati_enter_registry(); record; record = record->next)
		if (!leati_is_service_thread(record->tid)) /* one that writes reports has a record */
			see_record(survey, record);
	find_holders(survey);
	leati_each_channel(see_noted, survey);
	leati_leave_registry();
	survey->at = leati_real_now();
	survey->now = leat_now();
	leati_see_tasks(survey);
	if (!survey->error)
		merge_channels(survey);
	if (!survey->error)
		count_stage_handles(survey);
	if (!survey->error)
		leati_tell_namesakes_apart(survey);
	return survey->error;
}

void leati_end_survey(leati_survey *survey)
{
	free(survey->threads);
	free(survey->channels);
	free(survey->cases);
	free(survey->handles);
	free(survey->tids);
}

/* A timer ends a wait by itself. The library has put its time into `until`, if the timer still runs. */
bool leati_waits_for_ever(const leati_survey *survey, const leati_seen_thread *thread)
{
	if (thread->doing != LEATI_SLEEPS || thread->until != LEAT_NEVER)
		return false;
	for (size_t i = 0; i < thread->cases; i++) {
		size_t at = survey->cases[thread->first_case + i].channel;

		if (at != LEATI_NONE && survey->channels[at].timer)
			return false;
	}
	return true;
}

void leati_channel_text(const leati_survey *survey, size_t channel, char *text, size_t size)
{
	const leati_seen_channel *ch = &survey->channels[channel];

	if (ch->name[0])
		(void)snprintf(text, size, "%s", ch->name);
	else if (ch->timer)
		(void)snprintf(text, size, "a timer");
	else if (ch->maker != LEATI_NONE && ch->outputs > 1)
		(void)snprintf(text, size, "%s.out%zu", survey->threads[ch->maker].name, ch->output + 1);
	else if (ch->maker != LEATI_NONE)
		(void)snprintf(text, size, "%s.out", survey->threads[ch->maker].name);
	else if (ch->place[0])
		(void)snprintf(text, size, "the channel of %s made at %s", ch->type, ch->place);
	else
		(void)snprintf(text, size, "a channel of %s", ch->type);
}
