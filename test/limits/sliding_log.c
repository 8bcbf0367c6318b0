/* SPDX-License-Identifier: 0BSD
 *
 * sliding_log.c - a sliding log allows at most n events in any span, whatever is asked for and given back. Several
 * threads share a limiter.
 */
#include "limiters.h"

static leat_sliding_log events;
static leat_limiter *const limiter = &events.limiter;
static const leat_rx nil;

static void begin_with(long n, leat_time span)
{
	leat_sliding_log_end(&events);
	check(leat_sliding_log_init(&events, n, span) == 1);
}

static void nonsense(void)
{
	check(leat_sliding_log_init(&events, 0, LEAT_S(1)) == -1 && errno == EINVAL);
	check(leat_sliding_log_init(&events, -1, LEAT_S(1)) == -1 && errno == EINVAL);
	check(leat_sliding_log_init(&events, 1, 0) == -1 && errno == EINVAL);
	check(leat_sliding_log_init(&events, 1, -1) == -1 && errno == EINVAL);
	check(leat_sliding_log_init(&events, LONG_MAX, LEAT_S(1)) == -1 && errno == ENOMEM);
	leat_sliding_log_end(&events);
	begin_with(3, LEAT_S(1));
	check(leat_limiter_rate(limiter) == 3.0);
	check(is_refused(limiter, 4, EINVAL) && is_refused(limiter, -1, EINVAL));
	begin_with(1, LEAT_NEVER);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
}

/* Each event comes one span after the event that was n events before it. */
static void it_slides(void)
{
	begin_with(3, LEAT_S(10));
	for (int i = 0; i < 3; i++) {
		check(leat_limiter_allow(limiter, 1));
		check(leat_clock_advance(LEAT_S(2)) == 1);
	}
	check(!leat_limiter_allow(limiter, 1)); /* the time is 6 s, with events at 0, 2 and 4 s */
	check(reserved_after(limiter, 1) == LEAT_S(4) && reserved_after(limiter, 2) == LEAT_S(8));
	check(reserved_after(limiter, 1) == LEAT_S(14));
	check(leat_limiter_wait(limiter, 3, nil, leat_in(LEAT_S(24) - 1)) == -1 && errno == ETIMEDOUT);
	check(leat_limiter_wait(limiter, 3, nil, leat_in(LEAT_S(24))) == 1);
	check(!leat_limiter_allow(limiter, 1) && leat_clock_advance(LEAT_S(10)) == 1 && leat_limiter_allow(limiter, 3));
}

static void what_comes_back(void)
{
	leat_time start = leat_now();

	begin_with(3, LEAT_S(10));
	check(leat_limiter_allow(limiter, 3));
	leat_limiter_give_back(limiter, 2, start); /* these have happened */
	check(!leat_limiter_allow(limiter, 1) && reserved_after(limiter, 2) == LEAT_S(10));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(10));
	check(reserved_after(limiter, 3) == LEAT_S(10) && reserved_after(limiter, 1) == LEAT_S(20));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(10)); /* the events at 10 and 20 s are left */
	check(reserved_after(limiter, 1) == LEAT_S(20) && reserved_after(limiter, 1) == LEAT_S(20));
	check(reserved_after(limiter, 1) == LEAT_S(30));
	leat_limiter_give_back(limiter, 1000, start + 1); /* there is no event at that time */
	check(reserved_after(limiter, 1) == LEAT_S(30));
	leat_limiter_give_back(limiter, 1000, start + LEAT_S(30));
	check(reserved_after(limiter, 1) == LEAT_S(30));
	begin_with(1, LEAT_S(10));
	check(leat_limiter_allow(limiter, 1));
	given_back_in_any_order(limiter, LEAT_S(10), 1);
}

static void numbers_at_the_edges(void)
{
	begin_with(2, LEAT_NEVER);
	check(leat_limiter_allow(limiter, 2) && is_refused(limiter, 1, EINVAL) &&
	      is_refused(limiter, LONG_MAX, EINVAL));
	check(is_refused(limiter, LONG_MIN, EINVAL));
	begin_with(2, 1);
	check(leat_limiter_allow(limiter, 2) && reserved_after(limiter, 2) == 1);
	begin_with(2, LEAT_S(10));
	check(leat_limiter_allow_at(limiter, 2, LEAT_NOW + 1) && leat_limiter_allow_at(limiter, 2, LEAT_NEVER - 1));
	check(is_refused(limiter, 1, EINVAL));
}

static void whatever_is_asked(void)
{
	static const long n[] = { 1, 2, 7, 50 };

	for (int i = 0; i < 16; i++) {
		begin_with(n[i % 4], LEAT_S(10));
		request_at_random(limiter, i < 8 ? 1 : (n[i % 4] + 1) / 2, LEAT_S(10) / n[i % 4]);
		must_fit_into_spans(n[i % 4], LEAT_S(10));
	}
}

static void several_threads(void)
{
	begin_with(1000, LEAT_S(1));
	check(allowed_by_several(limiter) == 1000);
	check(leat_clock_advance(LEAT_S(1)) == 1);
	check(allowed_by_several(limiter) == 1000);
	leat_sliding_log_end(&events);
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(nonsense, it_slides, what_comes_back, numbers_at_the_edges, whatever_is_asked, several_threads);
}
