/* SPDX-License-Identifier: 0BSD
 *
 * select.c - the one algorithm of waiting. A plain send or receive is a select of one case.
 *
 * Pass 1 visits the cases in random order and locks only what looks ready (a single case on a channel with little
 * room does without). If nothing was, pass 2 locks all channels in the order of their addresses, looks again, and
 * announces the select by putting every case on its channel's queue, all in one step as far as others can see. So of
 * two selects that could meet the later one finds the earlier one announced: there is nothing to retry, and a select
 * that does not wait answers for one moment in time. Then the thread parks until a partner has claimed one of the
 * cases, and takes the others off.
 *
 * On channels with much room a waiter first looks around for a while without announcing itself: it comes back to
 * a batch, where one that is woken for every value would fight with the sender for the channel.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

enum {
	STRIDE = 32,     /* pauses before the first look, and half as many as between two later ones */
	KEPT = 20,       /* yields kept for when the select is announced, where waking it needs no system call */
	DISCARD = 512    /* bytes of a value to be discarded that fit on the stack */
};

/* ------------------------------------------------------------------------------------------- in order -- */

/* The order in which to visit the cases: a random permutation (Fisher and Yates, inside out). A random start alone
 * would favour a case that follows one that is not ready. */
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

/* The channel at this rank, or NULL where it is nil or the same as the one before. */
static struct leat_channel *nth_channel(const leat_case *cases, size_t nth)
{
	struct leat_channel *ch = cases[cases[nth].rank_].ch;

	return nth > 0 && cases[cases[nth - 1].rank_].ch == ch ? NULL : ch;
}

static void lock_all(leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nth_channel(cases, i))
			leati_acquire(&nth_channel(cases, i)->lock);
}

static void unlock_all(leat_case *cases, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (nth_channel(cases, i))
			leati_release(&nth_channel(cases, i)->lock);
}

/* ------------------------------------------------------------------------------------------ two passes -- */

static bool any_looks_ready(const leat_case *cases, size_t n, leat_time *due)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && leati_looks_ready(&cases[i], due))
			return true;
	return false;
}

/* Attempt the case, unless one of those that go before it looks ready. */
static bool try_one(leat_case *c, const leat_case *before, size_t n, leat_time *due)
{
	leati_woken woken;
	bool decided;

	leati_woken_begin(&woken);
	leati_acquire(&c->ch->lock);
	decided = !any_looks_ready(before, n, due) && leati_attempt(c, &woken);
	leati_release(&c->ch->lock);
	leati_wake_all(&woken);
	return decided;
}

/* With a single case the look would only bring the channel's line here once more, unless it is a timer. */
static bool worth_a_try(const leat_case *cases, size_t n, leat_time *due)
{
	return cases->ch && ((n == 1 && !cases->ch->timer) || leati_looks_ready(cases, due));
}

/* Pass 1. *due becomes the earliest time at which a timer among the cases is ready. In order, a case is tried only if
 * each before it did not look ready while its lock was held; else pass 2 must tell. That is a moment for each of them,
 * which need not be one for all: to have that, who looks at `done` first would lock it for every value. */
static leat_case *try_each(leat_case *cases, size_t n, bool in_order, leat_time *due)
{
	for (size_t i = 0; i < n; i++) {
		leat_case *each = &cases[cases[i].visit_];

		if (worth_a_try(each, n, due) && try_one(each, cases, in_order ? i : 0, due))
			return each;
	}
	return NULL;
}

/* Pass 2: the case that could be decided after all, or NULL, and then the select is announced if it has a wait. */
static leat_case *register_cases(leat_case *cases, size_t n, leat_wait *wait)
{
	leat_case *decided = NULL;
	leati_woken woken;

	leati_woken_begin(&woken);
	rank(cases, n);
	lock_all(cases, n);
	for (size_t i = 0; i < n && !decided; i++) {
		leat_case *each = &cases[cases[i].visit_];

		if (each->ch && leati_attempt(each, &woken))
			decided = each;
	}
	for (size_t i = 0; i < n && !decided && wait; i++) { /* in this order too: one channel may stand in several */
		leat_case *each = &cases[cases[i].visit_];

		if (each->ch)
			leati_enqueue(each, wait);
	}
	unlock_all(cases, n);
	leati_wake_all(&woken);
	return decided;
}

/* Take the cases that lost off their queues; the one that was claimed was taken off by its claimer. */
static void unregister_cases(leat_case *cases, size_t n, const leat_case *claimed)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && &cases[i] != claimed)
			leati_dequeue(&cases[i]);
}

/* ------------------------------------------------------------------------------------------- the wait -- */

static bool prefers_batches(const leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && leati_prefers_batches(leati_cap(cases[i].ch)))
			return true;
	return false;
}

/* Look around, not too often, until a case looks ready: true; or patience is at its end. */
static bool look_around(const leat_case *cases, size_t n, leat_time due, leati_backoff *left)
{
	for (unsigned stride = STRIDE; leati_backoff_step(left, stride, KEPT, due); stride = 2 * STRIDE)
		if (any_looks_ready(cases, n, &due))
			return true;
	return false;
}

/* The decided case; or NULL when a case may have become ready, or `due` has come. */
static leat_case *wait_for_one(leat_case *cases, size_t n, leat_time due, leati_backoff *left)
{
	leat_wait wait;
	leat_case *decided;

	if (prefers_batches(cases, n) && look_around(cases, n, due, left))
		return NULL;
	leati_wait_begin(&wait);
	if ((decided = register_cases(cases, n, &wait)) != NULL)
		return decided;
	if (leati_park(&wait, due, left))
		decided = wait.chosen;
	unregister_cases(cases, n, decided);
	return decided;
}

/* Pass 1 would only lock the same channel once more than pass 2. */
static bool registers_at_once(const leat_case *cases, size_t n)
{
	return n == 1 && cases->ch && !cases->ch->timer && !prefers_batches(cases, n);
}

static bool has_passed(leat_time t)
{
	return t != LEAT_NEVER && (t == LEAT_NOW || t <= leat_now());
}

/* What ends a channel ends all cases on it, and who ends it claims this select for any of them: the earliest is meant.
 * What is over stays over, so it can be looked for afterwards. */
static leat_case *earliest_over(leat_case *cases, leat_case *decided)
{
	leat_time due = LEAT_NEVER;

	for (leat_case *each = cases; each < decided; each++)
		if (each->ch == decided->ch && leati_looks_ready(each, &due)) {
			each->ok = 0;
			return each;
		}
	return decided;
}

/* Wait until one of the cases is decided; NULL and errno: not by t. That is said only after a look under all locks:
 * what pass 1 sees may be older than what this thread has heard of. */
static leat_case *decide(leat_case *cases, size_t n, leat_time t, bool in_order)
{
	leati_backoff left = { false, 0, 0 };
	leat_case *decided;

	for (;;) {
		leat_time due = t;

		if (!registers_at_once(cases, n) && (decided = try_each(cases, n, in_order, &due)) != NULL)
			break;
		if (has_passed(t)) {
			if (!(decided = register_cases(cases, n, NULL)))
				errno = t == LEAT_NOW ? EAGAIN : ETIMEDOUT;
			break;
		}
		if ((decided = wait_for_one(cases, n, due, &left)) != NULL)
			break;
	}
	leati_backoff_end(&left);
	return in_order && decided && !decided->ok ? earliest_over(cases, decided) : decided;
}

/* ----------------------------------------------------------------------------------------- discarding -- */

/* Whether the case, when decided, has received a value that nobody wants but that must be released. */
static bool must_release(const leat_case *c)
{
	return c->kind_ == LEAT_CASE_RECV_ && !c->into_ && c->ch && c->ch->type.release;
}

/* The room needed for the largest value that may have to be released; 0: there is none. */
static size_t largest_discard(const leat_case *cases, size_t n)
{
	size_t largest = 0;

	for (size_t i = 0; i < n; i++)
		if (must_release(&cases[i]) && cases[i].ch->type.size >= largest)
			largest = cases[i].ch->type.size + 1; /* a unit may own something too */
	return largest;
}

/* Receive into `room` what is to be discarded, and release it with no lock held. */
static leat_case *decide_discarding(leat_case *cases, size_t n, leat_time t, bool in_order, void *room)
{
	leat_case *decided;

	for (size_t i = 0; i < n; i++)
		if (must_release(&cases[i])) {
			cases[i].into_ = room;
			cases[i].count_ = 1; /* there is room for one */
		}
	decided = decide(cases, n, t, in_order);
	for (size_t i = 0; i < n; i++)
		if (cases[i].into_ == room)
			cases[i].into_ = NULL;
	if (decided && must_release(decided) && decided->ok)
		decided->ch->type.release(room);
	return decided;
}

static leat_case *decide_owned(leat_case *cases, size_t n, leat_time t, bool in_order, size_t largest)
{
	_Alignas(LEATI_LINE) unsigned char room[DISCARD];
	void *more;
	leat_case *decided;

	if (largest <= sizeof room)
		return decide_discarding(cases, n, t, in_order, room);
	if (!(more = leati_alloc(largest))) {
		errno = ENOMEM;
		return NULL;
	}
	decided = decide_discarding(cases, n, t, in_order, more);
	leati_free(more, largest);
	return decided;
}

/* The index of the decided case, or -1 and errno. */
int leati_select(leat_case *cases, size_t n, leat_time t, bool in_order)
{
	leat_case *decided;
	size_t largest = largest_discard(cases, n);

	if (n > 0)
		shuffle(cases, n, in_order);
	decided = largest ? decide_owned(cases, n, t, in_order, largest) : decide(cases, n, t, in_order);
	return decided ? (int)(decided - cases) : -1;
}
