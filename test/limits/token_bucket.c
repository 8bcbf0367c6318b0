/* SPDX-License-Identifier: 0BSD
 *
 * token_bucket.c - a token bucket, and what all limiters have in common: allow, reserve, give_back, and wait with its
 * deadline, its done and its refusals. No span has more events than promised, whatever is asked for and given back.
 * Also tested: rates, a bucket that is changed while it is in use, and a limiter that several threads share.
 */
#include "limiters.h"

static leat_token_bucket bucket;
static leat_limiter *const limiter = &bucket.limiter;
static const leat_rx nil;

static void begin_with(double rate, long burst)
{
	leat_limiter_end(limiter);
	check(leat_token_bucket_init(&bucket, rate, burst) == 1);
}

static void rates(void)
{
	check(leat_every(LEAT_MS(100)) == 10.0 && leat_every(LEAT_S(2)) == 0.5);
	check(leat_every(0) == (double)INFINITY && leat_every(-1) == (double)INFINITY);
	check(leat_per(10, LEAT_S(1)) == 10.0 && leat_per(2, LEAT_S(4)) == 0.5 && leat_per(0, LEAT_S(1)) == 0);
	check(leat_per(3, 0) == (double)INFINITY && leat_per(0, 0) == (double)INFINITY);
	begin_with(leat_per(10, LEAT_S(1)), 1);
	check(leat_limiter_rate(limiter) == 10.0);
}

static void nonsense(void)
{
	check(leat_token_bucket_init(&bucket, -1, 1) == -1 && errno == EINVAL);
	check(leat_token_bucket_init(&bucket, (double)NAN, 1) == -1 && errno == EINVAL);
	check(leat_token_bucket_init(&bucket, 1, -1) == -1 && errno == EINVAL);
	begin_with(1, 5);
	check(leat_token_bucket_set(&bucket, -1, 1) == -1 && errno == EINVAL);
	check(leat_token_bucket_set(&bucket, (double)NAN, 1) == -1 && errno == EINVAL);
	check(leat_token_bucket_set(&bucket, 1, -1) == -1 && errno == EINVAL);
	check(is_refused(limiter, 6, EINVAL) && is_refused(limiter, -1, EINVAL) && is_refused(NULL, 1, EINVAL));
	check(!leat_limiter_allow(limiter, 6) && !leat_limiter_allow(limiter, -1) && !leat_limiter_allow(NULL, 1));
	check(leat_limiter_wait(limiter, 6, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	check(leat_limiter_wait(limiter, -1, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	leat_limiter_give_back(NULL, 1, leat_now());
	leat_limiter_give_back(limiter, -1, leat_now());
	check(leat_limiter_allow(limiter, 5) && !leat_limiter_allow(limiter, 1));
}

/* Five tokens, and one more every two seconds. Five events go at once. An event that comes one second later goes after
 * two seconds. */
static void as_the_book_has_it(void)
{
	leat_time start = leat_now();

	begin_with(0.5, 5);
	for (int i = 0; i < 5; i++)
		check(leat_limiter_wait(limiter, 1, nil, LEAT_NEVER) == 1 && leat_now() == start);
	check(!leat_limiter_allow(limiter, 1));
	check(leat_clock_advance(LEAT_S(1)) == 1);
	check(!leat_limiter_allow(limiter, 1));
	check(leat_limiter_wait(limiter, 1, nil, LEAT_NEVER) == 1);
	check(leat_now() == start + LEAT_S(2));
}

static void it_never_has_more_than_its_burst(void)
{
	begin_with(10, 3);
	check(leat_clock_advance(LEAT_S(1000)) == 1);
	check(leat_limiter_allow(limiter, 3) && !leat_limiter_allow(limiter, 1));
	check(leat_clock_advance(LEAT_MS(100)) == 1);
	check(leat_limiter_allow(limiter, 1) && !leat_limiter_allow(limiter, 1));
}

/* A third of a second is no whole number of nanoseconds. The rounding errors must not add up. */
static void each_has_its_time(void)
{
	begin_with(3, 1);
	for (int i = 0; i < 3000; i++)
		check(reserved_after(limiter, 1) == (LEAT_S(i) + 1) / 3);
	begin_with(leat_per(10, LEAT_S(60)), 10);
	check(reserved_after(limiter, 10) == 0);
	for (int i = 1; i < 100; i++)
		check(reserved_after(limiter, 1) == LEAT_S(6 * i));
	begin_with(2, 10);
	check(reserved_after(limiter, 7) == 0 && reserved_after(limiter, 7) == LEAT_S(2));
}

static void nothing_is_always_allowed(void)
{
	leat_time when;

	begin_with(1, 1);
	check(reserved_after(limiter, 1) == 0 && reserved_after(limiter, 1) == LEAT_S(1));
	check(leat_limiter_allow(limiter, 0) && leat_limiter_reserve(limiter, 0, &when) == 1 && when == leat_now());
	check(leat_limiter_wait(limiter, 0, nil, LEAT_NOW) == 1);
	begin_with(0, 0);
	check(leat_limiter_allow(limiter, 0) && !leat_limiter_allow(limiter, 1));
}

static void without_a_limit(void)
{
	begin_with(leat_every(0), 0);
	for (int i = 0; i < 1000; i++)
		check(leat_limiter_allow(limiter, 1000000) && reserved_after(limiter, 7) == 0);
	leat_limiter_give_back(limiter, 1000, leat_now());
	check(leat_token_bucket_set(&bucket, 1, 2) == 1);
	check(leat_token_bucket_set(&bucket, leat_every(0), 2) == 1);
	check(leat_limiter_allow(limiter, 1000000));
	check(leat_token_bucket_set(&bucket, 1, 2) == 1);
	check(reserved_after(limiter, 2) == 0 && reserved_after(limiter, 1) == LEAT_S(1));
}

static void without_a_rate(void)
{
	begin_with(0, 3);
	check(leat_limiter_allow(limiter, 2));
	check(leat_clock_advance(LEAT_S(1000)) == 1);
	check(is_refused(limiter, 2, EINVAL) && leat_limiter_allow(limiter, 1));
	check(leat_limiter_wait(limiter, 1, nil, LEAT_NEVER) == -1 && errno == EINVAL);
}

static void what_takes_centuries_is_never(void)
{
	begin_with(1e-12, 1);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
	begin_with(1e-300, 1);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
	begin_with(1e9, 1);
	check(reserved_after(limiter, 1) == 0 && reserved_after(limiter, 1) == 1 && reserved_after(limiter, 1) == 2);
}

/* The new rate counts from the change on. The tokens from before stay. */
static void changed_in_use(void)
{
	begin_with(1, 10);
	check(leat_limiter_allow(limiter, 10));
	check(leat_clock_advance(LEAT_S(4)) == 1);
	check(leat_token_bucket_set(&bucket, 10, 10) == 1 && leat_limiter_rate(limiter) == 10.0);
	check(leat_limiter_allow(limiter, 4) && reserved_after(limiter, 1) == LEAT_MS(100));
	begin_with(1, 10);
	check(leat_token_bucket_set(&bucket, 1, 3) == 1 && is_refused(limiter, 4, EINVAL));
	check(leat_limiter_allow(limiter, 3) && !leat_limiter_allow(limiter, 1));
	check(leat_token_bucket_set(&bucket, 1, 30) == 1 && !leat_limiter_allow(limiter, 1));
	check(reserved_after(limiter, 1) == LEAT_S(1) && reserved_after(limiter, 1) == LEAT_S(2));
	check(leat_token_bucket_set(&bucket, 4, 30) == 1 && reserved_after(limiter, 1) == LEAT_S(2));
	check(leat_token_bucket_set(&bucket, 0, 30) == 1 && is_refused(limiter, 1, EINVAL));
}

/* The reserved events keep their times. */
static void changed_while_some_are_reserved(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	check(reserved_after(limiter, 2) == LEAT_S(2) && reserved_after(limiter, 3) == LEAT_S(5));
	check(leat_token_bucket_set(&bucket, 10, 5) == 1);
	check(reserved_after(limiter, 2) == LEAT_S(5) && reserved_after(limiter, 1) == LEAT_MS(5100));
	leat_limiter_give_back(limiter, 1, start + LEAT_MS(5100));
	leat_limiter_give_back(limiter, 5, start + LEAT_S(5));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(2));
	check(reserved_after(limiter, 5) == LEAT_MS(500));
	begin_with(10, 5);
	check(leat_limiter_allow(limiter, 5) && reserved_after(limiter, 5) == LEAT_MS(500));
	check(leat_token_bucket_set(&bucket, 1, 1) == 1);
	check(reserved_after(limiter, 1) == LEAT_S(6)); /* half a token is there then; the debt is paid first */
}

/* ------------------------------------------------------------------------------------------------ give back -- */

static void what_comes_back(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 3));
	leat_limiter_give_back(limiter, 2, leat_now()); /* these have happened */
	check(leat_limiter_allow(limiter, 2) && !leat_limiter_allow(limiter, 1));
	check(reserved_after(limiter, 2) == LEAT_S(2) && reserved_after(limiter, 3) == LEAT_S(5));
	leat_limiter_give_back(limiter, 3, start + LEAT_S(5));
	check(reserved_after(limiter, 3) == LEAT_S(5));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(5)); /* two of the three */
	check(reserved_after(limiter, 2) == LEAT_S(5));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(5));
	leat_limiter_give_back(limiter, LONG_MAX, start + LEAT_S(5));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(2));
	check(reserved_after(limiter, 1) == LEAT_S(1));
}

static void in_any_order(void)
{
	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1));
	given_back_in_any_order(limiter, LEAT_S(1), 1);
	begin_with(2, 6);
	check(leat_limiter_allow(limiter, 6));
	given_back_in_any_order(limiter, LEAT_S(3), 6);
}

/* The others keep their times, and new events come after them. They find the tokens that came back. */
static void others_keep_their_times(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	check(reserved_after(limiter, 5) == LEAT_S(5) && reserved_after(limiter, 1) == LEAT_S(6));
	leat_limiter_give_back(limiter, 5, start + LEAT_S(5));
	check(!leat_limiter_allow(limiter, 1) && reserved_after(limiter, 4) == LEAT_S(6));
	check(reserved_after(limiter, 1) == LEAT_S(7));
}

static void what_is_due_has_happened(void)
{
	leat_time start = leat_now();

	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1) && reserved_after(limiter, 1) == LEAT_S(1));
	check(leat_clock_advance(LEAT_S(2)) == 1 && leat_limiter_allow(limiter, 1));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(1));
	leat_limiter_give_back(limiter, 1000, leat_now() + LEAT_S(1000));
	check(!leat_limiter_allow(limiter, 1) && reserved_after(limiter, 1) == LEAT_S(1));
}

/* ---------------------------------------------------------------------------------- times of the caller's own -- */

static int reserved_at(long n, leat_time at, leat_time t, leat_time when)
{
	leat_time its = -7;
	int result = leat_limiter_reserve_at(limiter, n, at, t, &its);

	return result > 0 ? its == when : errno + 1000;
}

/* A clock that begins at 0. */
static void at_a_time_of_ones_own(void)
{
	begin_with(1, 2);
	check(leat_limiter_allow_at(limiter, 2, 0) && !leat_limiter_allow_at(limiter, 1, LEAT_S(1) - 1));
	check(leat_limiter_allow_at(limiter, 1, LEAT_S(1)) && !leat_limiter_allow_at(limiter, 1, LEAT_S(1)));
	check(reserved_at(2, LEAT_S(1), LEAT_S(3) - 1, 0) == ETIMEDOUT + 1000);
	check(reserved_at(2, LEAT_S(1), LEAT_NOW, 0) == EAGAIN + 1000);
	check(reserved_at(2, LEAT_S(1), LEAT_S(3), LEAT_S(3)) == 1);
	check(leat_token_bucket_tokens(&bucket, LEAT_S(2)) == -1.0);
	check(leat_token_bucket_tokens(&bucket, LEAT_S(4)) == 1.0 &&
	      leat_token_bucket_tokens(&bucket, LEAT_S(9)) == 2.0);
	check(leat_token_bucket_set_at(&bucket, 10, 20, LEAT_S(4)) == 1);
	check(leat_token_bucket_tokens(&bucket, LEAT_S(5)) == 11.0);
	check(reserved_at(11, LEAT_S(1), LEAT_NEVER, LEAT_S(5)) == 1); /* time does not go back */
	check(reserved_at(1, LEAT_NEVER, LEAT_NEVER, 0) == EINVAL + 1000);
	check(leat_token_bucket_set_at(&bucket, 10, 20, LEAT_NEVER) == -1 && errno == EINVAL);
	check(leat_limiter_allow_at(limiter, 20, LEAT_NEVER - 1) && !leat_limiter_allow_at(limiter, 1, LEAT_NEVER - 1));
	begin_with(1, 2);
	check(leat_limiter_allow_at(limiter, 2, LEAT_NOW + 1) && leat_limiter_allow_at(limiter, 2, LEAT_NEVER - 1));
}

/* A thread may read its clock before another one does, and ask after it. */
static void an_earlier_time_counts_as_that_of_the_last_event(void)
{
	leat_time when = 0;

	begin_with(1, 4);
	check(leat_limiter_allow_at(limiter, 1, -LEAT_S(9)) && leat_limiter_allow_at(limiter, 1, -LEAT_S(9)));
	check(leat_limiter_allow_at(limiter, 2, LEAT_S(10)) && leat_limiter_allow_at(limiter, 1, LEAT_S(5)));
	check(leat_limiter_reserve_at(limiter, 1, LEAT_S(5), LEAT_NOW, &when) == 1 && when == LEAT_S(10));
	check(!leat_limiter_allow_at(limiter, 1, LEAT_S(5)));
	check(reserved_at(1, LEAT_S(5), LEAT_NEVER, LEAT_S(11)) == 1 && !leat_limiter_allow_at(limiter, 1, LEAT_S(11)));
	check(leat_limiter_allow_at(limiter, 1, LEAT_S(12)));
}

/* With a longest wait nothing is reserved that would have to be given back. */
static void with_a_longest_wait(void)
{
	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1));
	for (int i = 0; i < 3; i++)
		check(reserved_at(1, LEAT_NOW, leat_in(LEAT_S(1) - 1), 0) == ETIMEDOUT + 1000);
	check(reserved_at(1, LEAT_NOW, leat_in(LEAT_S(1)), leat_in(LEAT_S(1))) == 1);
	check(reserved_at(1, LEAT_NOW, leat_in(-LEAT_S(9)), 0) == ETIMEDOUT + 1000);
}

static void tokens_and_burst_are_told(void)
{
	begin_with(2, 5);
	check(leat_limiter_burst(limiter) == 5 && leat_token_bucket_tokens(&bucket, LEAT_NOW) == 5.0);
	check(leat_limiter_allow(limiter, 4) && leat_token_bucket_tokens(&bucket, LEAT_NOW) == 1.0);
	check(leat_clock_advance(LEAT_MS(250)) == 1 && leat_token_bucket_tokens(&bucket, LEAT_NOW) == 1.5);
	check(reserved_after(limiter, 3) == LEAT_MS(750) && leat_token_bucket_tokens(&bucket, LEAT_NOW) == -1.5);
	begin_with((double)INFINITY, 5);
	check(leat_limiter_burst(limiter) == LONG_MAX && leat_limiter_allow(limiter, 7));
	check(leat_token_bucket_tokens(&bucket, LEAT_NOW) == 5.0);
}

/* ------------------------------------------------------------------------------------------ numbers at the edges -- */

static void numbers_at_the_edges(void)
{
	leat_time when;

	begin_with(1, LONG_MAX);
	check(leat_limiter_allow(limiter, LONG_MAX) && !leat_limiter_allow(limiter, 1));
	check(is_refused(limiter, LONG_MAX, EINVAL) && is_refused(limiter, LONG_MIN, EINVAL));
	check(leat_limiter_reserve(limiter, 1, &when) == 1 && leat_limiter_burst(limiter) == LONG_MAX);
	begin_with(1e300, 1);
	check(leat_limiter_allow(limiter, 1) && reserved_after(limiter, 1) == 0);
	begin_with(5e-324, 1);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
	check(leat_token_bucket_set(&bucket, 1e300, LONG_MAX) == 1 && leat_clock_advance(1) == 1);
	check(leat_limiter_allow(limiter, LONG_MAX));
	check(leat_every(LEAT_NEVER) > 0 && leat_every(LEAT_NOW) == (double)INFINITY);
	check(leat_per(LONG_MIN, 1) < 0 && leat_per(LONG_MAX, LEAT_NEVER) > 0);
	check(leat_token_bucket_init(&bucket, leat_per(-1, LEAT_S(1)), 1) == -1 && errno == EINVAL);
	check(leat_token_bucket_init(&bucket, 1, LONG_MIN) == -1 && errno == EINVAL);
}

/* ----------------------------------------------------------------------------------------------------- wait -- */

static void a_deadline_that_is_too_near_is_told_at_once(void)
{
	leat_time start = leat_now();

	begin_with(1, 2);
	check(leat_limiter_wait(limiter, 2, nil, LEAT_NOW) == 1);
	check(leat_limiter_wait(limiter, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_limiter_wait(limiter, 2, nil, leat_in(LEAT_S(2) - 1)) == -1 && errno == ETIMEDOUT);
	check(leat_limiter_wait(limiter, 1, nil, start - 1) == -1 && errno == ETIMEDOUT);
	check(leat_now() == start);
	check(leat_limiter_wait(limiter, 2, nil, leat_in(LEAT_S(2))) == 1 && leat_now() == start + LEAT_S(2));
	check(leat_clock_advance(LEAT_S(1)) == 1);
	check(leat_limiter_wait(limiter, 1, nil, start) == 1 && leat_now() == start + LEAT_S(3));
}

static void who_gives_up_has_taken_nothing(void)
{
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_S(2));

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	check(leat_limiter_wait(limiter, 5, done, LEAT_NEVER) == -1 && errno == ECANCELED);
	check(leat_now() == start + LEAT_S(2));
	check(leat_limiter_allow(limiter, 2));
	check(leat_limiter_wait(limiter, 1, done, LEAT_NEVER) == -1 && errno == ECANCELED);
	check(leat_limiter_wait(limiter, 0, done, LEAT_NEVER) == -1 && errno == ECANCELED);
	check(reserved_after(limiter, 1) == LEAT_S(1));
	leat_drop(done);
}

static void done_is_looked_at_first(void)
{
	leat_chan done = leat_make(int, 1);

	begin_with(1, 5);
	check(leat_send(done.tx, &(int){ 1 }) == 1);
	check(leat_limiter_wait(limiter, 5, done.rx, LEAT_NEVER) == -1 && errno == ECANCELED);
	check(leat_wait(done.rx) == 1);
	check(leat_limiter_wait(limiter, 5, done.rx, LEAT_NEVER) == 1);
	leat_drop(done);
}

static void large_demands_are_not_starved(void)
{
	struct visitor visitors[] = { { .n = 1 }, { .n = 5 }, { .n = 1 }, { .n = 1 } };
	leat_time start = leat_now(), after[] = { 1, 6, 7, 8 };

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	visit_all(visitors, 4, limiter);
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < 4; i++)
		check(visitors[i].error == 0 && visitors[i].when == start + LEAT_S(after[i]));
}

/* Nine wait, and are cancelled together. The limiter is as if they had never come. */
static void nine_give_up_together(void)
{
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_MS(500));
	struct visitor visitors[9] = { { 0 } };

	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1));
	for (int i = 0; i < 9; i++)
		visitors[i] = (struct visitor){ .n = 1, .done = done };
	visit_all(visitors, 9, limiter);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_now() == start + LEAT_MS(500));
	for (int i = 0; i < 9; i++)
		check(visitors[i].error == ECANCELED);
	check(reserved_after(limiter, 1) == LEAT_MS(500));
	leat_drop(done);
}

/* The first gives up, and one in the middle. Those behind them move up. A small demand comes behind a large one. */
static void those_behind_move_up(void)
{
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_S(3));
	struct visitor visitors[] = {
		{ .n = 5, .done = done }, { .n = 1 }, { .n = 4, .done = done }, { .n = 4 }, { .n = 1 },
	};

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	visit_all(visitors, 5, limiter);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].error == ECANCELED && visitors[0].when == start + LEAT_S(3));
	check(visitors[1].error == 0 && visitors[1].when == start + LEAT_S(3));
	check(visitors[2].error == ECANCELED && visitors[2].when == start + LEAT_S(3));
	check(visitors[3].error == 0 && visitors[3].when == start + LEAT_S(5));
	check(visitors[4].error == 0 && visitors[4].when == start + LEAT_S(6));
	leat_drop(done);
}

/* While the first waits for a full bucket and then gives up, the bucket stays full. The next one must not use the time
 * before: then more than the burst would happen at once. */
static void nothing_is_saved_up_meanwhile(void)
{
	leat_fixed_window slow;
	leat_limiter_set both;
	leat_rx done = leat_after(LEAT_S(50));
	struct visitor visitors[] = { { .limiter = &both.limiter, .n = 1, .done = done }, { .n = 3 } };

	begin_with(1, 3);
	check(leat_fixed_window_init(&slow, 1, LEAT_S(100)) == 1 && leat_limiter_allow(&slow.limiter, 1));
	check(leat_limiter_set_init(&both, (leat_limiter *[]){ limiter, &slow.limiter }, 2) == 1);
	visit_all(visitors, 2, limiter);
	check(leat_wait_all(LEAT_NEVER) == 1 && visitors[0].error == ECANCELED && visitors[1].error == 0);
	check(visitors[1].when == visitors[0].when);
	check(!leat_limiter_allow(limiter, 1) && reserved_after(limiter, 1) == LEAT_S(1));
	leat_limiter_set_end(&both);
	leat_drop(done);
}

/* No later call overtakes a thread in line. A wait that cannot succeed returns at once. */
static void others_find_the_line(void)
{
	leat_time when = 7, start = leat_now();
	struct visitor visitors[] = { { .n = 5 }, { .n = 1 }, { .n = 1 } };

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 3));
	visitors[2].until = start + LEAT_S(4); /* 7 events, and 2 tokens: it would be the fifth second */
	visit_all(visitors, 3, limiter);
	check(visitors[2].error == ETIMEDOUT && visitors[2].when < start + 10);
	check(!leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EAGAIN) && is_refused(limiter, 6, EINVAL));
	check(leat_limiter_wait(limiter, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_limiter_reserve(limiter, 0, &when) == 1 && when == leat_now());
	check(leat_limiter_wait(limiter, 1, nil, start + LEAT_S(5) - 1) == -1 && errno == ETIMEDOUT);
	check(leat_now() < start + 10);
	check(leat_limiter_wait(limiter, 1, nil, start + LEAT_S(5)) == 1 && leat_now() == start + LEAT_S(5));
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].when == start + LEAT_S(3) && visitors[1].when == start + LEAT_S(4));
}

/* The first in line would sleep for 1000 s. It gets its time by the new rate, and so do the others. */
static void a_new_limit_wakes_the_first(void)
{
	leat_time start = leat_now();
	struct visitor visitors[] = { { .n = 1 }, { .n = 1 }, { .n = 3 } };

	begin_with(1e-3, 3);
	check(leat_limiter_allow(limiter, 3));
	visit_all(visitors, 3, limiter);
	check(leat_wait_by(nil, start + LEAT_S(500)) == -1);
	check(leat_token_bucket_set(&bucket, 1, 2) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].error == 0 && visitors[0].when == start + LEAT_MS(500500));
	check(visitors[1].error == 0 && visitors[1].when == start + LEAT_MS(501500));
	check(visitors[2].error == EINVAL); /* it wants more than the burst by now */
}

/* A reservation is given back, and the first in line moves up. */
static void the_first_waits_for_reservations(void)
{
	leat_time start = leat_now();
	struct visitor visitor = { .n = 1 };

	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1) && reserved_after(limiter, 1) == LEAT_S(1));
	check(reserved_after(limiter, 1) == LEAT_S(2));
	visit_all(&visitor, 1, limiter);
	leat_limiter_give_back(limiter, 1, start + LEAT_S(1));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(2));
	check(leat_wait_all(LEAT_NEVER) == 1 && visitor.when == start + LEAT_S(1));
}

/* ----------------------------------------------------------------------------------------------- the promise -- */

static void whatever_is_asked(void)
{
	static const double rate[] = { 0.01, 1, 3, 1000 };
	static const long burst[] = { 1, 2, 5, 20 };

	for (int i = 0; i < 16; i++) {
		begin_with(rate[i % 4], burst[i / 4]);
		request_at_random(limiter, burst[i / 4], (leat_time)(1e9 / rate[i % 4]) * (1 + burst[i / 4] / 2));
		must_keep_to(rate[i % 4], burst[i / 4]);
	}
}

static void several_threads(void)
{
	begin_with(1, 1000);
	check(allowed_by_several(limiter) == 1000);
	check(leat_clock_advance(LEAT_S(7)) == 1);
	check(allowed_by_several(limiter) == 7);
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(rates, nonsense, as_the_book_has_it, it_never_has_more_than_its_burst, each_has_its_time,
	           nothing_is_always_allowed, without_a_limit, without_a_rate, what_takes_centuries_is_never,
	           changed_in_use, changed_while_some_are_reserved, what_comes_back, in_any_order,
	           others_keep_their_times, what_is_due_has_happened, at_a_time_of_ones_own,
	           an_earlier_time_counts_as_that_of_the_last_event, with_a_longest_wait,
	           tokens_and_burst_are_told, numbers_at_the_edges, a_deadline_that_is_too_near_is_told_at_once,
	           who_gives_up_has_taken_nothing, done_is_looked_at_first, large_demands_are_not_starved,
	           nine_give_up_together, those_behind_move_up, nothing_is_saved_up_meanwhile, others_find_the_line,
	           a_new_limit_wakes_the_first, the_first_waits_for_reservations, whatever_is_asked, several_threads);
}
