/* SPDX-License-Identifier: 0BSD
 *
 * select.c - the one algorithm of waiting. A plain send or receive is a select of one case.
 *
 * A case is DECIDED when it has passed a value, has found one (LEAT_READY), or has found that the other side is gone.
 * ORDER: visit the cases in random order.
 * PASS 1: look at each case without a lock. If it looks ready, lock its channel and attempt it.
 * PASS 2: if no case was decided, lock all channels, in the order of their addresses, and attempt each case again. If
 * that fails too, register the select: put every case on its channel's queue. To other threads pass 2 is one step. So
 * of two selects that could meet, the later one finds the earlier one registered, and neither has to retry.
 * WAIT: park until a partner has claimed one of the cases and completed it. Then take the others off their queues.
 *
 * A select that gives up has made pass 2 too: at that moment no case was ready.
 *
 * On a channel with much room, a waiter first looks around without registering, while a batch gathers. A registered
 * receiver would be woken for every value, and compete with the sender for the channel's lock.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "queue.h"

enum {
	STRIDE = 32, /* pauses before the first look around; before each later one there are twice as many */
	KEPT = 20    /* yields kept for after the registration: until they are spent, a wake-up needs no system call */
};

/* -------------------------------------------------------------------------------------------- order -- */

/* Choose the order of visits: a random permutation (the inside-out shuffle of Fisher and Yates), or the given order. A
 * random first case alone would not be fair: a case that follows one that is not ready would be chosen more often. */
static void shuffle(leat_case *cases, size_t n, bool in_order)
{
	cases[0].visit_ = 0;
	for (size_t i = 1; i < n; i++) {
		size_t j = in_order ? i : leati_random((uint32_t)i + 1);

		cases[i].visit_ = cases[j].visit_;
		cases[j].visit_ = i;
	}
}

static bool is_above(const leat_case *cases, size_t a, size_t b)
{
	return (uintptr_t)cases[cases[a].rank_].ch > (uintptr_t)cases[cases[b].rank_].ch;
}

static void swap_ranks(leat_case *cases, size_t a, size_t b)
{
	size_t rank = cases[a].rank_;

	cases[a].rank_ = cases[b].rank_;
	cases[b].rank_ = rank;
}

static void sift_down(leat_case *cases, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && is_above(cases, child + 1, child))
			child++;
		if (!is_above(cases, child, root))
			return;
		swap_ranks(cases, root, child);
	}
}

/* Rank the cases by the address of their channel: heapsort (Williams, 1964), as it needs no memory. */
static void rank(leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cases[i].rank_ = i;
	for (size_t i = n / 2; i-- > 0;)
		sift_down(cases, i, n);
	for (size_t end = n; end-- > 1;) {
		swap_ranks(cases, 0, end);
		sift_down(cases, 0, end);
	}
}

/* The channel at this rank. NULL if it is nil, or the same as the one before, which must not be locked twice. */
static struct leat_channel *nth_channel(const leat_case *cases, size_t nth)
{
	struct leat_channel *ch = cases[cases[nth].rank_].ch;

	return nth > 0 && cases[cases[nth - 1].rank_].ch == ch ? NULL : ch;
}

static void lock_all(const leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nth_channel(cases, i))
			leati_acquire_channel(nth_channel(cases, i));
}

static void unlock_all(const leat_case *cases, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (nth_channel(cases, i))
			leati_release_channel(nth_channel(cases, i));
}

/* -------------------------------------------------------------------------------------------- pass 1 -- */

/* Attempt the case with the lock of its end alone, as the short cut of ring.h does. */
static bool try_end(leat_case *c, const leat_case *cases, size_t earlier)
{
	bool sends = c->kind_ == LEAT_CASE_SEND_;
	size_t n = sends ? leati_begin_send(c->ch, 2, c->count_) : leati_begin_receive(c->ch, c->count_);

	if (n > 0 && leati_any_looks_ready(cases, earlier))
		n = 0;
	if (sends)
		leati_end_send(c->ch, 2, c->from_, n);
	else
		leati_end_receive(c->ch, c->into_, n, c->counter_, &c->number_);
	c->moved_ = n;
	c->ok = n > 0;
	return c->ok;
}

/* Attempt the case, unless one of the `earlier` first cases looks ready. */
static bool try_one(leat_case *c, const leat_case *cases, size_t earlier)
{
	leati_woken woken;
	bool decided;

	if (leati_is_split(c->ch) && c->kind_ <= LEAT_CASE_RECV_ && try_end(c, cases, earlier))
		return true;
	leati_enter(c->ch, &woken);
	decided = !leati_any_looks_ready(cases, earlier) && leati_attempt(c, &woken);
	leati_leave(c->ch, &woken);
	return decided;
}

/* In order, a case is attempted only if no earlier case looks ready while its lock is held. The earlier cases are
 * checked one after another, not at one instant: an exact check would lock `done` for every value. If an earlier case
 * looks ready, pass 2 decides. A single case is attempted without a look, which would only cost another cache miss. */
static leat_case *try_each(leat_case *cases, size_t n, bool in_order)
{
	for (size_t i = 0; i < n; i++) {
		leat_case *c = &cases[cases[i].visit_];

		if (c->ch && ((n == 1 && !leati_is_split(c->ch)) || leati_looks_ready(c)) &&
		    try_one(c, cases, in_order ? i : 0))
			return c;
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------------- pass 2 -- */

/* Whether the case becomes ready when a timer ticks or ends. */
static bool follows_time(const leat_case *c)
{
	return c->kind_ == LEAT_CASE_RECV_ || c->kind_ == LEAT_CASE_READY_ || c->kind_ == LEAT_CASE_SEND_;
}

/* When to wake up: at t, or earlier, when a timer among the cases is due. */
static leat_time next_look(const leat_case *cases, size_t n, leat_time t)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && follows_time(&cases[i]) && cases[i].ch->timer) {
			leat_time due = atomic_load_explicit(&cases[i].ch->due, memory_order_relaxed);

			t = due < t ? due : t;
		}
	return t;
}

/* Attempt each case with all channels locked, and return the decided one. If none is and `wait` is given, register the
 * select. That too is in the order of visits, so that of several cases on one channel the first is claimed first.
 *
 * *until becomes the time to wake up. The timers are asked here, under their locks: if a timer is moved later, its new
 * time wakes the select. Besides, a partner that completes a case may drop the channel at once, so the owner of the
 * case must not read the channel afterwards. */
static leat_case *register_cases(leat_case *cases, size_t n, leat_wait *wait, leat_time *until)
{
	leat_case *decided = NULL;
	leati_woken woken;

	leati_woken_begin(&woken);
	rank(cases, n);
	lock_all(cases, n);
	for (size_t i = 0; i < n && !decided; i++) {
		leat_case *c = &cases[cases[i].visit_];

		if (c->ch && leati_attempt(c, &woken))
			decided = c;
	}
	for (size_t i = 0; i < n && !decided && wait; i++) {
		leat_case *c = &cases[cases[i].visit_];

		if (c->ch)
			leati_register(c, wait, &woken);
	}
	if (!decided && wait)
		*until = next_look(cases, n, *until);
	unlock_all(cases, n);
	leati_wake_all(&woken);
	return decided;
}

/* Take the cases that lost off their queues. The thread that claimed the winner has taken that one off. */
static void unregister_cases(leat_case *cases, size_t n, const leat_case *claimed)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && &cases[i] != claimed)
			leati_dequeue(&cases[i]);
}

/* ---------------------------------------------------------------------------------------------- wait -- */

static bool prefers_batches(const leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && cases[i].kind_ != LEAT_CASE_READY_ && leati_prefers_batches(leati_cap(cases[i].ch)))
			return true;
	return false;
}

/* Look at the cases between pauses or yields. True if one looks ready. False if the back-off is spent or it is late. */
static bool look_around(const leat_case *cases, size_t n, leat_time until, leati_backoff *left)
{
	for (unsigned stride = STRIDE; leati_backoff_step(left, stride, KEPT, until); stride = 2 * STRIDE)
		if (leati_any_looks_ready(cases, n))
			return true;
	return false;
}

/* Returns the decided case, or NULL if a case may have become ready, the time has come, or a timer was moved. */
static leat_case *wait_for_one(leat_case *cases, size_t n, leat_time t, leati_backoff *left)
{
	leat_wait wait;
	leat_case *decided;

	if (prefers_batches(cases, n) && look_around(cases, n, next_look(cases, n, t), left))
		return NULL;
	leati_wait_begin(&wait, cases, n);
	if ((decided = register_cases(cases, n, &wait, &t)) != NULL)
		return decided;
	if (leati_park(&wait, t, left))
		decided = wait.chosen;
	unregister_cases(cases, n, decided);
	return decided;
}

/* ------------------------------------------------------------------------------------------ together -- */

/* Whether to leave pass 1 out: for a single case both passes would lock the same channel, one after the other. */
static bool goes_to_pass_2(const leat_case *cases, size_t n)
{
	return n == 1 && !prefers_batches(cases, n);
}

static bool are_off(const leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch)
			return false;
	return true;
}

static bool has_passed(leat_time t)
{
	return t != LEAT_NEVER && (t == LEAT_NOW || t <= leat_now());
}

/* Closing a channel may claim any of the cases that wait on it. Report the earliest. A closed channel stays closed, so
 * looking afterwards is safe. */
static leat_case *earliest_over(leat_case *cases, leat_case *decided)
{
	for (leat_case *c = cases; c < decided; c++)
		if (c->ch == decided->ch && leati_looks_ready(c)) {
			c->ok = 0;
			return c;
		}
	return decided;
}

/* Wait until one of the cases is decided. Returns NULL with errno if none was by t. Give up only after a check under
 * all locks, because the unlocked reads of pass 1 may be stale. */
leat_case *leati_decide(leat_case *cases, size_t n, leat_time t, bool in_order)
{
	leati_backoff left = { .by_time = are_off(cases, n) };
	leat_case *decided;

	if (n > 0)
		shuffle(cases, n, in_order);
	for (;;) {
		if (!goes_to_pass_2(cases, n) && (decided = try_each(cases, n, in_order)) != NULL)
			break;
		if (has_passed(t)) {
			if (!(decided = register_cases(cases, n, NULL, &t)))
				errno = t == LEAT_NOW ? EAGAIN : ETIMEDOUT;
			break;
		}
		if ((decided = wait_for_one(cases, n, t, &left)) != NULL)
			break;
	}
	leati_backoff_end(&left);
	return in_order && decided && !decided->ok ? earliest_over(cases, decided) : decided;
}
