/* SPDX-License-Identifier: 0BSD
 *
 * checker.h - decides whether the calls of some threads on some channels, with their results, are what leat.h promises.
 *
 * A history is a list of calls, each with the moments of its start and its end. It is linearizable if each call can be
 * given one moment between the two at which it took effect (a batch one moment for each of its values). Done one at a
 * time in the order of these moments, the calls must give the results that they gave (Herlihy and Wing,
 * "Linearizability: a correctness condition for concurrent objects", 1990).
 *
 * The search for such an order is that of Wing and Gong ("Testing and verifying concurrent objects", 1993). It is depth
 * first. The next call may be any call that started before the end of each call that is still to come. As in Lowe
 * ("Testing for linearizability", 2017), the search remembers sets of calls done and states of the channels from which
 * it found nothing.
 *
 * WHAT IS CHECKED, beyond the order of values:
 *
 * - Sends, receives, batches and selects are one thing: a select of one case or more, which asks for one value or more.
 *   leat_send_or and leat_recv_or are selects in order.
 * - On a channel without room, a send and a receive take effect together, at one moment. At least one of the two calls
 *   may wait.
 * - A select that gave -1 has a moment at which none of its cases could proceed.
 * - "The earliest ready case is chosen." In a select in order, each case before the chosen one has a moment at which it
 *   could not proceed. These moments come one after the other. The cases on the channel of the chosen one could not
 *   proceed when it was chosen. The cases on other channels may have been able to, because their moments may be
 *   earlier.
 * - On a channel without room, a case can proceed only if a partner waits. A call that has started may not have come so
 *   far. So a partner counts only if its `waiting` tells since when it waits. Those are calls without a deadline that
 *   another thread saw asleep.
 * - leat.h does not say that a batch goes over at one moment: other calls may come between its values. But a batch that
 *   moved fewer values than it asked for has a moment after its last value at which it could move no more.
 * - A case that looks (LEAT_READY) and found a value has a moment at which a receive would have got one: a value was in
 *   the channel, or a sender may have waited. It takes nothing, and no sender meets it.
 * - leat_drop_with with a cause takes effect twice: first it leaves the cause, and then it drops.
 *
 * WHAT IS NOT CHECKED: the order in which waiting threads are served; whether they are served at all, because a call
 * may still sleep at the end of a history; leat_len, because it is a hint; LEAT_GONE, leat_force_send and timers.
 *
 * A call that has not returned (end is 0) may have taken effect or not, by any of its cases.
 */
#ifndef HISTORY_CHECKER_H
#define HISTORY_CHECKER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HISTORY_CALLS = 64,    /* limits: calls of a history, */
	HISTORY_CHANNELS = 4,
	HISTORY_CASES = 4,     /* cases of a select, */
	HISTORY_BATCH = 4,     /* values of a call, */
	HISTORY_ROOM = 59      /* values in a channel */
};

typedef enum { HISTORY_SELECT, HISTORY_CLOSE, HISTORY_DROP_TX, HISTORY_DROP_RX, HISTORY_DUP_TX, HISTORY_DUP_RX,
	       HISTORY_CLOSED, HISTORY_CAUSE } history_kind;

/* How long a call may wait: not at all, until a deadline that has passed, until some deadline, for ever. */
typedef enum { HISTORY_NOW, HISTORY_PAST, HISTORY_TIMED, HISTORY_FOREVER } history_wait;

typedef struct history_case {
	int channel;
	bool sends;
	bool looks;                           /* LEAT_READY: it receives nothing; moved is 1 if it found a value */
	int asked;                            /* how many values; more than 1 only if it is the only case: a batch */
	unsigned char values[HISTORY_BATCH];  /* offered or received values: 1 to 255 */
} history_case;

typedef struct history_call {
	int thread;                    /* only printed */
	history_kind kind;
	uint64_t start, end;           /* stamps, all different; end 0: it has not returned */
	/* For a select: */
	history_wait wait;
	bool in_order;
	int cases;
	history_case on[HISTORY_CASES];
	int chosen;                    /* which case, or -1 */
	int moved;                     /* how many values; 0: the chosen case reported the end of its channel */
	int error;                     /* errno if chosen is -1 */
	uint64_t waiting;              /* since when it is known to wait, or 0 */
	/* For the other calls: */
	int channel;
	int cause;                     /* the cause that a close or a drop of a sender leaves */
	int result;                    /* of a close, a drop of a sender, leat_closed, leat_cause */
} history_call;

typedef struct history {
	int channels, calls;
	struct { size_t capacity; unsigned char txs, rxs; } channel[HISTORY_CHANNELS]; /* how many handles there are at
	                                                                                * the start */
	history_call call[HISTORY_CALLS];
} history;

/* ------------------------------------------------------------------------------------------ for people -- */

static inline void history_print_case(FILE *to, const history_case *on)
{
	fprintf(to, "%s %c", on->sends ? "send" : on->looks ? "look at" : "receive", 'a' + on->channel);
	if (on->asked > 1)
		fprintf(to, " up to %d", on->asked);
	for (int i = 0; on->sends && i < on->asked; i++)
		fprintf(to, " %d", on->values[i]);
}

static inline void history_print_outcome(FILE *to, const history_call *call)
{
	const history_case *on = &call->on[call->chosen < 0 ? 0 : call->chosen];

	if (call->chosen < 0) {
		fprintf(to, "none, errno %d (%s)", call->error, strerror(call->error));
		return;
	}
	if (call->cases > 1)
		fprintf(to, "case %d: ", call->chosen);
	fprintf(to, call->moved == 0 ? "over" : on->sends ? "sent" : on->looks ? "ready" : "received");
	for (int i = 0; i < call->moved && !on->looks; i++)
		fprintf(to, " %d", on->values[i]);
}

static inline void history_print_select(FILE *to, const history_call *call)
{
	static const char *const waits[] = { "now", "deadline passed", "timed", "for ever" };

	fprintf(to, "%s", call->cases == 1 ? "" : call->in_order ? "select in order { " : "select { ");
	for (int i = 0; i < call->cases; i++) {
		fprintf(to, "%s", i ? ", " : "");
		history_print_case(to, &call->on[i]);
	}
	fprintf(to, "%s, %s", call->cases == 1 ? "" : " }", waits[call->wait]);
}

static inline void history_print_call(FILE *to, const history_call *call)
{
	static const char *const kinds[] = { "select", "close",  "drop tx", "drop rx",
		                             "dup tx", "dup rx", "closed?", "cause?" };

	fprintf(to, "  thread %d  %3ju to ", call->thread, (uintmax_t)call->start);
	if (call->end)
		fprintf(to, "%3ju  ", (uintmax_t)call->end);
	else
		fprintf(to, "...  ");
	if (call->kind == HISTORY_SELECT)
		history_print_select(to, call);
	else
		fprintf(to, "%s %c", kinds[call->kind], 'a' + call->channel);
	if (call->cause)
		fprintf(to, " with cause %d", call->cause);
	fprintf(to, " -> ");
	if (!call->end)
		fprintf(to, "has not returned");
	else if (call->kind == HISTORY_SELECT)
		history_print_outcome(to, call);
	else
		fprintf(to, "%d", call->result);
	fprintf(to, "\n");
}

/* Print the calls in the order of their starts. */
static inline void history_print(FILE *to, const history *h)
{
	bool printed[HISTORY_CALLS] = { false };

	for (int i = 0; i < h->channels; i++)
		fprintf(to, "  channel %c: capacity %zu, %d tx, %d rx\n", 'a' + i, h->channel[i].capacity,
		        h->channel[i].txs, h->channel[i].rxs);
	for (int n = 0; n < h->calls; n++) {
		int next = -1;

		for (int i = 0; i < h->calls; i++)
			if (!printed[i] && (next < 0 || h->call[i].start < h->call[next].start))
				next = i;
		printed[next] = true;
		history_print_call(to, &h->call[next]);
	}
}

/* ------------------------------------------------------------------------------------------ the model -- */

/* A state consists of bytes only, so that two states are equal if their bytes are. Unused places of a queue are 0. */
typedef struct history_state {
	struct { unsigned char queue[HISTORY_ROOM], len, closed, cause, txs, rxs; } channel[HISTORY_CHANNELS];
	unsigned char steps[HISTORY_CALLS];  /* how many steps of each call have been taken */
} history_state;

typedef struct history_search {
	const history *h;
	int order[HISTORY_CALLS];            /* the calls by their ends, which is a good order in which to try them */
	history_state best;                  /* the state with the most calls done, for the message */
	int most;
	history_state *dead;                 /* a hash set (open addressing) of the states that led to nothing */
	unsigned char *used;
	size_t count, size;
} history_search;

static _Thread_local size_t history_states;  /* searched by this thread's checks */

/* Tells whether the call may wait where others can meet it. */
static inline bool history_may_wait(const history_call *call)
{
	return call->wait == HISTORY_TIMED || call->wait == HISTORY_FOREVER;
}

/* How many cases a select in order has passed over. Each of them is a step before the chosen case. */
static inline int history_looks(const history_call *call)
{
	return call->end && call->in_order && call->chosen > 0 ? call->chosen : 0;
}

/* The number of steps of a call. A short batch has one step more than it has values: it finds that it can move no
 * more. */
static inline int history_steps(const history_call *call)
{
	if (call->kind == HISTORY_DROP_TX)
		return call->cause ? 2 : 1;
	if (call->kind != HISTORY_SELECT)
		return 1;
	if (!call->end)
		return call->cases == 1 ? call->on[0].asked : 1;
	if (call->chosen < 0)
		return 1;
	return history_looks(call) + call->moved + (call->moved < call->on[call->chosen].asked);
}

/* Tells whether another call than `self` and `mate` certainly waits to meet this case, on a channel without room. */
static inline bool history_is_awaited(const history *h, const history_state *s, const history_case *on,
                                      const history_call *self, const history_call *mate)
{
	for (int i = 0; i < h->calls; i++) {
		const history_call *call = &h->call[i];

		if (call == self || call == mate || s->steps[i] > history_looks(call) || !call->waiting ||
		    call->waiting > self->start)
			continue;
		for (int k = 0; k < call->cases; k++)
			if (call->on[k].channel == on->channel && call->on[k].sends != on->sends && !call->on[k].looks)
				return true;
	}
	return false;
}

/* Tells whether the other side has gone. */
static inline bool history_is_over(const history_state *s, const history_case *on)
{
	if (on->sends)
		return s->channel[on->channel].closed || s->channel[on->channel].rxs == 0;
	return s->channel[on->channel].closed && s->channel[on->channel].len == 0;
}

/* Tells whether a value could go over, as far as is known. */
static inline bool history_is_possible(const history *h, const history_state *s, const history_case *on,
                                       const history_call *self, const history_call *mate)
{
	size_t capacity = h->channel[on->channel].capacity;

	if (history_is_over(s, on))
		return false;
	if (capacity == 0)
		return history_is_awaited(h, s, on, self, mate);
	return on->sends ? s->channel[on->channel].len < capacity : s->channel[on->channel].len > 0;
}

/* Tells whether case k could proceed. */
static inline bool history_is_ready(const history *h, const history_state *s, int k, const history_call *self,
                                    const history_call *mate)
{
	return history_is_over(s, &self->on[k]) || history_is_possible(h, s, &self->on[k], self, mate);
}

static inline bool history_none_ready(const history *h, const history_state *s, const history_call *self)
{
	for (int k = 0; k < self->cases; k++)
		if (history_is_ready(h, s, k, self, NULL))
			return false;
	return true;
}

/* Tells whether case k may be chosen now. In a select in order, no earlier case on the same channel may be ready. But a
 * value that comes while the select waits goes to its receive, and was never there to be looked at. */
static inline bool history_may_choose(const history *h, const history_state *s, int k, const history_call *self,
                                      const history_call *mate)
{
	for (int before = 0; self->in_order && before < k; before++)
		if (self->on[before].channel == self->on[k].channel &&
		    (self->on[before].looks ? history_is_over(s, &self->on[before]) :
		                              history_is_ready(h, s, before, self, mate)))
			return false;
	return true;
}

/* ------------------------------------------------------------------------------------- what found nothing -- */

static inline size_t history_hash(const history_state *s)
{
	const unsigned char *bytes = (const unsigned char *)s;
	uint64_t hash = 0, word;

	for (size_t i = 0; i + sizeof word <= sizeof *s; i += sizeof word) {
		memcpy(&word, bytes + i, sizeof word);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return (size_t)hash;
}

/* The place of the state in the set, or the place where it may be put. */
static inline size_t history_place(const history_search *search, const history_state *s)
{
	size_t at = history_hash(s) & (search->size - 1);

	while (search->used[at] && memcmp(&search->dead[at], s, sizeof *s) != 0)
		at = (at + 1) & (search->size - 1);
	return at;
}

static inline bool history_is_dead(const history_search *search, const history_state *s)
{
	return search->size > 0 && search->used[history_place(search, s)];
}

static inline void history_bury(history_search *search, const history_state *s);

/* Double the size of the set. */
static inline void history_grow(history_search *search)
{
	history_search old = *search;

	search->size = old.size ? 2 * old.size : 64;
	search->count = 0;
	search->dead = calloc(search->size, sizeof *search->dead);
	search->used = calloc(search->size, 1);
	if (!search->dead || !search->used) {
		perror("history_check");
		abort();
	}
	for (size_t i = 0; i < old.size; i++)
		if (old.used[i])
			history_bury(search, &old.dead[i]);
	free(old.dead);
	free(old.used);
}

static inline void history_bury(history_search *search, const history_state *s)
{
	size_t at;

	if (2 * search->count >= search->size)
		history_grow(search);
	at = history_place(search, s);
	search->dead[at] = *s;
	search->used[at] = 1;
	search->count++;
}

/* ----------------------------------------------------------------------------------------- the search -- */

static inline bool history_from(history_search *search, const history_state *s);

/* Search on from the state in which the next step of this call is done. */
static inline bool history_next(history_search *search, history_state *s, int i)
{
	s->steps[i]++;
	return history_from(search, s);
}

/* The moment before which a call must have started, so that it may come next. */
static inline uint64_t history_bound(const history *h, const history_state *s)
{
	uint64_t bound = UINT64_MAX;

	for (int i = 0; i < h->calls; i++)
		if (h->call[i].end && h->call[i].end < bound && s->steps[i] < history_steps(&h->call[i]))
			bound = h->call[i].end;
	return bound;
}

static inline bool history_may_be_next(const history *h, const history_state *s, int i, uint64_t bound)
{
	return h->call[i].start < bound && s->steps[i] < history_steps(&h->call[i]);
}

/* Tells whether the call may move its next value by this case. */
static inline bool history_may_move(const history *h, const history_state *s, int i, int k, int mate)
{
	const history_call *call = &h->call[i];
	int looks = history_looks(call);

	if (call->end && (call->chosen != k || s->steps[i] < looks || s->steps[i] >= looks + call->moved))
		return false;
	return history_may_choose(h, s, k, call, mate < 0 ? NULL : &h->call[mate]);
}

/* The value that the next step of the call moves. */
static inline unsigned char history_value(const history_call *call, const history_state *s, int i, int k)
{
	return call->on[k].values[s->steps[i] - history_looks(call)];
}

/* Whether the receive may get this value. If it has returned, it must have got it. */
static inline bool history_takes(const history *h, const history_state *s, int i, int k, unsigned char value)
{
	return !h->call[i].end || history_value(&h->call[i], s, i, k) == value;
}

/* Try a send on a channel without room together with each receive that may be its partner. */
static inline bool history_meet(history_search *search, const history_state *s, int i, int k, uint64_t bound)
{
	const history *h = search->h;
	const history_case *on = &h->call[i].on[k];

	for (int j = 0; j < h->calls; j++) {
		const history_call *mate = &h->call[j];

		if (j == i || mate->kind != HISTORY_SELECT || !history_may_be_next(h, s, j, bound) ||
		    (!history_may_wait(&h->call[i]) && !history_may_wait(mate)) || !history_may_move(h, s, i, k, j))
			continue;
		for (int l = 0; l < mate->cases; l++) {
			history_state next = *s;

			if (mate->on[l].channel != on->channel || mate->on[l].sends || mate->on[l].looks ||
			    !history_may_move(h, s, j, l, i) ||
			    !history_takes(h, s, j, l, history_value(&h->call[i], s, i, k)))
				continue;
			next.steps[j]++;
			if (history_next(search, &next, i))
				return true;
		}
	}
	return false;
}

/* Tells whether a sender may wait on this channel, at a moment before `bound`: a call that has begun and may wait, and
 * that has not moved a value yet. */
static inline bool history_sender_may_wait(const history *h, const history_state *s, const history_call *self,
                                           int channel, uint64_t bound)
{
	for (int j = 0; j < h->calls; j++) {
		const history_call *call = &h->call[j];

		if (call == self || call->kind != HISTORY_SELECT || !history_may_wait(call) ||
		    !history_may_be_next(h, s, j, bound))
			continue;
		for (int k = 0; k < call->cases; k++)
			if (call->on[k].channel == channel && call->on[k].sends)
				return true;
	}
	return false;
}

/* Case k, which looks, finds a value. */
static inline bool history_look(history_search *search, const history_state *s, int i, int k, uint64_t bound)
{
	const history *h = search->h;
	int channel = h->call[i].on[k].channel;
	history_state next = *s;

	if (!s->channel[channel].len && !history_sender_may_wait(h, s, &h->call[i], channel, bound))
		return false;
	return history_may_move(h, s, i, k, -1) && history_next(search, &next, i);
}

/* Move the next value of the call by case k. */
static inline bool history_move(history_search *search, const history_state *s, int i, int k, uint64_t bound)
{
	const history *h = search->h;
	const history_case *on = &h->call[i].on[k];
	size_t capacity = h->channel[on->channel].capacity;
	unsigned char len = s->channel[on->channel].len;
	history_state next;

	if (history_is_over(s, on))
		return false;
	if (on->looks)
		return history_look(search, s, i, k, bound);
	if (capacity == 0)
		return on->sends && history_meet(search, s, i, k, bound);
	if ((on->sends ? len == capacity : len == 0) || !history_may_move(h, s, i, k, -1))
		return false;
	next = *s;
	if (on->sends) {
		next.channel[on->channel].queue[next.channel[on->channel].len++] =
			history_value(&h->call[i], s, i, k);
		return history_next(search, &next, i);
	}
	if (!history_takes(h, s, i, k, s->channel[on->channel].queue[0]))
		return false;
	next.channel[on->channel].queue[--next.channel[on->channel].len] = 0;
	memcpy(next.channel[on->channel].queue, s->channel[on->channel].queue + 1, len - 1u);
	return history_next(search, &next, i);
}

/* Steps of a select that move nothing. It finds that a case is not ready, that no case is ready, that the chosen
 * channel is over, or, after a short batch, that it can move no more. */
static inline bool history_finds(const history *h, const history_state *s, int i)
{
	const history_call *call = &h->call[i];

	if (call->chosen < 0)
		return history_none_ready(h, s, call);
	if (s->steps[i] < history_looks(call))
		return !history_is_ready(h, s, s->steps[i], call, NULL);
	if (call->moved == 0)
		return history_is_over(s, &call->on[call->chosen]) &&
		       history_may_choose(h, s, call->chosen, call, NULL);
	return !history_is_possible(h, s, &call->on[call->chosen], call, NULL);
}

static inline bool history_do_select(history_search *search, const history_state *s, int i, uint64_t bound)
{
	const history *h = search->h;
	const history_call *call = &h->call[i];
	int moves = s->steps[i] - history_looks(call);
	history_state next = *s;

	if (call->end && (call->chosen < 0 || moves < 0 || moves >= call->moved))
		return history_finds(h, s, i) && history_next(search, &next, i);
	for (int k = 0; k < call->cases; k++)
		if ((!call->end || k == call->chosen) && history_move(search, s, i, k, bound))
			return true;
	return false;
}

/* Do one of the other calls. Returns its result. */
static inline int history_apply(const history_call *call, history_state *s, int step)
{
	unsigned char *closed = &s->channel[call->channel].closed, *cause = &s->channel[call->channel].cause;
	unsigned char *txs = &s->channel[call->channel].txs, *rxs = &s->channel[call->channel].rxs;
	int was_open = !*closed;

	if (was_open && step == 0 && call->cause && *cause == 0)
		*cause = (unsigned char)call->cause;
	switch (call->kind) {
	case HISTORY_CLOSE:
		*closed = 1;
		return was_open;
	case HISTORY_DROP_TX:
		if (step + 1 < history_steps(call))
			return call->result;
		*closed |= --*txs == 0;
		return *closed && was_open;
	case HISTORY_DROP_RX:
		if (--*rxs == 0) {
			memset(s->channel[call->channel].queue, 0, HISTORY_ROOM);
			s->channel[call->channel].len = 0;
		}
		return call->result;
	case HISTORY_DUP_TX:
		++*txs;
		return call->result;
	case HISTORY_DUP_RX:
		++*rxs;
		return call->result;
	case HISTORY_CLOSED: return *closed || *rxs == 0;
	case HISTORY_CAUSE: return *cause;
	default: abort();
	}
}

static inline bool history_do(history_search *search, const history_state *s, int i, uint64_t bound)
{
	const history_call *call = &search->h->call[i];
	history_state next;

	if (call->kind == HISTORY_SELECT)
		return history_do_select(search, s, i, bound);
	next = *s;
	if (history_apply(call, &next, s->steps[i]) != call->result && call->end)
		return false;
	return history_next(search, &next, i);
}

/* How many calls have been done, or -1 if all calls that returned have been done. */
static inline int history_done(const history *h, const history_state *s)
{
	int done = 0, missing = 0;

	for (int i = 0; i < h->calls; i++)
		if (s->steps[i] == history_steps(&h->call[i]))
			done++;
		else if (h->call[i].end)
			missing++;
	return missing ? done : -1;
}

/* Tells whether the rest of the history can follow this state. */
static inline bool history_from(history_search *search, const history_state *s)
{
	const history *h = search->h;
	int done = history_done(h, s);
	uint64_t bound;

	if (done < 0)
		return true;
	if (history_is_dead(search, s))
		return false;
	history_states++;
	if (done > search->most) {
		search->most = done;
		search->best = *s;
	}
	bound = history_bound(h, s);
	for (int i = 0; i < h->calls; i++) {
		int next = search->order[i];

		if (history_may_be_next(h, s, next, bound) && history_do(search, s, next, bound))
			return true;
	}
	history_bury(search, s);
	return false;
}

/* ----------------------------------------------------------------------------------------- the verdict -- */

/* Errors of a single call, which need no search. NULL if there is none. */
static inline const char *history_absurd(const history *h, const history_call *call)
{
	if (call->end && call->end <= call->start)
		return "it ended before it started";
	if (call->kind != HISTORY_SELECT)
		return call->channel < 0 || call->channel >= h->channels ? "no such channel" : NULL;
	if (call->cases < 0 || call->cases > HISTORY_CASES)
		return "more cases than can be told";
	for (int k = 0; k < call->cases; k++)
		if (call->on[k].channel < 0 || call->on[k].channel >= h->channels || call->on[k].asked < 1 ||
		    call->on[k].asked > (call->cases == 1 ? HISTORY_BATCH : 1))
			return "a case without a channel, or with an absurd number of values";
	if (!call->end)
		return NULL;
	if (call->chosen >= call->cases)
		return "it chose a case that it does not have";
	if (call->chosen >= 0 && (call->moved < 0 || call->moved > call->on[call->chosen].asked))
		return "it moved more than asked for";
	if (call->chosen >= 0)
		return NULL;
	if (call->wait == HISTORY_FOREVER)
		return "it has no deadline, and gave up";
	return call->error == (call->wait == HISTORY_NOW ? EAGAIN : ETIMEDOUT) ? NULL : "the wrong errno";
}

/* Tells whether the values of each channel have room in the model. */
static inline bool history_fits(const history *h)
{
	int offered = 0;

	for (int i = 0; i < h->calls; i++)
		for (int k = 0; k < h->call[i].cases; k++)
			offered += h->call[i].on[k].sends ? h->call[i].on[k].asked : 0;
	for (int i = 0; i < h->channels; i++)
		if (h->channel[i].capacity > HISTORY_ROOM && offered > HISTORY_ROOM)
			return false;
	return h->calls <= HISTORY_CALLS && h->channels <= HISTORY_CHANNELS;
}

static inline void history_begin(history_search *search, history_state *s, const history *h)
{
	memset(search, 0, sizeof *search);
	memset(s, 0, sizeof *s);
	search->h = h;
	search->most = -1;
	for (int i = 0; i < h->channels; i++) {
		s->channel[i].txs = h->channel[i].txs;
		s->channel[i].rxs = h->channel[i].rxs;
	}
	for (int i = 0; i < h->calls; i++) {
		int at = i;

		for (; at > 0 && h->call[search->order[at - 1]].end - 1 > h->call[i].end - 1; at--) /* 0 counts as the
		                                                                                     * latest end */
			search->order[at] = search->order[at - 1];
		search->order[at] = i;
	}
}

/* Describe the state in which the longest attempt ended. */
static inline void history_explain(const history_search *search, char *text, size_t size)
{
	const history *h = search->h;
	uint64_t bound = history_bound(h, &search->best);
	int length = snprintf(text, size, "no order explains it: with %d of %d calls done, none of these can be next:",
	                      search->most, h->calls);

	for (int i = 0; i < h->calls && length > 0 && (size_t)length < size; i++)
		if (history_may_be_next(h, &search->best, i, bound))
			length += snprintf(text + length, size - (size_t)length, " thread %d's of %ju",
			                   h->call[i].thread, (uintmax_t)h->call[i].start);
}

/* NULL if the history is linearizable; else what is wrong. The text is valid until this thread's next check. */
static inline const char *history_check(const history *h)
{
	static _Thread_local char text[512];
	history_search search;
	history_state s;
	bool found;

	if (!history_fits(h))
		return "too large for this checker";
	for (int i = 0; i < h->calls; i++) {
		const char *absurd = history_absurd(h, &h->call[i]);

		if (!absurd)
			continue;
		(void)snprintf(text, sizeof text, "thread %d's call of %ju: %s", h->call[i].thread,
		               (uintmax_t)h->call[i].start, absurd); /* the rest of a long text is left out */
		return text;
	}
	history_begin(&search, &s, h);
	found = history_from(&search, &s);
	if (!found)
		history_explain(&search, text, sizeof text);
	free(search.dead);
	free(search.used);
	return found ? NULL : text;
}

#endif
