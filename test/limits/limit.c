/* SPDX-License-Identifier: 0BSD
 *
 * limit.c - leat_limit, the stage that lets values through at the rate of a limiter. Each value comes at its time.
 * Stages that share a limiter share its rate. The stage may end while it waits, because of done or because the consumer
 * leaves. Then it gives back what it has not used. A refusal of the limiter becomes the cause.
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

static void each_in_its_time(void)
{
	leat_time start = leat_now();
	leat_rx out;

	begin_with(2, 3);
	out = leat_limit(nil, numbers(0, 20), limiter);
	for (int i = 0, n; i < 20; i++) {
		check(leat_recv(out, &n) == 1 && n == i);
		check(leat_now() == start + (i < 3 ? 0 : LEAT_MS(500 * (i - 2))));
	}
	must_yield(out, 0, 1, 0);
	check(leat_now() == start + LEAT_MS(8500));
}

static void values_that_own_something(void)
{
	begin_with(10, 1);
	must_yield_owned(leat_limit(nil, owned_numbers(0, 50), limiter), 0, 1, 50);
}

static void nothing_is_taken_for_no_value(void)
{
	begin_with(1, 3);
	must_yield(leat_limit(nil, numbers(0, 2), limiter), 0, 1, 2);
	check(leat_limiter_allow(limiter, 1) && !leat_limiter_allow(limiter, 1));
}

static void stages_share_a_limiter(void)
{
	leat_time start = leat_now();
	leat_rx both[2];
	int sum = 0;

	begin_with(1, 1);
	for (int i = 0; i < 2; i++)
		both[i] = leat_limit(nil, numbers(100 * i, 10), limiter);
	both[0] = leat_fan_in(nil, both, 2);
	for (int n; leat_recv(both[0], &n) > 0; sum++)
		check(leat_now() == start + LEAT_S(sum));
	check(sum == 20);
	leat_drop(both[0]);
}

static void a_set_is_a_limiter_too(void)
{
	leat_sliding_log slide;
	leat_limiter *members[] = { limiter, &slide.limiter };
	leat_limiter_set set;
	leat_time start = leat_now();
	leat_rx out;

	begin_with(10, 10);
	check(leat_sliding_log_init(&slide, 5, LEAT_S(1)) == 1);
	check(leat_limiter_set_init(&set, members, 2) == 1);
	out = leat_limit(nil, numbers(0, 15), &set.limiter);
	for (int i = 0, n; leat_recv(out, &n) > 0; i++)
		check(leat_now() == start + LEAT_S(i / 5));
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_limiter_set_end(&set);
	leat_sliding_log_end(&slide);
}

/* The stage stands in line like any thread that waits. */
static void it_stands_in_line(void)
{
	struct visitor visitors[] = { { .n = 5 }, { .n = 1 } };
	leat_time start = leat_now();
	leat_rx out;
	int n;

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	visit_all(&visitors[0], 1, limiter);
	out = leat_limit(nil, numbers(0, 2), limiter);
	check(leat_wait_by(nil, start + LEAT_S(1)) == -1); /* the stage stands in line by then */
	visit_all(&visitors[1], 1, limiter);
	check(leat_recv(out, &n) == 1 && leat_now() == start + LEAT_S(6));
	check(leat_recv(out, &n) == 1 && leat_now() == start + LEAT_S(8));
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].when == start + LEAT_S(5) && visitors[1].when == start + LEAT_S(7));
}

/* Its consumer leaves while another thread is the first in line. */
static void it_leaves_the_line(void)
{
	struct visitor visitors[] = { { .n = 5 }, { .n = 1 } };
	leat_time start = leat_now();
	leat_rx out;

	begin_with(1, 5);
	check(leat_limiter_allow(limiter, 5));
	visit_all(&visitors[0], 1, limiter);
	out = leat_limit(nil, owned_numbers(0, 2), limiter);
	check(leat_wait_by(nil, start + LEAT_S(1)) == -1);
	visit_all(&visitors[1], 1, limiter);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].when == start + LEAT_S(5) && visitors[1].when == start + LEAT_S(6));
}

/* ---------------------------------------------------------------------------------------- ends while it waits -- */

static void done_ends_it(void)
{
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_S(5)), out;

	begin_with(0.1, 1);
	out = leat_limit(done, owned_numbers(0, 20), limiter);
	for (owned value; leat_recv(out, &value) > 0;)
		disown(value);
	check(leat_cause(out) == ETIMEDOUT && leat_now() == start + LEAT_S(5));
	leat_drop(out);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(reserved_after(limiter, 1) == LEAT_S(5));
}

static void the_leaving_of_its_consumer_ends_it(void)
{
	leat_time start = leat_now();
	leat_rx out;
	owned value;

	begin_with(0.1, 1);
	out = leat_limit(nil, owned_numbers(0, 20), limiter);
	check(leat_recv(out, &value) == 1);
	disown(value);
	check(leat_wait_by(nil, leat_in(LEAT_S(5))) == -1); /* the stage sleeps by then */
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_now() == start + LEAT_S(5) && reserved_after(limiter, 1) == LEAT_S(5));
}

/* ---------------------------------------------------------------------------------------------------- refusals -- */

static void ends_with(leat_limiter *one, int count, int cause)
{
	leat_rx out = leat_limit(nil, numbers(0, 20), one);

	for (int i = 0, n; i < count; i++)
		check(leat_recv(out, &n) == 1 && n == i);
	check(leat_wait(out) == 0 && leat_cause(out) == cause);
	leat_drop(out);
}

static void it_says_why(void)
{
	leat_leaky_bucket leaky;

	ends_with(NULL, 0, EINVAL);
	begin_with(1, 0);
	ends_with(limiter, 0, EINVAL);
	begin_with(0, 7);
	ends_with(limiter, 7, EINVAL);
	check(leat_leaky_bucket_init(&leaky, 1, 0) == 1);
	check(leat_limiter_allow(&leaky.limiter, 1));
	ends_with(&leaky.limiter, 0, EAGAIN);
	check(leat_cause(leat_limit(nil, nil, limiter)) == EINVAL);
	check(leat_cause(leat_limit(nil, leat_ended(EPIPE), limiter)) == EPIPE);
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(each_in_its_time, values_that_own_something, nothing_is_taken_for_no_value, stages_share_a_limiter,
	           a_set_is_a_limiter_too, it_stands_in_line, it_leaves_the_line, done_ends_it,
	           the_leaving_of_its_consumer_ends_it, it_says_why);
}
