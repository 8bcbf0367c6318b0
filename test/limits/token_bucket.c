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
	leat_limiter_give_back(limiter, 1, leat_now());
	check(leat_limiter_allow(limiter, 1) && !leat_limiter_allow(limiter, 1));
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
	check(leat_token_bucket_set(&bucket, 4, 30) == 1 && reserved_after(limiter, 1) == LEAT_MS(750));
	check(leat_token_bucket_set(&bucket, 0, 30) == 1 && is_refused(limiter, 1, EINVAL));
}

/* The reserved events keep their times. So no token that is made before the last of them is left. */
static void changed_while_some_are_reserved(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	check(reserved_after(limiter, 2) == LEAT_S(2) && reserved_after(limiter, 3) == LEAT_S(5));
	check(leat_token_bucket_set(&bucket, 10, 5) == 1);
	leat_limiter_give_back(limiter, 2, start + LEAT_S(2));
	check(reserved_after(limiter, 1) == LEAT_MS(600));
}

/* ------------------------------------------------------------------------------------------------ give back -- */

static void the_last_one_comes_back_whole(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 3));
	leat_limiter_give_back(limiter, 2, leat_now());
	check(leat_limiter_allow(limiter, 4) && !leat_limiter_allow(limiter, 1));
	check(reserved_after(limiter, 2) == LEAT_S(2) && reserved_after(limiter, 3) == LEAT_S(5));
	leat_limiter_give_back(limiter, 3, start + LEAT_S(5));
	check(reserved_after(limiter, 3) == LEAT_S(5));
	leat_limiter_give_back(limiter, 3, start + LEAT_S(5));
	leat_limiter_give_back(limiter, 2, start + LEAT_S(2));
	check(reserved_after(limiter, 1) == LEAT_S(1));
}

/* Five events are given back, but a later event has used one of their tokens. So only the other four tokens come
 * back. */
static void later_ones_keep_what_they_have_used(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	check(reserved_after(limiter, 5) == LEAT_S(5) && reserved_after(limiter, 1) == LEAT_S(6));
	leat_limiter_give_back(limiter, 5, start + LEAT_S(5));
	check(reserved_after(limiter, 1) == LEAT_S(3));
	begin_with(1, 1);
	check(leat_limiter_allow(limiter, 1));
	check(reserved_after(limiter, 1) == LEAT_S(1) && reserved_after(limiter, 1) == LEAT_S(2));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(1));
	check(reserved_after(limiter, 1) == LEAT_S(3));
}

/* The first and the second reservation are given back. The last one, one second later, must still find its token. */
static void a_later_one_is_counted_once_the_debt_ends_before_it(void)
{
	leat_time start = leat_now();

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5) && reserved_after(limiter, 5) == LEAT_S(5));
	check(reserved_after(limiter, 5) == LEAT_S(10) && reserved_after(limiter, 1) == LEAT_S(11));
	leat_limiter_give_back(limiter, 5, start + LEAT_S(10));
	leat_limiter_give_back(limiter, 5, start + LEAT_S(5));
	check(reserved_after(limiter, 1) == LEAT_S(8));
}

static void no_more_than_it_holds(void)
{
	begin_with(1, 5);
	for (int i = 0; i < 3; i++)
		leat_limiter_give_back(limiter, 5, leat_now());
	leat_limiter_give_back(limiter, 1000, leat_now() + LEAT_S(1000));
	check(leat_limiter_allow(limiter, 5) && !leat_limiter_allow(limiter, 1));
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

static void what_was_given_up_goes_back(void)
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

/* Waiting threads get their turn in the order in which they came. */
struct visitor { long n; leat_time when; };

static void visit(void *of_visitor)
{
	struct visitor *visitor = of_visitor;

	check(leat_limiter_wait(limiter, visitor->n, nil, LEAT_NEVER) == 1);
	visitor->when = leat_now();
}

static void large_demands_are_not_starved(void)
{
	struct visitor visitors[] = { { 1, 0 }, { 5, 0 }, { 1, 0 }, { 1, 0 } };
	leat_time start = leat_now(), after[] = { 1, 6, 7, 8 };

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	for (int i = 0; i < 4; i++) {
		check(leat_go(visit, &visitors[i]) == 1);
		check(leat_wait_by(nil, leat_in(1)) == -1); /* the visitor sleeps by then */
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < 4; i++)
		check(visitors[i].when == start + LEAT_S(after[i]));
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
	           changed_in_use, changed_while_some_are_reserved, the_last_one_comes_back_whole,
	           later_ones_keep_what_they_have_used, a_later_one_is_counted_once_the_debt_ends_before_it,
	           no_more_than_it_holds, a_deadline_that_is_too_near_is_told_at_once, what_was_given_up_goes_back,
	           done_is_looked_at_first, large_demands_are_not_starved, whatever_is_asked, several_threads);
}
