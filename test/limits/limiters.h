/* SPDX-License-Identifier: 0BSD
 *
 * limiters.h - what the tests of limiters share: a clock that they drive, and random requests. The times of all granted
 * requests are kept, so that a test can check the limiter's promise against them.
 */
#ifndef LIMITERS_H
#define LIMITERS_H

#include "../test.h"

#include <limits.h>
#include <math.h>

/* The events that were granted and not given back, in the order of their times. */
static struct { leat_time when; long n; } granted[500];
static size_t granted_count;
static unsigned random_state = 1;

static inline unsigned below(unsigned bound)
{
	return random_below(&random_state, bound);
}

/* Insert the events in the order of their times. */
static inline void grant(leat_time when, long n)
{
	size_t i = granted_count++;

	check(granted_count <= sizeof granted / sizeof *granted);
	for (; i > 0 && granted[i - 1].when > when; i--)
		granted[i] = granted[i - 1];
	granted[i].when = when;
	granted[i].n = n;
}

static inline void take_back_any(leat_limiter *limiter)
{
	size_t i = granted_count - 1 - below((unsigned)(granted_count < 8 ? granted_count : 8));

	leat_limiter_give_back(limiter, granted[i].n, granted[i].when);
	for (granted_count--; i < granted_count; i++)
		granted[i] = granted[i + 1];
}

/* Ask 400 times for up to `most` events. Half of the time, the clock first moves by up to 2 * gap. Some of the granted
 * events are given back. */
static inline void request_at_random(leat_limiter *limiter, long most, leat_time gap)
{
	granted_count = 0;
	for (int i = 0; i < 400; i++) {
		long n = 1 + (long)below((unsigned)most);
		leat_time when = LEAT_NEVER;

		if (below(2))
			check(leat_clock_advance(gap / 1000 * below(2000)) == 1);
		if (below(3) == 0 && leat_limiter_allow(limiter, n))
			grant(leat_now(), n);
		else if (below(2) && leat_limiter_reserve(limiter, n, &when) > 0)
			grant(when, n);
		else if (granted_count && below(2))
			take_back_any(limiter);
		check(when >= leat_now());
	}
	check(granted_count > 5);
}

/* How many of the granted events happen from the i-th entry on and before `end`. */
static inline long granted_before(size_t i, leat_time end)
{
	long sum = 0;

	for (; i < granted_count && granted[i].when < end; i++)
		sum += granted[i].n;
	return sum;
}

/* No span of time has more than burst + rate * span events, to the nanosecond. */
static inline void must_keep_to(double rate, long burst)
{
	for (size_t i = 0; i < granted_count; i++)
		for (size_t j = i; j < granted_count; j++) {
			leat_time begin = granted[i].when, end = granted[j].when;
			double most = (double)burst + rate * 1e-9 * (double)(end - begin + 1);

			check((double)granted_before(i, end + 1) <= most + 1e-6);
		}
}

/* No span of this length has more than n events. */
static inline void must_fit_into_spans(long n, leat_time span)
{
	for (size_t i = 0; i < granted_count; i++)
		check(granted_before(i, granted[i].when + span) <= n);
}

/* No window of this length, counted from `begin`, has more than n events. */
static inline void must_fit_into_windows(long n, leat_time span, leat_time begin)
{
	for (size_t i = 0; i < granted_count; i++) {
		leat_time last = begin + (granted[i].when - begin) / span * span;

		if (i == 0 || granted[i - 1].when < last)
			check(granted_before(i, last + span) <= n);
	}
}

/* A reservation of n events succeeds. Returns how far from now its time is. */
static inline leat_time reserved_after(leat_limiter *limiter, long n)
{
	leat_time when = LEAT_NEVER;

	check(leat_limiter_reserve(limiter, n, &when) == 1);
	return when - leat_now();
}

static inline int is_refused(leat_limiter *limiter, long n, int error)
{
	leat_time when = 7;

	return leat_limiter_reserve(limiter, n, &when) == -1 && errno == error && when == 7;
}

/* A thread that waits for n events, how its wait ended, and when. */
struct visitor { leat_limiter *limiter; long n; leat_rx done; leat_time until, when; int error; };

static inline void visit(void *of_visitor)
{
	struct visitor *visitor = of_visitor;

	visitor->error = leat_limiter_wait(visitor->limiter, visitor->n, visitor->done, visitor->until) > 0 ? 0 : errno;
	visitor->when = leat_now();
}

/* The visitors come one after the other, a nanosecond apart. */
static inline void visit_all(struct visitor *visitors, size_t count, leat_limiter *limiter)
{
	leat_rx nil = LEAT_NIL;

	for (size_t i = 0; i < count; i++) {
		visitors[i].limiter = visitors[i].limiter ? visitors[i].limiter : limiter;
		visitors[i].until = visitors[i].until ? visitors[i].until : LEAT_NEVER;
		check(leat_go(visit, &visitors[i]) == 1);
		check(leat_wait_by(nil, leat_in(1)) == -1); /* the visitor sleeps by then */
	}
}

/* Many reservations, n events each and this far apart, are given back: the first ones first, the last ones first, and
 * in no order. Each time the limiter is as before. */
static inline void given_back_in_any_order(leat_limiter *limiter, leat_time apart, long n)
{
	enum { MANY = 90 };
	leat_time start = leat_now();

	for (int order = 0; order < 3; order++) {
		for (int i = 1; i <= MANY; i++)
			check(reserved_after(limiter, n) == i * apart);
		for (int i = 0; i < MANY; i++) {
			int which = order == 0 ? i : order == 1 ? MANY - 1 - i : i * 7 % MANY;

			leat_limiter_give_back(limiter, n, start + (which + 1) * apart);
		}
	}
	check(reserved_after(limiter, n) == apart);
	leat_limiter_end(limiter);
}

/* Counts in `places` how often the limiter allowed an event. The clock stands still meanwhile. */
static inline void allow_all(void *of_limiter)
{
	for (int i = 0; i < 500; i++)
		if (leat_limiter_allow(of_limiter, 1))
			atomic_fetch_add(&places, 1);
}

static inline int allowed_by_several(leat_limiter *limiter)
{
	background others[3];

	atomic_store(&places, 0);
	for (int i = 0; i < 3; i++)
		begin(&others[i], allow_all, limiter);
	allow_all(limiter);
	for (int i = 0; i < 3; i++)
		must_return(&others[i]);
	return atomic_load(&places);
}

#endif
