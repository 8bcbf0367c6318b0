/* SPDX-License-Identifier: 0BSD
 *
 * fill.c - leat_source_n and leat_batch_from: sources whose function makes several values in a call. All of them come,
 * in order. Values that were made and are not wanted are released.
 */
#include "../test.h"

#include <limits.h>

enum { MANY = 300 };

static const leat_rx nil;

/* Makes 0, 1, and so on below `end`, `each` in a call or as many as there is room for. Then it returns `result`. */
struct counter { int next, end, calls; size_t each; long result; };

static long count_up(void *of_counter, void *values, size_t n)
{
	struct counter *counter = of_counter;
	size_t made = 0;

	counter->calls++;
	for (; made < n && made < counter->each && counter->next < counter->end; made++)
		((int *)values)[made] = counter->next++;
	return made ? (long)made : counter->result;
}

static struct counter up_to(int end, size_t each, long result)
{
	return (struct counter){ 0, end, 0, each, result };
}

static void must_come(leat_rx in, int count, int cause)
{
	int expected = 0;

	for (int n; leat_recv(in, &n) > 0; expected++)
		check(n == expected);
	check(expected == count && leat_cause(in) == cause);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------- all values -- */

static void all_values_come(void)
{
	for (size_t n = 1; n <= 1000; n = 2 * n + 1) {
		for (size_t each = 1; each <= 100; each *= 10) {
			struct counter counter = up_to(MANY, each, 0);
			int calls = (int)((MANY + (n < each ? n : each) - 1) / (n < each ? n : each)) + 1;

			must_come(leat_buffer(leat_source_n(nil, int, n, count_up, &counter), capacity), MANY, 0);
			check(counter.calls == calls);
			counter = up_to(MANY, each, 0);
			must_come(leat_unbatch(nil, leat_batch_from(nil, int, n, count_up, &counter), int), MANY, 0);
			check(counter.calls == calls);
		}
	}
}

/* A batch is what one call has made. */
static void batches_are_calls(void)
{
	struct counter counter = up_to(25, 10, 0);
	leat_rx in = leat_buffer(leat_batch_from(nil, int, 64, count_up, &counter), capacity);
	size_t counts[] = { 10, 10, 5 };

	for (size_t i = 0; i < 3; i++) {
		leat_batched *batch;

		check(leat_recv(in, &batch) == 1 && batch->count == counts[i] && batch->type.size == sizeof(int));
		check((uintptr_t)batch->values % 64 == 0 && *(int *)batch->values == 10 * (int)i);
		leat_batched_free(batch);
	}
	check(leat_wait(in) == 0 && leat_cause(in) == 0);
	leat_drop(in);
}

/* Values that one call has made come before the next call, which waits. */
static long wait_for_leave(void *leave, void *values, size_t n)
{
	static int next;
	int value = next++;

	check(n == 10);
	if (value > 0)
		(void)leat_wait(*(leat_rx *)leave);
	*(int *)values = value;
	return value < 2;
}

static void what_was_made_does_not_wait(void)
{
	leat_chan leave = leat_make_unit();
	leat_rx in = leat_buffer(leat_source_n(nil, int, 10, wait_for_leave, &leave.rx), capacity);

	receive_ints(in, 0, 1);
	check(leat_close(leave.tx) == 1);
	receive_ints(in, 1, 1);
	check(leat_drain(in) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(leave);
}

static long two_units(void *calls, void *values, size_t n)
{
	(void)values;
	check(n == 2);
	return ++*(int *)calls <= 5 ? 2 : 0;
}

static void values_without_bytes(void)
{
	leat_type nothing = { "nothing", 0, NULL, NULL };
	int calls = 0, received = 0;
	leat_rx in = leat_source_n_of(nil, &nothing, 2, two_units, &calls);

	for (; leat_wait(in) > 0; received++)
		;
	check(received == 10);
	leat_drop(in);
	calls = 0;
	in = leat_unbatch_of(nil, leat_batch_from_of(nil, &nothing, 2, two_units, &calls), &nothing);
	for (received = 0; leat_wait(in) > 0; received++)
		;
	check(received == 10);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

struct large { _Alignas(64) int number; };

static long make_large(void *left, void *values, size_t n)
{
	struct large *large = values;

	check((uintptr_t)values % 64 == 0);
	for (size_t i = 0; i < n; i++)
		large[i].number = (int)i;
	return *(int *)left > 0 ? (long)n : 0 * --*(int *)left;
}

static void values_are_aligned(void)
{
	for (size_t n = 1; n <= 5; n++) {
		int left = 1;
		struct large large;
		leat_rx in = leat_source_n(nil, struct large, n, make_large, &left);

		for (size_t i = 0; i < 2 * n; i++)
			check(leat_recv(in, &large) == 1 && large.number == (int)(i % n));
		leat_drop(in);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

/* ------------------------------------------------------------------------------------------- it goes wrong -- */

static void it_fails(void)
{
	const struct { long result; int cause; } ends[] = { { -EDOM, EDOM }, { -1000000, EINVAL }, { LONG_MIN, EINVAL },
	                                                    { 8, EINVAL }, { LONG_MAX, EINVAL } };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct counter counter = up_to(MANY, 5, ends[i].result);

		must_come(leat_source_n(nil, int, 7, count_up, &counter), MANY, ends[i].cause);
		counter = up_to(MANY, 5, ends[i].result);
		must_come(leat_unbatch(nil, leat_batch_from(nil, int, 7, count_up, &counter), int), MANY, ends[i].cause);
	}
}

static long leave_at_once(void *arg, void *values, size_t n)
{
	(void)arg;
	(void)values;
	(void)n;
	pthread_exit(NULL);
}

static void it_leaves(void)
{
	check(leat_drain(leat_source_n_of(nil, &owned_type, 7, leave_at_once, NULL)) == EOWNERDEAD);
	check(leat_drain(leat_batch_from_of(nil, &owned_type, 7, leave_at_once, NULL)) == EOWNERDEAD);
}

static long make_owned(void *arg, void *values, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		((owned *)values)[i] = own((int)i);
	return (long)n;
}

/* The consumer leaves, or done comes, in the middle of what one call has made. */
static void what_is_not_wanted_is_released(void)
{
	for (int i = 0; i < 4; i++) {
		leat_chan done = leat_make_unit();
		leat_rx in = i / 2 ? leat_unbatch_of(nil, leat_batch_from_of(done.rx, &owned_type, 50, make_owned, NULL),
		                                     &owned_type)
		                   : leat_source_n_of(done.rx, &owned_type, 50, make_owned, NULL);

		in = leat_buffer(in, capacity);
		for (int n = 0; n < 75; n++)
			must_receive_owned(in, n % 50);
		if (i % 2)
			check(leat_close(done.tx) == 1 && leat_drain(in) == ECANCELED);
		else
			leat_drop(in);
		must_be_clean();
		leat_drop(done);
	}
}

static void bad_arguments(void)
{
	struct counter counter = up_to(MANY, 5, 0);
	const size_t sizes[] = { 0, PTRDIFF_MAX / 8, SIZE_MAX };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		check(leat_drain(leat_source_n(nil, int, sizes[i], count_up, &counter)) == EINVAL);
		if (sizes[i] != PTRDIFF_MAX / 8)
			check(leat_drain(leat_batch_from(nil, int, sizes[i], count_up, &counter)) == EINVAL);
	}
	check(leat_drain(leat_source_n(nil, int, 5, NULL, &counter)) == EINVAL);
	check(leat_drain(leat_source_n_of(nil, NULL, 5, count_up, &counter)) == EINVAL);
	check(leat_drain(leat_batch_from(nil, int, 5, NULL, &counter)) == EINVAL);
	check(leat_drain(leat_batch_from_of(nil, NULL, 5, count_up, &counter)) == EINVAL);
	check(counter.calls == 0);
}

int main(int argc, char **argv)
{
	return RUN(all_values_come, batches_are_calls, what_was_made_does_not_wait, values_without_bytes,
	           values_are_aligned, it_fails, it_leaves, what_is_not_wanted_is_released, bad_arguments);
}
