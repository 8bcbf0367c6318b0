/* SPDX-License-Identifier: 0BSD
 *
 * leaky_bucket.c - a leaky bucket spaces events evenly, and its queue is limited. Also tested: events that are given
 * back; that no span has more events than promised, whatever is asked for; and a limiter that several threads share.
 */
#include "limiters.h"

static leat_leaky_bucket bucket;
static leat_limiter *const limiter = &bucket.limiter;
static const leat_rx nil;

static void begin_with(double rate, long depth)
{
	leat_limiter_end(limiter);
	check(leat_leaky_bucket_init(&bucket, rate, depth) == 1);
}

static void nonsense(void)
{
	check(leat_leaky_bucket_init(&bucket, 0, 1) == -1 && errno == EINVAL);
	check(leat_leaky_bucket_init(&bucket, -1, 1) == -1 && errno == EINVAL);
	check(leat_leaky_bucket_init(&bucket, (double)NAN, 1) == -1 && errno == EINVAL);
	check(leat_leaky_bucket_init(&bucket, 1, -1) == -1 && errno == EINVAL);
	begin_with(2, 3);
	check(leat_limiter_rate(limiter) == 2.0);
	check(is_refused(limiter, 5, EINVAL) && is_refused(limiter, -1, EINVAL));
	leat_limiter_give_back(limiter, -2, leat_now());
	check(leat_limiter_allow(limiter, 1));
	begin_with(1e-300, 3);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EINVAL));
}

/* An idle time, however long, does not allow a burst. */
static void evenly(void)
{
	begin_with(10, 5);
	for (int i = 0; i < 3; i++) {
		check(leat_clock_advance(LEAT_S(1000)) == 1);
		for (int k = 0; k < 6; k++)
			check(reserved_after(limiter, 1) == LEAT_MS(100 * k));
	}
}

static void thirds_are_not_summed_up(void)
{
	begin_with(3, 5000);
	for (int i = 0; i < 3000; i++)
		check(reserved_after(limiter, 1) == (LEAT_S(i) + 1) / 3);
}

/* These rates are no finite binary fractions. The rounding error must not count as an event that waits. */
static void as_many_come_in_as_leak_out(void)
{
	for (int ms = 1; ms < 500; ms++) {
		begin_with(leat_every(LEAT_MS(ms)), 1000);
		check(reserved_after(limiter, 1001) == LEAT_MS(1000 * ms) && is_refused(limiter, 1, EAGAIN));
		check(leat_clock_advance(LEAT_MS(831 * ms)) == 1 && reserved_after(limiter, 831) == LEAT_MS(1000 * ms));
		check(is_refused(limiter, 1, EAGAIN));
	}
}

/* A sixth event would be the fifth that waits. When one has leaked out, there is room for one more. */
static void the_queue_is_bounded(void)
{
	begin_with(10, 4);
	for (int i = 0; i < 5; i++)
		check(!is_refused(limiter, 1, EAGAIN));
	check(is_refused(limiter, 1, EAGAIN) && !leat_limiter_allow(limiter, 1));
	check(leat_limiter_wait(limiter, 1, nil, LEAT_NEVER) == -1 && errno == EAGAIN);
	check(leat_clock_advance(LEAT_MS(100) - 10) == 1 && is_refused(limiter, 1, EAGAIN));
	check(leat_clock_advance(10) == 1 && reserved_after(limiter, 1) == LEAT_MS(400));
	check(is_refused(limiter, 1, EAGAIN));
	begin_with(10, 0);
	check(leat_limiter_allow(limiter, 1) && is_refused(limiter, 1, EAGAIN) && is_refused(limiter, 2, EINVAL));
	check(leat_clock_advance(LEAT_MS(100)) == 1 && leat_limiter_allow(limiter, 1));
}

/* Four threads wait. A fifth is refused, until one of the four has had its time or has given up. */
static void threads_wait_in_the_queue(void)
{
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_MS(50));
	struct visitor visitors[5] = { { .n = 1 }, { .n = 1, .done = done }, { .n = 1 }, { .n = 1 }, { .n = 1 } };

	begin_with(10, 4);
	check(leat_limiter_allow(limiter, 1));
	visit_all(visitors, 5, limiter);
	check(visitors[4].error == EAGAIN && is_refused(limiter, 1, EAGAIN) && !leat_limiter_allow(limiter, 1));
	check(leat_wait_by(nil, start + LEAT_MS(51)) == -1 && visitors[1].error == ECANCELED);
	check(leat_limiter_wait(limiter, 1, nil, start + LEAT_MS(400)) == 1 && leat_now() == start + LEAT_MS(400));
	check(leat_wait_all(LEAT_NEVER) == 1 && visitors[0].when == start + LEAT_MS(100));
	check(visitors[2].when == start + LEAT_MS(200) && visitors[3].when == start + LEAT_MS(300));
	leat_drop(done);
}

static void numbers_at_the_edges(void)
{
	begin_with(1, LONG_MAX);
	check(leat_limiter_burst(limiter) == LONG_MAX && reserved_after(limiter, 1000) == LEAT_S(999));
	check(is_refused(limiter, LONG_MAX, EINVAL)); /* centuries */
	begin_with(1e300, LONG_MAX);
	check(leat_limiter_allow(limiter, LONG_MAX) && leat_limiter_allow(limiter, LONG_MAX));
	check(leat_leaky_bucket_init(&bucket, 1, LONG_MIN) == -1 && errno == EINVAL);
	begin_with(1, 2);
	check(leat_limiter_allow_at(limiter, 1, LEAT_NOW + 1) && leat_limiter_allow_at(limiter, 1, LEAT_NEVER - 1));
	check(is_refused(limiter, 1, EINVAL)); /* the end of time */
}

static void several_have_their_time_with_the_last(void)
{
	begin_with(10, 5);
	check(!leat_limiter_allow(limiter, 2));
	check(reserved_after(limiter, 3) == LEAT_MS(200) && reserved_after(limiter, 3) == LEAT_MS(500));
	check(is_refused(limiter, 1, EAGAIN));
}

static void without_a_limit(void)
{
	begin_with(leat_every(0), 0);
	for (int i = 0; i < 100; i++)
		check(leat_limiter_allow(limiter, 1) && reserved_after(limiter, 7) == 0);
}

static void what_comes_back(void)
{
	leat_time start = leat_now();

	begin_with(10, 5);
	check(leat_limiter_allow(limiter, 1));
	leat_limiter_give_back(limiter, 1, start); /* it has happened */
	check(reserved_after(limiter, 1) == LEAT_MS(100) && reserved_after(limiter, 1) == LEAT_MS(200));
	leat_limiter_give_back(limiter, 1, start + LEAT_MS(100));
	check(reserved_after(limiter, 1) == LEAT_MS(300));
	leat_limiter_give_back(limiter, 1, start + LEAT_MS(300));
	leat_limiter_give_back(limiter, 1, start + LEAT_MS(200));
	check(reserved_after(limiter, 1) == LEAT_MS(100));
	leat_limiter_give_back(limiter, 1000, start + LEAT_MS(100));
	check(reserved_after(limiter, 1) == LEAT_MS(100));
	leat_limiter_end(limiter);
	begin_with(10, 1000);
	check(leat_limiter_allow(limiter, 1));
	given_back_in_any_order(limiter, LEAT_MS(100), 1);
}

static void whatever_is_asked(void)
{
	static const double rate[] = { 0.01, 1, 3, 1000 };

	for (int i = 0; i < 16; i++) {
		long most = i % 2 ? 3 : 1;

		begin_with(rate[i / 4], 3 + i);
		request_at_random(limiter, most, (leat_time)(1e9 / rate[i / 4]) * (1 + most / 2));
		must_keep_to(rate[i / 4], most);
	}
}

static void several_threads(void)
{
	begin_with(1, 5);
	check(allowed_by_several(limiter) == 1);
	check(leat_clock_advance(LEAT_S(7)) == 1);
	check(allowed_by_several(limiter) == 1);
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(nonsense, evenly, thirds_are_not_summed_up, as_many_come_in_as_leak_out, the_queue_is_bounded,
	           threads_wait_in_the_queue, numbers_at_the_edges, several_have_their_time_with_the_last,
	           without_a_limit, what_comes_back, whatever_is_asked, several_threads);
}
