/* SPDX-License-Identifier: 0BSD
 *
 * deadlock.c - which threads can never be woken: proven from two surveys, or only suspected.
 *
 * A thread is live if anything but another thread may end what it does: it runs, it is in a call of the system, its
 * wait has a deadline or a timer, or leat does not know it. A sleeping thread is live too if a live thread may wake it:
 *
 *     receive, READY   a thread that holds a sending end may send or close
 *     send             one that holds a receiving end may receive or leave; another sender may close
 *     GONE, ALONE      one that holds a receiving end may leave
 *     OVER             one that holds either end
 *     mutex            its holder. Any thread may unlock a leat_mutex, but then the words say that this was left out
 *     other monitors   any live thread
 *
 * The handles of a stage are known, and so are those of leat_own. Any live thread may use the others: the program may
 * keep them where it likes. So the search begins with the sleepers that no deadline ends, and takes out those that a
 * live thread may wake, until nothing changes. Nothing can ever wake the rest, the stuck threads.
 *
 * WHY TWO SURVEYS. A survey reads one thread after another, while they go on. Two threads that hand a value to and fro
 * may each sleep whenever it is read. So a stuck thread must be asleep in both surveys, with the same number of sleeps:
 * then it has slept all the time from the one to the other. This is the proof that no stuck thread is ever woken:
 *
 *  1. Suppose that some are, after the second survey has read them. Take the wake-up that comes first. Until it comes
 *     all stuck threads sleep, from the time at which the first survey read them.
 *  2. The second survey reads the counts of a channel not later than any thread that waits on it or holds an end. So
 *     all stuck threads sleep at that time, and those that hold an end hold as many handles of it as are counted.
 *     Therefore no other thread has one. Only a thread that has a handle can make another, and they all sleep. So this
 *     stays true until the first wake-up, and none but a stuck thread can cause it, which sleeps. The same goes for the
 *     holder of a mutex.
 *  3. If any live thread counts as a possible waker, there is none: all threads are stuck or idle, and the system has
 *     listed them. A thread that it has not listed was started later, by a thread that ran.
 *
 * A count may be read without a lock. A number that is too old is too large: the stuck threads have made their handles
 * before they slept, so the reader sees these, and a count that has come down to their number stays there.
 *
 * Nothing is proven for handles that the program uses after it has dropped them, or that it uses in a handler of
 * signals.
 */
#define _POSIX_C_SOURCE 200809L
#include "deadlock.h"

#include <stdlib.h>

/* Handles of one end that known threads hold, and how many of them are live threads'. */
typedef struct { unsigned known, live; } holders;

typedef struct {
	const leati_survey *survey;
	leati_verdict *verdicts;
	holders *txs, *rxs; /* of each channel */
	bool any_live;      /* a thread that is live, or may be */
} search;

/* -------------------------------------------------------------------------------------------- handles -- */

static void count_handles(holders *of, const leati_survey *survey, size_t first, size_t n, bool live)
{
	for (size_t i = first; i < first + n; i++) {
		size_t channel = survey->handles[i];

		if (channel == LEATI_NONE)
			continue;
		if (live)
			of[channel].live++;
		else
			of[channel].known++;
	}
}

static void count_handles_of(search *self, const leati_seen_thread *thread, bool live)
{
	size_t ins = thread->first_handle, outs = ins + thread->ins, done = outs + thread->outs;

	if (!thread->stage)
		return;
	count_handles(self->rxs, self->survey, ins, thread->ins, live);
	count_handles(self->txs, self->survey, outs, thread->outs, live);
	count_handles(self->rxs, self->survey, done, 1, live);
}

/* Whether a live thread may have one of the `count` handles of an end. If there is none, the thread that has dropped the
 * last one is about to wake the others. */
static bool is_live(const search *self, const holders *end, unsigned count)
{
	return end->live > 0 || ((count > end->known || count == 0) && self->any_live);
}

/* --------------------------------------------------------------------------------------------- wakers -- */

static bool may_be_completed(const search *self, const leati_seen_case *c)
{
	const leati_seen_channel *channel;
	bool senders, receivers;

	if (c->channel == LEATI_NONE)
		return false;
	channel = &self->survey->channels[c->channel];
	senders = is_live(self, &self->txs[c->channel], channel->txs);
	receivers = is_live(self, &self->rxs[c->channel], channel->rxs);
	switch (c->kind) {
	case LEAT_CASE_OFF_: return false;
	case LEAT_CASE_RECV_:
	case LEAT_CASE_READY_: return senders;
	case LEAT_CASE_GONE_: return receivers;
	case LEAT_CASE_ALONE_: return receivers || (channel->rxs == 1 && self->any_live);
	default: return senders || receivers;
	}
}

static bool may_get_lock(const search *self, const leati_seen_thread *thread)
{
	if (thread->holder != LEATI_NONE)
		return self->verdicts[thread->holder] != LEATI_STUCK;
	return self->any_live;
}

static bool may_be_woken(const search *self, const leati_seen_thread *thread)
{
	if (thread->lock && may_get_lock(self, thread))
		return true;
	for (size_t i = 0; i < thread->cases; i++)
		if (may_be_completed(self, &self->survey->cases[thread->first_case + i]))
			return true;
	return false;
}

/* --------------------------------------------------------------------------------------------- search -- */

static bool is_same_sleep(const leati_seen_thread *a, const leati_seen_thread *b)
{
	return a->address == b->address && a->doing == b->doing && a->sleeps == b->sleeps;
}

/* Whether the first survey saw the thread in the same sleep. `near` is where the thread may stand there. */
static bool was_asleep(const leati_survey *first, const leati_seen_thread *thread, size_t near)
{
	size_t n = first ? first->n_threads : 0;

	for (size_t i = 0; i < n; i++)
		if (is_same_sleep(&first->threads[(near + i) % n], thread))
			return true;
	return false;
}

static void count_as_live(search *self, size_t i)
{
	const leati_seen_thread *thread = &self->survey->threads[i];

	self->verdicts[i] = LEATI_LIVE;
	if (thread->doing == LEATI_IDLE)
		return;
	self->any_live = true;
	count_handles_of(self, thread, true);
}

static void begin_search(search *self, const leati_survey *first)
{
	self->any_live = !self->survey->knows_all_threads;
	for (size_t i = 0; i < self->survey->n_threads; i++) {
		const leati_seen_thread *thread = &self->survey->threads[i];

		self->verdicts[i] = LEATI_STUCK;
		count_handles_of(self, thread, false);
		if (!leati_waits_for_ever(self->survey, thread) || !was_asleep(first, thread, i))
			count_as_live(self, i);
	}
}

/* Take out the threads that a live thread may wake. */
static void search_for_stuck(search *self)
{
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < self->survey->n_threads; i++)
			if (self->verdicts[i] == LEATI_STUCK && may_be_woken(self, &self->survey->threads[i])) {
				count_as_live(self, i);
				changed = true;
			}
	} while (changed);
}

/* Whether the thread has slept for long, and none of its channels has a live stage at the other end. */
static bool is_suspicious(search *self, const leati_seen_thread *thread, leat_time suspect)
{
	bool any_live = self->any_live, woken;

	if (thread->lock || !leati_waits_for_ever(self->survey, thread) || self->survey->at - thread->since < suspect)
		return false;
	self->any_live = false; /* the program's own code aside */
	woken = may_be_woken(self, thread);
	self->any_live = any_live;
	return !woken;
}

static void search_for_suspects(search *self, leat_time suspect)
{
	for (size_t i = 0; i < self->survey->n_threads; i++)
		if (self->verdicts[i] == LEATI_LIVE && is_suspicious(self, &self->survey->threads[i], suspect))
			self->verdicts[i] = LEATI_SUSPECTED;
}

/* ---------------------------------------------------------------------------------------------- judge -- */

static void sum_up(const search *self, leati_judgement *judgement)
{
	for (size_t i = 0; i < judgement->threads; i++) {
		judgement->suspected += self->verdicts[i] == LEATI_SUSPECTED;
		judgement->stuck += self->verdicts[i] == LEATI_STUCK;
	}
	judgement->all = judgement->stuck > 0 && !self->any_live;
}

int leati_judge(const leati_survey *first, const leati_survey *second, leat_time suspect, leati_judgement *judgement)
{
	search self = { .survey = second };

	*judgement = (leati_judgement){ .threads = second->n_threads };
	judgement->verdicts = calloc(second->n_threads + 1, sizeof *judgement->verdicts); /* of 0 bytes it may be NULL */
	self.verdicts = judgement->verdicts;
	self.txs = calloc(second->n_channels + 1, sizeof *self.txs);
	self.rxs = calloc(second->n_channels + 1, sizeof *self.rxs);
	if (self.verdicts && self.txs && self.rxs && !second->error) {
		begin_search(&self, first);
		search_for_stuck(&self);
		search_for_suspects(&self, suspect);
		sum_up(&self, judgement);
	}
	free(self.txs);
	free(self.rxs);
	return self.verdicts && self.txs && self.rxs ? second->error : ENOMEM;
}

void leati_end_judgement(leati_judgement *judgement)
{
	free(judgement->verdicts);
	judgement->verdicts = NULL;
}
