/* window.c - how many values a source has asked for, and which of its deliveries are unanswered.
 *
 *     server -> asked -> [enter] -> unanswered -> [leave] -> acknowledged, or given back
 *
 * A message that comes is unanswered before it is no longer asked for, and both in one step. So a source never asks for
 * too much. The server may forget requests, so the stage makes this window forget them. If their values come after all, the
 * window is too full for a while.
 *
 * The monitor of the source protects all of it. A thread that has it may take the lock of libnats, to publish. No thread
 * does it the other way round: libnats calls no function of ours with its lock.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

/* The stage rests while there is no delivery. */
void leatn_window_enter(struct leat_nats_held_ *held)
{
	struct leatn_source *s = held->source;
	bool rests;

	leat_monitor_enter(&s->monitor);
	held->next = s->first;
	if (held->next)
		held->next->prev = held;
	s->first = held;
	s->unanswered++;
	s->asked -= s->asked > 0;
	s->came++;
	rests = s->rests;
	s->rests = false;
	leat_monitor_leave(&s->monitor);
	if (rests)
		leatn_poke(s->poke);
}

/* The stage waits for the last answer before it looks for the end of the stream. If it counts all deliveries that live, it
 * also waits until half of the window is free, to ask for more. */
void leatn_window_leave(struct leat_nats_held_ *held)
{
	struct leatn_source *s = held->source;
	bool due;

	leat_monitor_enter(&s->monitor);
	if (held->next)
		held->next->prev = held->prev;
	*(held->prev ? &held->prev->next : &s->first) = held->next;
	s->unanswered--;
	due = s->unanswered == 0 || (s->keeps && s->asked + s->unanswered == s->plan->p.window / 2);
	leat_monitor_leave(&s->monitor);
	if (due)
		leatn_poke(s->poke);
}

size_t leatn_window_ask(struct leatn_source *s, size_t queued)
{
	size_t window = s->plan->p.window, have, n;

	leat_monitor_enter(&s->monitor);
	have = s->asked + (s->keeps ? s->unanswered : queued);
	n = have > window / 2 ? 0 : window - have;
	s->asked += n;
	leat_monitor_leave(&s->monitor);
	return n;
}

void leatn_window_forget(struct leatn_source *s, size_t n)
{
	leat_monitor_enter(&s->monitor);
	s->asked -= n < s->asked ? n : s->asked;
	leat_monitor_leave(&s->monitor);
}

struct leatn_window leatn_window(struct leatn_source *s)
{
	struct leatn_window window;

	leat_monitor_enter(&s->monitor);
	window = (struct leatn_window){ .unanswered = s->unanswered, .came = s->came, .error = s->error };
	leat_monitor_leave(&s->monitor);
	return window;
}

bool leatn_window_rest(struct leatn_source *s)
{
	bool rests;

	leat_monitor_enter(&s->monitor);
	rests = s->rests = s->unanswered == 0;
	leat_monitor_leave(&s->monitor);
	return rests;
}

void leatn_window_fail(struct leatn_source *s, int error)
{
	leat_monitor_enter(&s->monitor);
	s->error = s->error ? s->error : error;
	leat_monitor_leave(&s->monitor);
	leatn_poke(s->poke);
}

/* The deliveries that nobody has received are the newest ones: those in the queue of the stage and in its output. */
void leatn_window_progress(struct leatn_source *s, size_t queued)
{
	size_t n = s->keeps ? SIZE_MAX : queued + leat_len(s->out);

	leat_monitor_enter(&s->monitor);
	for (struct leat_nats_held_ *held = s->first; held && n > 0; held = held->next, n--)
		(void)leatn_answer(s->c, held->msg, "+WPI");
	leat_monitor_leave(&s->monitor);
}
