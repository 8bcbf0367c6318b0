/* SPDX-License-Identifier: 0BSD
 *
 * ordered.c - the window of leat_map_ordered. Workers go on past a slow value until the window is full. The results
 * wait there and come out in order. However the stage ends meanwhile, each result is received or released once.
 */
#include "../test.h"

enum { WORKERS = 3, MANY = 1500 };

static const leat_rx nil;

/* How many results the window holds for WORKERS workers. */
static int window(void)
{
	return capacity < 64 ? 64 : 1024; /* the capacity is 1000 then */
}

/* The value `slow` waits until it may go on, and then gives `result`. */
struct slow {
	int slow, result, exit;
	leat_chan go;
	atomic_int begun;
};

static struct slow slow_at(int at, int result)
{
	return (struct slow){ at, result, 0, leat_make_unit(), 0 };
}

static int wait_if_slow(void *arg, const void *in, void *out)
{
	struct slow *slow = arg;
	int n = *((const owned *)in)->number;

	atomic_fetch_add(&slow->begun, 1);
	if (n == slow->slow) {
		(void)leat_wait(slow->go.rx);
		if (slow->exit)
			pthread_exit(NULL);
		if (slow->result <= 0)
			return slow->result;
	}
	*(owned *)out = own(2 * n);
	return 1;
}

static leat_rx ordered(leat_rx done, struct slow *slow)
{
	return leat_map_ordered_of(done, owned_numbers(0, MANY), WORKERS, &owned_type, wait_if_slow, slow);
}

/* Exactly `expected` calls begin, even after a pause. */
static void begin_exactly(struct slow *slow, int expected)
{
	while (atomic_load(&slow->begun) < expected)
		nap(1);
	nap(5);
	check(atomic_load(&slow->begun) == expected);
}

static void receive_doubles(leat_rx out, int from, int n)
{
	for (int i = from; i < from + n; i++)
		must_receive_owned(out, 2 * i);
}

/* ------------------------------------------------------------------------------------------- the window -- */

static void a_slow_first_value_lets_a_window_go_ahead(void)
{
	struct slow slow = slow_at(0, 1);
	leat_rx out = ordered(nil, &slow);

	begin_exactly(&slow, window());
	check(leat_len(out) == 0);
	check(leat_close(slow.go.tx) == 1);
	must_yield_owned(out, 0, 2, 2 * MANY);
	check(atomic_load(&slow.begun) == MANY);
	leat_drop(slow.go);
}

/* Results that have come out make room in the window. */
static void a_slow_later_value_lets_a_window_go_ahead(void)
{
	struct slow slow = slow_at(100, 1);
	leat_rx out = ordered(nil, &slow);

	receive_doubles(out, 0, 100);
	begin_exactly(&slow, 100 + window());
	check(leat_close(slow.go.tx) == 1);
	receive_doubles(out, 100, MANY - 100);
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(out);
	leat_drop(slow.go);
}

/* A value that is skipped keeps its place in the window until its turn. */
static void a_slow_value_that_is_left_out(void)
{
	struct slow slow = slow_at(0, 0);
	leat_rx out = ordered(nil, &slow);

	begin_exactly(&slow, window());
	check(leat_close(slow.go.tx) == 1);
	must_yield_owned(out, 2, 2, 2 * MANY);
	leat_drop(slow.go);
}

static int simply(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

/* The window has 16 places for each worker, or as many as the input has room for, up to 4096. */
static void the_window_for_any_number_of_workers(void)
{
	for (size_t workers = 1; workers <= 40; workers = 2 * workers + 1)
		must_yield(leat_map_ordered(nil, numbers(0, MANY), workers, int, simply, NULL), 0, 1, MANY);
}

/* Three values are slow: 0, 3, and the first value after the window. When 0 has come out, 1 and 2 follow, so the
 * window has room for three more. The stage then needs the worker that waits for room, because all others hold a
 * slow value. */
struct three { int last; leat_chan go[3]; atomic_int begun; };

static int wait_if_one_of_three(void *arg, const void *in, void *out)
{
	struct three *three = arg;
	int n = *(int *)out = *(const int *)in, which = n == 0 ? 0 : n == 3 ? 1 : 2;

	atomic_fetch_add(&three->begun, 1);
	if (n == 0 || n == 3 || n == three->last)
		(void)leat_wait(three->go[which].rx);
	return 1;
}

static void who_waits_for_room_is_woken_when_there_is_some(void)
{
	struct three three = { window(), { leat_make_unit(), leat_make_unit(), leat_make_unit() }, 0 };
	leat_rx out = leat_map_ordered(nil, numbers(0, MANY), WORKERS, int, wait_if_one_of_three, &three);

	while (atomic_load(&three.begun) < window())
		nap(1);
	check(leat_close(three.go[0].tx) == 1);
	receive_ints(out, 0, 3);
	while (atomic_load(&three.begun) < window() + 3)
		nap(1);
	for (int i = 1; i < 3; i++)
		check(leat_close(three.go[i].tx) == 1);
	must_yield(out, 3, 1, MANY);
	for (int i = 0; i < 3; i++)
		leat_drop(three.go[i]);
}

/* One worker holds the slow value. The other one takes value after value, until the window is full. */
static void one_worker_does_all_that_the_window_has_room_for(void)
{
	struct slow slow = slow_at(0, 1);
	leat_rx out = leat_map_ordered_of(nil, owned_numbers(0, MANY), 2, &owned_type, wait_if_slow, &slow);

	begin_exactly(&slow, capacity < 32 ? 32 : window());
	check(leat_close(slow.go.tx) == 1);
	must_yield_owned(out, 0, 2, 2 * MANY);
	leat_drop(slow.go);
}

/* ---------------------------------------------------------------------- ends, with a window full of results -- */

static void stop(leat_rx out, struct slow *slow)
{
	leat_drop(out);
	check(leat_close(slow->go.tx) == 1);
	must_be_clean();
	leat_drop(slow->go);
}

static void the_consumer_leaves(void)
{
	struct slow slow = slow_at(5, 1);
	leat_rx out = ordered(nil, &slow);

	receive_doubles(out, 0, 5);
	begin_exactly(&slow, 5 + window());
	stop(out, &slow);
}

/* The other workers do not wait for the slow one. The stream ends when the slow one has ended too. */
static void done_comes(void)
{
	for (int by_value = 0; by_value < 2; by_value++) {
		struct slow slow = slow_at(0, 1);
		leat_chan done = leat_make_of(&(leat_type){ "done", 0, NULL, NULL }, 1);
		leat_rx out = ordered(done.rx, &slow);

		begin_exactly(&slow, window());
		check(by_value ? leat_signal(done.tx) == 1 : leat_close_with(done.tx, EPERM) == 1);
		while (leat_cause(out) == 0) /* until one of the other workers has left */
			nap(1);
		check(leat_close(slow.go.tx) == 1);
		check(leat_wait(out) == 0 && leat_cause(out) == (by_value ? ECANCELED : EPERM));
		leat_drop(out);
		leat_drop(slow.go);
		leat_drop(done);
	}
}

/* The results before the failure have come out. Those after it are released. */
static void a_failure_with_later_results_in_the_window(void)
{
	struct slow slow = slow_at(7, -EDOM);
	leat_rx out = ordered(nil, &slow);

	receive_doubles(out, 0, 7);
	begin_exactly(&slow, 7 + window());
	check(leat_close(slow.go.tx) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
	leat_drop(out);
	leat_drop(slow.go);
}

static void a_thread_that_exits_with_later_results_in_the_window(void)
{
	for (int more = 0; more < 2; more++) { /* first with the window full, then at the end of the input */
		struct slow slow = slow_at(0, 1);
		leat_rx out;

		slow.exit = 1;
		out = more ? ordered(nil, &slow) : leat_map_ordered_of(nil, owned_numbers(0, 6), WORKERS, &owned_type,
		                                                       wait_if_slow, &slow);
		begin_exactly(&slow, more ? window() : 6);
		check(leat_close(slow.go.tx) == 1);
		check(leat_wait(out) == 0 && leat_cause(out) == EOWNERDEAD);
		leat_drop(out);
		leat_drop(slow.go);
	}
}

/* The input ends, with or without a cause, long before the slow result is there. */
static void the_input_ends_first(void)
{
	for (int cause = 0; cause <= EIO; cause += EIO) {
		struct slow slow = slow_at(0, 1);
		leat_chan chan = leat_make_of(&owned_type, capacity);
		leat_rx out = leat_map_ordered_of(nil, chan.rx, WORKERS, &owned_type, wait_if_slow, &slow);

		for (int i = 0; i < 10; i++) {
			owned value = own(i);

			check(leat_send(chan.tx, &value) == 1);
		}
		(void)leat_drop_with(chan.tx, cause);
		begin_exactly(&slow, 10);
		check(leat_recv_by(out, &(owned){ NULL }, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
		check(leat_close(slow.go.tx) == 1);
		receive_doubles(out, 0, 10);
		check(leat_wait(out) == 0 && leat_cause(out) == cause);
		leat_drop(out);
		leat_drop(slow.go);
	}
}

/* A failure that comes before the end of the input in the order of values is the cause, however late it happens. */
static void a_failure_before_the_input_s_cause(void)
{
	for (int i = 0; i < 50; i++) {
		struct slow slow = slow_at(3, -EDOM);
		leat_chan chan = leat_make_of(&owned_type, capacity);
		leat_rx out = leat_map_ordered_of(nil, chan.rx, WORKERS, &owned_type, wait_if_slow, &slow);

		for (int n = 0; n < 8; n++) {
			owned value = own(n);

			check(leat_send(chan.tx, &value) == 1);
		}
		(void)leat_drop_with(chan.tx, EIO);
		check(leat_close(slow.go.tx) == 1);
		receive_doubles(out, 0, 3);
		check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
		leat_drop(out);
		must_be_clean();
		leat_drop(slow.go);
	}
}

/* ----------------------------------------------------------------------------- others at the same input -- */

/* A value that another receiver takes from the input gets no number here, so the stage does not wait for it. */
static void others_receive_from_the_input_too(void)
{
	leat_rx in = numbers(0, MANY), out[2];
	int seen[MANY] = { 0 }, last[2] = { -1, -1 }, open = 2;

	for (int i = 0; i < 2; i++)
		out[i] = leat_map_ordered(nil, leat_dup(in), WORKERS, int, simply, NULL);
	leat_drop(in);
	while (open > 0) {
		int n;
		leat_case on[] = { LEAT_RECV(out[0], &n), LEAT_RECV(out[1], &n) };
		int i = leat_select(on, LEAT_NEVER);

		if (on[i].ok) {
			check(n > last[i] && n < MANY && seen[n]++ == 0);
			last[i] = n;
		} else {
			leat_drop(out[i]);
			out[i] = nil;
			open--;
		}
	}
	for (int i = 0; i < MANY; i++)
		check(seen[i] == 1);
}

/* The window aligns the results as their type demands. */
struct wide { _Alignas(64) int n; };

static int is_aligned(void *arg, const void *in, void *out)
{
	(void)arg;
	((struct wide *)out)->n = (uintptr_t)out % 64 == 0 ? *(const int *)in : -1;
	return 1;
}

static void results_are_aligned(void)
{
	leat_rx out = leat_map_ordered(nil, numbers(0, MANY), WORKERS, struct wide, is_aligned, NULL);
	struct wide got;

	for (int i = 0; i < MANY; i++)
		check(leat_recv(out, &got) == 1 && got.n == i);
	leat_drop(out);
}

/* ---------------------------------------------------------------------------------------- done comes at the end -- */

static int work_a_second(void *arg, const void *in, void *out)
{
	(void)arg;
	leat_sleep(LEAT_S(1));
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

/* The clock moves when all threads sleep. One worker sleeps in its value, the other until that value has come out. */
static void done_comes_when_the_input_has_ended(void)
{
	leat_rx done, out;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	done = leat_after(LEAT_MS(500));
	out = leat_map_ordered_of(done, owned_numbers(0, 1), 2, &owned_type, work_a_second, NULL);
	check(leat_wait(out) == 0 && leat_cause(out) == ETIMEDOUT);
	leat_drop(out);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(a_slow_first_value_lets_a_window_go_ahead, a_slow_later_value_lets_a_window_go_ahead,
	           a_slow_value_that_is_left_out,
	           who_waits_for_room_is_woken_when_there_is_some, the_window_for_any_number_of_workers,
	           one_worker_does_all_that_the_window_has_room_for, the_consumer_leaves, done_comes,
	           a_failure_with_later_results_in_the_window, a_thread_that_exits_with_later_results_in_the_window,
	           the_input_ends_first, a_failure_before_the_input_s_cause, others_receive_from_the_input_too,
	           results_are_aligned, done_comes_when_the_input_has_ended);
}
