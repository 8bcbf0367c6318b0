/* SPDX-License-Identifier: 0BSD
 *
 * throttle.c - leat_throttle sends the first or the last value of each period. See also ends_of_stages.c and
 * bad_arguments.c.
 */
#include "timed.h"

static const leat_rx nil;

static const timed values[] = { { 0, 1 }, { 4, 2 }, { 5, 3 }, { 1, 4 }, { 3, 5 }, { 30, 6 }, { 1, 7 }, { 0, 0 } };

static leat_rx throttled(const timed **next, leat_time period, int which)
{
	*next = values;
	return leat_throttle(nil, timed_numbers(next), period, which);
}

static void the_first_of_each_period(void)
{
	const timed *next;
	leat_rx out = throttled(&next, LEAT_MS(10), LEAT_FIRST);

	check(leat_cap(out) == capacity);
	must_come_at(out, 1, 0);
	must_come_at(out, 4, 10);
	must_come_at(out, 6, 43);
	must_be_over(out, 0);
}

/* No period ends at the moment at which a value comes: either of the two could be first then. */
static void the_last_of_each_period(void)
{
	const timed *next;
	leat_rx out = throttled(&next, LEAT_MS(9) + LEAT_US(500), LEAT_LAST);

	must_receive_owned(out, 3);
	check(leat_now() - begun == LEAT_US(9500));
	must_receive_owned(out, 5);
	check(leat_now() - begun == LEAT_US(19500));
	must_come_at(out, 7, 44); /* the end of the input */
	must_be_over(out, 0);
}

/* Without room the period begins when the consumer takes 1, after 25 ms, and so does the source's pause of 30 ms. */
static void a_slow_consumer_begins_a_period(void)
{
	const timed slow[] = { { 0, 1 }, { 1, 2 }, { 30, 3 }, { 5, 4 }, { 0, 0 } }, *next = slow;
	leat_rx out = leat_throttle(nil, timed_numbers(&next), LEAT_MS(10), LEAT_FIRST);

	leat_sleep(LEAT_MS(25));
	must_receive_owned(out, 1);
	must_come_at(out, 3, capacity ? 31 : 55);
	must_be_over(out, 0);
}

static void the_shortest_and_the_longest_period(void)
{
	static const timed few[] = { { 1, 1 }, { 0, 2 }, { 0, 0 } };

	for (int which = LEAT_FIRST; which <= LEAT_LAST; which++) {
		const timed *next = few;
		leat_rx out = leat_throttle(nil, timed_numbers(&next), 0, which);

		must_come_at(out, 1, 1);
		must_come_at(out, 2, 1);
		must_be_over(out, 0);
		out = throttled(&next, LEAT_NEVER, which);
		must_come_at(out, which == LEAT_FIRST ? 1 : 7, which == LEAT_FIRST ? 0 : 44);
		must_be_over(out, 0);
	}
}

static void a_cause_comes_after_the_held_value(void)
{
	for (int which = LEAT_FIRST; which <= LEAT_LAST; which++) {
		const timed failing[] = { { 0, 1 }, { 2, 2 }, { 1, -EIO } }, *next = failing;
		leat_rx out = leat_throttle(nil, timed_numbers(&next), LEAT_MS(10), which);

		must_come_at(out, which == LEAT_FIRST ? 1 : 2, which == LEAT_FIRST ? 0 : 3);
		must_be_over(out, EIO);
	}
}

static void the_held_value_is_released_by_done(void)
{
	for (int which = LEAT_FIRST; which <= LEAT_LAST; which++) {
		const timed silent[] = { { 0, 1 }, { 2, 2 }, { 100, 3 }, { 0, 0 } }, *next = silent;
		leat_rx in = timed_numbers(&next), done = leat_after(LEAT_MS(9));
		leat_rx out = leat_throttle(done, in, LEAT_MS(10), which);

		if (which == LEAT_FIRST)
			must_come_at(out, 1, 0);
		must_be_over(out, ETIMEDOUT);
		leat_drop(done);
	}
}

int main(int argc, char **argv)
{
	return RUN(the_first_of_each_period, the_last_of_each_period, a_slow_consumer_begins_a_period,
	           the_shortest_and_the_longest_period, a_cause_comes_after_the_held_value,
	           the_held_value_is_released_by_done);
}
