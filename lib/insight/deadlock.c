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
 *  3. Handles of the program's own do not count only if no thread is live: all threads are stuck, or have been idle
 *     from the one survey to the other. The system has listed them before the second survey read the first of them
 *     (tasks.c). A thread that is not on the list was started later, by a thread that ran.
 *
 * A count may be read without a lock. A number that is too old is too large: the stuck threads have made their handles
 * before they slept, so the reader sees these, and a count that has come down to their number stays there.
 *
 * A thread is only suspected if it has slept for long and the program's own code holds the other end. The same search
 * finds these threads, without the program's own handles.
 *
 * Nothing is proven for handles that the program uses after it has dropped them, or that it uses in a handler of
 * signals.
 */
#define _POSIX_C_SOURCE 200809L
#include "deadlock.h"

#include <stdlib.h>

/* Handles of one end that known threads hold, and how many of them are live threads'. */
typedef struct { unsigned known, live; } holders;

/* The search begins with all threads that may_be_stuck. Those that stay are stuck. */
typedef struct search {
	const leati_survey *survey, *first;
	leat_time suspect;
	bool (*may_be_stuck)(const struct search *self, size_t thread);
	bool counts_program; /* handles of the program's own count as those of live threads */
	bool any_live;       /* a thread that is live, or may be */
	bool *stuck;         /* of each thread */
	holders *txs, *rxs;  /* of each channel */
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

	count_handles(self->txs, self->survey, thread->first_own, thread->own_txs, live);
	count_handles(self->rxs, self->survey, thread->first_own + thread->own_txs, thread->own_rxs, live);
	if (!thread->stage)
		return;
	count_handles(self->rxs, self->survey, ins, thread->ins, live);
	count_handles(self->txs, self->survey, outs, thread->outs, live);
	count_handles(self->rxs, self->survey, done, 1, live);
}

static bool program_is_live(const search *self)
{
	return self->counts_program && self->any_live;
}

/* Whether a live thread may have one of the `count` handles of an end. If there is none, the thread that has dropped the
 * last one is about to wake the others. */
static bool is_live(const search *self, const holders *end, unsigned count)
{
	return end->live > 0 || ((count > end->known || count == 0) && program_is_live(self));
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
	case LEAT_CASE_ALONE_: return receivers || (channel->rxs == 1 && program_is_live(self));
	default: return senders || receivers;
	}
}

static bool may_get_lock(const search *self, const leati_seen_thread *thread)
{
	return thread->holder == LEATI_NONE ? program_is_live(self) : !self->stuck[thread->holder];
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

static void take_out(search *self, size_t i)
{
	const leati_seen_thread *thread = &self->survey->threads[i];

	self->stuck[i] = false;
	if (thread->doing == LEATI_IDLE && self->may_be_stuck(self, i))
		return; /* it has not run a function since */
	self->any_live = true;
	count_handles_of(self, thread, true);
}

static void begin_search(search *self)
{
	self->any_live = !self->survey->knows_all_threads;
	for (size_t i = 0; i < self->survey->n_threads; i++) {
		self->stuck[i] = true;
		count_handles_of(self, &self->survey->threads[i], false);
		if (!leati_waits_for_ever(self->survey, &self->survey->threads[i]) || !self->may_be_stuck(self, i))
			take_out(self, i);
	}
}

/* Take out the threads that a live thread may wake. */
static void take_out_woken(search *self)
{
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < self->survey->n_threads; i++)
			if (self->stuck[i] && may_be_woken(self, &self->survey->threads[i])) {
				take_out(self, i);
				changed = true;
			}
	} while (changed);
}

/* Returns 0 or ENOMEM. */
static int search_for_stuck(search *self)
{
	size_t threads = self->survey->n_threads + 1, channels = self->survey->n_channels + 1; /* none is no error */

	self->stuck = calloc(threads, sizeof *self->stuck);
	self->txs = calloc(channels, sizeof *self->txs);
	self->rxs = calloc(channels, sizeof *self->rxs);
	if (!self->stuck || !self->txs || !self->rxs)
		return ENOMEM;
	begin_search(self);
	take_out_woken(self);
	return 0;
}

static void end_search(search *self)
{
	free(self->stuck);
	free(self->txs);
	free(self->rxs);
}

/* --------------------------------------------------------------------------------------------- proven -- */

static bool is_same_sleep(const leati_seen_thread *a, const leati_seen_thread *b)
{
	return a->address == b->address && a->doing == b->doing && a->sleeps == b->sleeps;
}

/* The first survey saw the thread in the same sleep, probably near the same place. */
static bool was_asleep(const search *self, size_t thread)
{
	size_t n = self->first ? self->first->n_threads : 0;

	for (size_t i = 0; i < n; i++)
		if (is_same_sleep(&self->first->threads[(thread + i) % n], &self->survey->threads[thread]))
			return true;
	return false;
}

static void prove(const search *self, leati_judgement *judgement)
{
	for (size_t i = 0; i < judgement->threads; i++) {
		if (!self->stuck[i])
			continue;
		judgement->verdicts[i] = LEATI_STUCK;
		judgement->stuck++;
	}
	judgement->all = judgement->stuck > 0 && !self->any_live;
}

/* ------------------------------------------------------------------------------------------ suspected -- */

static bool has_slept_long(const search *self, size_t i)
{
	const leati_seen_thread *thread = &self->survey->threads[i];

	return !thread->lock && self->survey->at - thread->since >= self->suspect;
}

/* Whether the program's own code has handles of the other end of a channel that the thread waits on. */
static bool waits_for_program(const search *self, const leati_seen_thread *thread)
{
	for (size_t i = 0; i < thread->cases; i++) {
		const leati_seen_case *c = &self->survey->cases[thread->first_case + i];
		bool receives = c->kind == LEAT_CASE_RECV_ || c->kind == LEAT_CASE_READY_;

		if (c->channel == LEATI_NONE)
			continue;
		if (receives && self->survey->channels[c->channel].txs > self->txs[c->channel].known)
			return true;
		if (!receives && self->survey->channels[c->channel].rxs > self->rxs[c->channel].known)
			return true;
	}
	return false;
}

static void suspect(const search *self, leati_judgement *judgement)
{
	for (size_t i = 0; i < judgement->threads; i++) {
		if (!self->stuck[i] || judgement->verdicts[i] == LEATI_STUCK ||
		    !waits_for_program(self, &self->survey->threads[i]))
			continue;
		judgement->verdicts[i] = LEATI_SUSPECTED;
		judgement->suspected++;
	}
}

/* ---------------------------------------------------------------------------------------------- judge -- */

int leati_judge(const leati_survey *first, const leati_survey *second, leat_time suspect_after,
                leati_judgement *judgement)
{
	search proof = { second, first, 0, was_asleep, true, false, NULL, NULL, NULL };
	search suspicion = { second, first, suspect_after, has_slept_long, false, false, NULL, NULL, NULL };
	int error = second->error;

	*judgement = (leati_judgement){ .threads = second->n_threads };
	judgement->verdicts = calloc(second->n_threads + 1, sizeof *judgement->verdicts);
	if (!error)
		error = judgement->verdicts ? search_for_stuck(&proof) : ENOMEM;
	if (!error)
		error = search_for_stuck(&suspicion);
	if (!error) {
		prove(&proof, judgement);
		suspect(&suspicion, judgement);
	}
	end_search(&proof);
	end_search(&suspicion);
	return error;
}

void leati_end_judgement(leati_judgement *judgement)
{
	free(judgement->verdicts);
	judgement->verdicts = NULL;
}
