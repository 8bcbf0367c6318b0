/* SPDX-License-Identifier: 0BSD
 *
 * time.c - the clock, and arithmetic on times that stops at the largest value instead of wrapping.
 */
#include "../test.h"

static void now_goes_forward(void)
{
	leat_time before = leat_now(), start = before;

	for (int i = 0; i < 1000; i++) {
		leat_time now = leat_now();

		check(now >= before);
		before = now;
	}
	nap(2);
	check(leat_now() >= start + LEAT_MS(2));
}

static void now_is_the_monotonic_clock(void)
{
	struct timespec before, after;
	leat_time now;

	check(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
	now = leat_now();
	check(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
	check(now >= LEAT_S(before.tv_sec) + before.tv_nsec);
	check(now <= LEAT_S(after.tv_sec) + after.tv_nsec);
}

static void units(void)
{
	check(LEAT_NS(7) == 7 && LEAT_US(7) == 7000 && LEAT_MS(7) == 7000000 && LEAT_S(7) == 7000000000);
	check(LEAT_NS(0) == 0 && LEAT_S(0) == 0);
	check(LEAT_NS(-7) == -7 && LEAT_US(-7) == -7000 && LEAT_MS(-7) == -7000000 && LEAT_S(-7) == -7000000000);
	check(LEAT_MS(1000) == LEAT_S(1) && LEAT_US(1000) == LEAT_MS(1));
	check(sizeof(LEAT_MS(1)) == sizeof(leat_time));
	check(LEAT_MS(1) + LEAT_MS(2) * 2 == LEAT_MS(5));
	check(LEAT_MS(1 + 2) == LEAT_MS(3));
}

static void units_saturate(void)
{
	const leat_time most = INT64_MAX;

	check(LEAT_NS(most) == most && LEAT_US(most) == most && LEAT_MS(most) == most && LEAT_S(most) == most);
	check(LEAT_S(most / 1000000000) == most / 1000000000 * 1000000000);
	check(LEAT_S(most / 1000000000 + 1) == most);
	check(LEAT_US(most / 1000) == most / 1000 * 1000 && LEAT_US(most / 1000 + 1) == most);
	check(LEAT_S(-most / 1000000000) == -most / 1000000000 * 1000000000);
	/* These are times long ago. None of them is LEAT_NOW, which has a meaning of its own. */
	check(LEAT_S(-most) < -LEAT_S(9000000000) && LEAT_S(-most) != LEAT_NOW);
	check(LEAT_US(-most / 1000 - 1) < -LEAT_S(9000000000) && LEAT_US(-most / 1000 - 1) != LEAT_NOW);
	check(LEAT_S(INT64_MIN) == LEAT_S(-most) && LEAT_MS(INT64_MIN) != LEAT_NOW);
}

static void in_a_while(void)
{
	leat_time before = leat_now(), in = leat_in(LEAT_S(5)), after = leat_now();

	check(in >= before + LEAT_S(5) && in <= after + LEAT_S(5));
	before = leat_now();
	in = leat_in(-LEAT_MS(5));
	after = leat_now();
	check(in >= before - LEAT_MS(5) && in <= after - LEAT_MS(5));
	check(leat_in(0) <= leat_now());
}

static void too_far_is_never(void)
{
	check(leat_in(LEAT_NEVER) == LEAT_NEVER);
	check(leat_in(LEAT_NEVER - 1) == LEAT_NEVER);
	check(leat_in(LEAT_S(INT64_MAX)) == LEAT_NEVER);
	check(leat_in(LEAT_NEVER - leat_now() - LEAT_S(1000)) < LEAT_NEVER);
}

/* A deadline long ago times out with ETIMEDOUT. It does not mean "do not wait". */
static void long_ago_is_not_now(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_time ago[] = { leat_in(INT64_MIN), leat_in(-INT64_MAX), leat_in(-LEAT_S(INT64_MAX)) };
	int n;

	for (int i = 0; i < 3; i++) {
		check(ago[i] != LEAT_NOW && ago[i] < -LEAT_S(1000000000));
		check(leat_recv_by(chan.rx, &n, ago[i]) == -1 && errno == ETIMEDOUT);
	}
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(now_goes_forward, now_is_the_monotonic_clock, units, units_saturate, in_a_while, too_far_is_never,
	           long_ago_is_not_now);
}
