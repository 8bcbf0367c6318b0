/* SPDX-License-Identifier: 0BSD
 *
 * trace_text.c - what a trace calls channels and waits: "receive from map.out".
 *
 * A channel has the name that leat_name gave it, or that of the stage that sends to it. The second is not in the
 * channel. So a table has the outputs of all stages, from when they are made to when they are freed, as long as there
 * is room.
 */
#define _POSIX_C_SOURCE 200809L
#include "deadlock.h"
#include "trace_ring.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_OUTPUTS = 1024, TRIES = 8 };

typedef struct named_output {
	const struct leat_channel *ch; /* NULL: this place is free */
	char text[LEATI_EVENT_TEXT];
} named_output;

static struct {
	pthread_mutex_t lock;
	named_output table[NAMED_OUTPUTS]; /* a hash table. A channel is in one of TRIES places */
} outputs = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* This may cut. snprintf would take most of the time of a record. */
void leati_append(char text[LEATI_EVENT_TEXT], const char *more)
{
	size_t length = strlen(text);

	while (*more && length < LEATI_EVENT_TEXT - 1)
		text[length++] = *more++;
	text[length] = '\0';
}

/* Called in the child of a fork, where a thread of the parent may have held the lock. */
void leati_forget_names(void)
{
	pthread_mutex_init(&outputs.lock, NULL); /* cannot fail without attributes */
}

/* ------------------------------------------------------------------------------------------ channels -- */

/* The caller holds the lock. Where the channel is or may be put. NULL: there is no room. */
static named_output *find_output(const struct leat_channel *ch)
{
	size_t first = (uintptr_t)ch / sizeof *ch;
	named_output *named = NULL;

	for (size_t i = 0; i < TRIES; i++) {
		named_output *each = &outputs.table[(first + i) % NAMED_OUTPUTS];

		if (each->ch == ch)
			return each;
		if (!each->ch)
			named = each;
	}
	return named;
}

static void name_output(const leat_stage *stage, size_t i)
{
	named_output *named = find_output(stage->out[i].ch);

	if (!named || leati_is_static(stage->out[i].ch))
		return;
	named->ch = stage->out[i].ch;
	if (stage->outs == 1)
		(void)snprintf(named->text, sizeof named->text, "%s.out", stage->name); /* may cut */
	else
		(void)snprintf(named->text, sizeof named->text, "%s.out%zu", stage->name, i + 1);
}

/* The stage has made its outputs. */
void leati_name_outputs(const leat_stage *stage)
{
	pthread_mutex_lock(&outputs.lock);
	for (size_t i = 0; i < stage->outs; i++)
		name_output(stage, i);
	pthread_mutex_unlock(&outputs.lock);
}

/* The channel is about to be freed. */
void leati_unname_channel(const struct leat_channel *ch)
{
	named_output *named;

	pthread_mutex_lock(&outputs.lock);
	named = find_output(ch);
	if (named)
		named->ch = NULL;
	pthread_mutex_unlock(&outputs.lock);
}

void leati_append_channel(char text[LEATI_EVENT_TEXT], const struct leat_channel *ch)
{
	const char *name = leati_name(ch), *made_at = leati_place(ch);
	const named_output *output;

	pthread_mutex_lock(&outputs.lock);
	output = find_output(ch);
	if (name) {
		leati_append(text, name);
	} else if (output && output->ch) {
		leati_append(text, output->text);
	} else {
		leati_append(text, ch->timer ? "a timer" : ch->type.name);
		leati_append(text, made_at ? " made at " : "");
		leati_append(text, made_at ? made_at : "");
	}
	pthread_mutex_unlock(&outputs.lock);
}

/* --------------------------------------------------------------------------------------------- waits -- */

static bool is_turn(const leat_case *c)
{
	return c->ch->type.name == leati_turn_name;
}

/* Stages and some calls also watch `done` and the ends of outputs. Such a case says little about the wait. */
static bool only_watches(const leat_case *c)
{
	return c->kind_ == LEAT_CASE_READY_ || (c->kind_ == LEAT_CASE_OVER_ && !is_turn(c));
}

/* The first case that says what the wait is about. *others: how many more say something. NULL: no case is on. */
static const leat_case *main_case(const leat_wait *wait, size_t *others)
{
	const leat_case *found = NULL;

	*others = 0;
	for (size_t i = 0; i < wait->n; i++) {
		const leat_case *c = &wait->cases[i];

		if (!c->ch || (found && only_watches(c)))
			continue;
		if (found && !only_watches(found))
			++*others;
		else
			found = c;
	}
	return found;
}

static void append_case(char text[LEATI_EVENT_TEXT], const leat_case *c)
{
	const struct leat_turn *turn = (const void *)c->ch; /* if it is one: its first member is a channel */
	char address[LEATI_EVENT_TEXT];

	leati_append(text, is_turn(c) ? "wait for" : leati_waits_to(c->kind_));
	leati_append(text, " ");
	if (is_turn(c)) {
		leati_append(text, turn->what ? turn->what : "a monitor");
		(void)snprintf(address, sizeof address, " at %p", (void *)turn->monitor); /* has room */
		leati_append(text, address);
	} else {
		leati_append_channel(text, c->ch);
	}
}

/* Returns the case that the wait is called after, or NULL. */
const leat_case *leati_append_wait(char text[LEATI_EVENT_TEXT], const leat_wait *wait, leat_time until)
{
	size_t others;
	char number[LEATI_EVENT_TEXT];
	const leat_case *c = main_case(wait, &others);

	if (!c) {
		leati_append(text, wait->idle ? "idle" : until == LEAT_NEVER ? "wait for ever" : "sleep");
		return NULL;
	}
	append_case(text, c);
	if (others > 0) {
		(void)snprintf(number, sizeof number, " or %zu more", others); /* has room */
		leati_append(text, number);
	}
	return c;
}
