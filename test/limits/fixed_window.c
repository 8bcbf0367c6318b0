/* SPDX-License-Identifier: 0BSD
 *
 * fixed_window.c - a fixed window allows at most n events in each window since init, whatever is asked for and given
 * back. Around the border of two windows, up to twice as many are possible. Several threads share a limiter.
 */
#include "limiters.h"

static leat_fixed_window window;
static leat_limiter *const limiter = &window.limiter;
static const leat_rx nil;

static void begin_with(long n, leat_time span)
{
	leat_limiter_end(limiter);
	check(leat_fixed_window_init(&window, n, span) == 1);
}

static void nonsense(void)
{
	check(leat_fixed_window_init(&window, 0, LEAT_S(1)) == -1 && errno == EINVAL);
	check(leat_fixed_window_init(&window, -1, LEAT_S(1)) == -1 && errno == EINVAL);
	check(leat_fixed_window_init(&window, 1, 0) == -1 && errno == EINVAL);
	check(leat_fixed_window_init(&window, 1, -1) == -1 && errno == EINVAL);
	begin_with(3, LEAT_S(1));
	check(leat_limiter_rate(limiter) == 3.0);
	check(is_refused(limiter, 4, EINVAL) && is_refused(limiter, -1, EINVAL));
	begin_with(1, LEAT_NEVER);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
}

static void around_the_end_of_one(void)
{
	begin_with(5, LEAT_S(10));
	check(leat_clock_advance(LEAT_S(10) - 1) == 1);
	check(leat_limiter_allow(limiter, 5) && !leat_limiter_allow(limiter, 1));
	check(leat_clock_advance(1) == 1);
	check(leat_limiter_allow(limiter, 5) && !leat_limiter_allow(limiter, 1));
}

static void one_after_the_other(void)
{
	leat_time start = leat_now();

	begin_with(3, LEAT_S(10));
	check(leat_clock_advance(LEAT_S(4)) == 1);
	check(reserved_after(limiter, 2) == 0 && reserved_after(limiter, 1) == 0);
	check(reserved_after(limiter, 2) == LEAT_S(6) && reserved_after(limiter, 2) == LEAT_S(16));
	check(reserved_after(limiter, 1) == LEAT_S(16)); /* never before an earlier reservation, although that window
	                                                  * has room */
	check(leat_limiter_wait(limiter, 1, nil, leat_in(LEAT_S(26) - 1)) == -1 && errno == ETIMEDOUT);
	check(leat_limiter_wait(limiter, 1, nil, leat_in(LEAT_S(26))) == 1);
	check(leat_now() == start + LEAT_S(30));
	check(leat_clock_advance(LEAT_S(1009)) == 1); /* the time is now 1039 s */
	check(leat_limiter_allow(limiter, 3) && reserved_after(limiter, 1) == LEAT_S(1));
}

static void what_comes_back(void)
{
	leat_time start = leat_now();

	begin_with(3, LEAT_S(10));
	check(leat_limiter_allow(limiter, 3));
	leat_limiter_give_back(limiter, 2, start); /* these have happened */
	check(!leat_limiter_allow(limiter, 1));
	check(reserved_after(limiter, 3) == LEAT_S(10) && reserved_after(limiter, 3) == LEAT_S(20));
	leat_limiter_give_back(limiter, 3, start + LEAT_S(10)); /* later events keep their order */
	leat_limiter_give_back(limiter, 1, start + LEAT_S(20));
	check(reserved_after(limiter, 1) == LEAT_S(20) && reserved_after(limiter, 1) == LEAT_S(30));
	leat_limiter_give_back(limiter, 1000, start + LEAT_S(50)); /* there is no event at that time */
	check(reserved_after(limiter, 3) == LEAT_S(40));
	leat_limiter_give_back(limiter, 1000, start + LEAT_S(40));
	check(reserved_after(limiter, 3) == LEAT_S(40) && reserved_after(limiter, 1) == LEAT_S(50));
	begin_with(1, LEAT_S(10));
	check(leat_limiter_allow(limiter, 1));
	given_back_in_any_order(limiter, LEAT_S(10), 1);
}

/* A reservation in a later window that is given back takes no places in this one. */
static void this_window_has_its_places_again(void)
{
	begin_with(5, LEAT_S(60));
	check(leat_limiter_allow(limiter, 3) && reserved_after(limiter, 4) == LEAT_S(60));
	check(!leat_limiter_allow(limiter, 2)); /* it would overtake */
	leat_limiter_give_back(limiter, 4, leat_now() + LEAT_S(60));
	check(leat_limiter_allow(limiter, 2) && !leat_limiter_allow(limiter, 1));
	check(leat_clock_advance(LEAT_S(60)) == 1 && leat_limiter_allow(limiter, 5) && !leat_limiter_allow(limiter, 1));
}

static void numbers_at_the_edges(void)
{
	begin_with(LONG_MAX, 1);
	check(leat_limiter_allow(limiter, LONG_MAX) && reserved_after(limiter, LONG_MAX) == 1);
	check(is_refused(limiter, LONG_MIN, EINVAL));
	begin_with(LONG_MAX, LEAT_NEVER);
	check(leat_limiter_allow(limiter, LONG_MAX - 1) && leat_limiter_allow(limiter, 1) &&
	      is_refused(limiter, 1, EINVAL));
	begin_with(2, LEAT_S(10));
	check(leat_limiter_allow_at(limiter, 2, LEAT_NOW + 1) && !leat_limiter_allow_at(limiter, 1, LEAT_NOW + 1));
	check(leat_limiter_allow_at(limiter, 2, LEAT_NEVER - 1) && is_refused(limiter, 1, EINVAL));
	begin_with(2, LEAT_S(10)); /* a clock that begins at 0 */
	check(leat_limiter_allow_at(limiter, 2, 0) && !leat_limiter_allow_at(limiter, 1, 0));
	check(leat_limiter_allow_at(limiter, 2, LEAT_S(10)));
}

static void whatever_is_asked(void)
{
	static const long n[] = { 1, 2, 7, 50 };

	for (int i = 0; i < 16; i++) {
		leat_time start = leat_now();

		begin_with(n[i % 4], LEAT_S(10));
		request_at_random(limiter, i < 8 ? 1 : (n[i % 4] + 1) / 2, LEAT_S(10) / n[i % 4]);
		must_fit_into_windows(n[i % 4], LEAT_S(10), start);
	}
}

static void several_threads(void)
{
	begin_with(1000, LEAT_S(1));
	check(allowed_by_several(limiter) == 1000);
	check(leat_clock_advance(LEAT_S(1)) == 1);
	check(allowed_by_several(limiter) == 1000);
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(nonsense, around_the_end_of_one, one_after_the_other, what_comes_back,
	           this_window_has_its_places_again, numbers_at_the_edges, whatever_is_asked,
	           several_threads);
}
