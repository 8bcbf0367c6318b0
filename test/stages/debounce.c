/* SPDX-License-Identifier: 0BSD
 *
 * debounce.c - leat_debounce sends the last value of each burst. See also ends_of_stages.c and bad_arguments.c.
 */
#include "timed.h"

static const leat_rx nil;

static leat_rx debounced(leat_rx done, const timed **next, leat_time span)
{
	return leat_debounce(done, timed_numbers(next), span);
}

static void the_last_value_before_silence(void)
{
	const timed values[] = { { 0, 1 }, { 9, 2 }, { 9, 3 }, { 30, 4 }, { 11, 5 }, { 0, 6 }, { 100, 7 }, { 20, -EIO } };
	const timed *next = values;
	leat_rx out = debounced(nil, &next, LEAT_MS(10));

	check(leat_cap(out) == capacity);
	must_come_at(out, 3, 28);
	must_come_at(out, 4, 58);
	must_come_at(out, 6, 69);
	must_come_at(out, 7, 169);
	must_be_over(out, EIO);
}

static void the_held_value_comes_at_the_end(void)
{
	const timed failing[] = { { 0, 1 }, { 5, 2 }, { 5, -EIO } }, ending[] = { { 1, 1 }, { 2, 2 }, { 0, 0 } };
	const timed *next = failing;
	leat_rx out = debounced(nil, &next, LEAT_MS(10));

	must_come_at(out, 2, 10);
	must_be_over(out, EIO);
	next = ending;
	out = debounced(nil, &next, LEAT_MS(10));
	must_come_at(out, 2, 3);
	must_be_over(out, 0);
}

static void the_shortest_and_the_longest_span(void)
{
	const timed values[] = { { 0, 1 }, { 0, 2 }, { 5, 3 }, { 0, 0 } }, *next = values;
	leat_rx out = debounced(nil, &next, 0);

	must_come_at(out, 1, 0);
	must_come_at(out, 2, 0);
	must_come_at(out, 3, 5);
	must_be_over(out, 0);
	next = values;
	out = debounced(nil, &next, LEAT_NEVER);
	must_come_at(out, 3, 5);
	must_be_over(out, 0);
}

static void without_values(void)
{
	const timed none = { 0, 0 }, *next = &none;

	must_be_over(debounced(nil, &next, LEAT_MS(10)), 0);
}

/* The stage holds 2 when done comes, and when the consumer leaves. The clock moves only when the stage waits. */
static void the_held_value_is_released(void)
{
	for (int leaves = 0; leaves < 2; leaves++) {
		const timed values[] = { { 0, 1 }, { 5, 2 }, { 100, 3 }, { 0, 0 } }, *next = values;
		leat_rx in = timed_numbers(&next), done = leat_after(LEAT_MS(9)), out;

		out = leat_debounce(leaves ? nil : done, in, LEAT_MS(10));
		if (leaves) {
			check(leat_wait(done) == 0);
			leat_drop(out);
			out = leat_ended(ETIMEDOUT);
		}
		must_be_over(out, ETIMEDOUT);
		leat_drop(done);
	}
}

int main(int argc, char **argv)
{
	return RUN(the_last_value_before_silence, the_held_value_comes_at_the_end, the_shortest_and_the_longest_span,
	           without_values, the_held_value_is_released);
}
