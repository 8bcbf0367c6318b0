/* SPDX-License-Identifier: 0BSD
 *
 * window.c - leat_window makes windows that follow each other at once, overlap, or leave values out. Each window owns
 * its values. A shorter one comes at the end only if it has a value that is new.
 */
#include "../test.h"

enum { MANY = 20 };

static const leat_rx nil;

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	must_be_clean();
}

/* The next window has the numbers from `from` up to, but without, `end`. */
static void must_come(leat_rx in, int from, int end)
{
	leat_batched *window = NULL;

	check(leat_recv(in, &window) == 1 && window->count == (size_t)(end - from));
	for (int i = from; i < end; i++)
		check(*((owned *)window->values)[i - from].number == i);
	leat_batched_free(window);
}

static int at_most(int a, int b)
{
	return a < b ? a : b;
}

static void windows_of_all_kinds(void)
{
	for (int n = 1; n <= 5; n++)
		for (int step = 1; step <= 7; step++)
			for (int count = 0; count <= MANY; count += 1 + count / 6) {
				leat_rx out = leat_window(nil, leat_take(nil, owned_numbers(0, MANY), count),
				                          (size_t)n, (size_t)step);
				int from = 0, seen = 0; /* seen: values that were in a window, or left out */

				for (; from < count && seen < count; from += step) {
					must_come(out, from, at_most(from + n, count));
					seen = from + n;
				}
				must_be_over(out, 0);
			}
}

static void the_rest_comes_before_a_cause(void)
{
	leat_chan chan = leat_make(int, capacity + 4);
	leat_rx out = leat_unbatch(nil, leat_window(nil, chan.rx, 3, 3), int);

	send_ints(chan.tx, 0, 4);
	check(leat_drop_with(chan.tx, EIO) == 1);
	receive_ints(out, 0, 4);
	must_be_over(out, EIO);
}

static void the_consumer_leaves(void)
{
	for (int received = 0; received < 4; received++) {
		leat_rx out = leat_window(nil, owned_numbers(0, MANY), 3, 1);

		for (int i = 0; i < received; i++)
			must_come(out, i, i + 3);
		leat_drop(out);
		must_be_clean();
	}
}

static void windows_that_share_nothing_need_no_copy(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_rx in = leat_map_of(nil, numbers(0, 4), &uncopied, to_owned, NULL);
	leat_rx out = leat_window(nil, in, 1, 3);

	must_come(out, 0, 1);
	must_come(out, 3, 4);
	must_be_over(out, 0);
}

/* The third copy fails. The window whose values were to be copied is sent before the cause. */
static int copies;

static int copy_two(void *to, const void *from)
{
	return ++copies > 2 ? -ENOSPC : owned_copy(to, from);
}

static void a_copy_fails(void)
{
	leat_type type = { "copied twice", sizeof(owned), copy_two, owned_release };
	leat_rx out = leat_window(nil, leat_map_of(nil, numbers(0, MANY), &type, to_owned, NULL), 3, 1);

	must_come(out, 0, 3);
	must_come(out, 1, 4);
	must_be_over(out, ENOSPC);
}

int main(int argc, char **argv)
{
	return RUN(windows_of_all_kinds, the_rest_comes_before_a_cause, the_consumer_leaves,
	           windows_that_share_nothing_need_no_copy, a_copy_fails);
}
