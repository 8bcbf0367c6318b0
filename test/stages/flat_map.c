/* SPDX-License-Identifier: 0BSD
 *
 * flat_map.c - leat_flat_map makes several values, or a stream, of each value. With one worker they come in order. With
 * several, so many streams are open at once, and no more.
 */
#include "../test.h"

enum { WORKERS = 3, MANY = 40 };

static const leat_rx nil;

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	must_be_clean();
}

/* n becomes n values: 0 to n - 1. A number below 0 is a failure. */
static int count_to(void *arg, const void *in, leat_stage *stage)
{
	(void)arg;
	for (int i = 0; i < *(const int *)in; i++) {
		owned value = own(i);

		if (!leat_emit(stage, &value))
			return 0;
	}
	return *(const int *)in < 0 ? -EDOM : 1;
}

static leat_rx counted(leat_rx in, size_t workers)
{
	return leat_flat_map_of(nil, in, workers, &owned_type, count_to, NULL);
}

static void several_values_in_order(void)
{
	leat_rx out = counted(numbers(0, MANY), 1);

	for (int n = 0; n < MANY; n++)
		for (int i = 0; i < n; i++)
			must_receive_owned(out, i);
	must_be_over(out, 0);
}

static void several_values_of_workers(void)
{
	leat_rx out = counted(numbers(0, MANY), WORKERS);
	int times[MANY] = { 0 };

	for (owned value; leat_recv(out, &value) > 0; disown(value))
		times[*value.number]++;
	for (int i = 0; i < MANY; i++)
		check(times[i] == MANY - 1 - i);
	must_be_over(out, 0);
}

static void fn_fails(void)
{
	must_be_over(counted(numbers(-1, MANY), 1), EDOM);
	check(leat_drain(counted(numbers(-1, MANY), WORKERS)) == EDOM);
}

static void the_consumer_leaves(void)
{
	for (size_t workers = 1; workers <= WORKERS; workers++)
		for (int received = 0; received < 5; received++) {
			leat_rx out = counted(numbers(7, MANY), workers);

			for (int i = 0; i < received; i++)
				check(leat_wait(out) == 1);
			leat_drop(out);
			must_be_clean();
		}
}

/* ---------------------------------------------------------------------------------------------------- streams -- */

/* n becomes a stream: 10 n, 10 n + 1 and so on, up to the next one. */
static int decade(void *arg, const void *in, leat_stage *stage)
{
	(void)arg;
	return leat_emit_all(stage, owned_numbers(10 * *(const int *)in, 10));
}

static void streams_in_order(void)
{
	must_yield_owned(leat_flat_map_of(nil, numbers(0, MANY), 1, &owned_type, decade, NULL), 0, 1, 10 * MANY);
}

/* A stream of which nothing is known but its channel: the test sends, and ends it. */
struct inner { leat_chan streams[WORKERS + 1]; atomic_int open; };

static int open_one(void *of_inner, const void *in, leat_stage *stage)
{
	struct inner *inner = of_inner;

	atomic_fetch_add(&inner->open, 1);
	return leat_emit_all(stage, inner->streams[*(const int *)in].rx);
}

static leat_rx begin_inner(struct inner *inner, leat_rx done)
{
	atomic_init(&inner->open, 0);
	for (int i = 0; i <= WORKERS; i++)
		inner->streams[i] = leat_make(int, capacity);
	return leat_flat_map(done, numbers(0, WORKERS + 1), WORKERS, int, open_one, inner);
}

static void must_have_open(struct inner *inner, int expected)
{
	while (atomic_load(&inner->open) < expected)
		nap(1);
	nap(2); /* a further one could only be missed, never be seen in vain */
	check(atomic_load(&inner->open) == expected);
}

/* While a stream is open its worker waits for it, and the last value waits for a worker. */
static void so_many_streams_are_open_as_there_are_workers(void)
{
	struct inner inner;
	leat_rx out = begin_inner(&inner, nil);

	must_have_open(&inner, WORKERS);
	for (int i = WORKERS - 1; i >= 0; i--) {
		send_ints(inner.streams[i].tx, i, 1);
		receive_ints(out, i, 1);
	}
	leat_drop(inner.streams[1].tx);
	must_have_open(&inner, WORKERS + 1);
	leat_drop(inner.streams[0].tx);
	leat_drop(inner.streams[2].tx);
	send_ints(inner.streams[3].tx, 3, 1);
	receive_ints(out, 3, 1);
	leat_drop(inner.streams[3].tx);
	must_be_over(out, 0);
}

/* Silent streams are let go when one of them fails, done comes, or the consumer leaves. */
static void silent_streams_are_let_go(void)
{
	for (int way = 0; way < 3; way++) {
		leat_chan done = leat_make_unit();
		struct inner inner;
		leat_rx out = begin_inner(&inner, done.rx);

		must_have_open(&inner, WORKERS);
		if (way == 0)
			check(leat_close_with(inner.streams[1].tx, EIO) == 1);
		if (way == 1)
			check(leat_close_with(done.tx, EPERM) == 1);
		if (way == 2)
			leat_drop(out);
		for (int i = 0; i < WORKERS; i++) {
			check(leat_wait_gone(inner.streams[i].tx, LEAT_NEVER) == 1);
			leat_drop(inner.streams[i].tx);
		}
		leat_drop(inner.streams[WORKERS]);
		if (way < 2)
			must_be_over(out, way == 0 ? EIO : EPERM);
		leat_drop(done);
	}
}

int main(int argc, char **argv)
{
	return RUN(several_values_in_order, several_values_of_workers, fn_fails, the_consumer_leaves, streams_in_order,
	           so_many_streams_are_open_as_there_are_workers, silent_streams_are_let_go);
}
