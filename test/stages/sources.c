/* SPDX-License-Identifier: 0BSD
 *
 * sources.c - leat_generator, leat_repeat and leat_repeat_fn: which values they yield, and how far they run ahead. Also
 * leat_buffer behind them.
 */
#include "../test.h"

static const leat_rx nil;

/* ------------------------------------------------------------------------------------ given values -- */

static void generator_yields_its_values(void)
{
	leat_rx in = leat_buffer(leat_generator(nil, LEAT_VALUES(int, 3, 1, 2)), capacity);
	int n;

	check(leat_recv(in, &n) == 1 && n == 3);
	check(leat_recv(in, &n) == 1 && n == 1);
	check(leat_recv(in, &n) == 1 && n == 2);
	for (int i = 0; i < 2; i++) {
		n = 7;
		check(leat_recv(in, &n) == 0 && n == 0);
	}
	check(leat_cause(in) == 0 && leat_closed(in) && !leat_never_started(in));
	leat_drop(in);
}

static leat_rx from_memory_that_goes_away(size_t count)
{
	int *values = malloc(count * sizeof *values);
	leat_rx made;

	check(values);
	for (size_t i = 0; i < count; i++)
		values[i] = (int)i;
	made = leat_buffer(leat_generator(nil, sizeof *values, values, count), capacity);
	memset(values, 0xff, count * sizeof *values);
	free(values);
	return made;
}

static void generator_has_copied_before_it_returns(void)
{
	leat_rx in = from_memory_that_goes_away(2000);
	int expected = 0;

	for (int n; leat_recv(in, &n) > 0; expected++)
		check(n == expected);
	check(expected == 2000);
	leat_drop(in);
}

struct line { double from, to; char name; };

static void generator_of_structs(void)
{
	leat_rx in = leat_generator(nil, LEAT_VALUES(struct line, { 1, 2, 'a' }, { 3, 4, 'b' }));
	struct line line;

	in = leat_buffer(in, capacity);
	check(leat_type_of(in).size == sizeof line);
	check(leat_recv(in, &line) == 1 && line.from == 1 && line.to == 2 && line.name == 'a');
	check(leat_recv(in, &line) == 1 && line.from == 3 && line.to == 4 && line.name == 'b');
	check(leat_recv(in, &line) == 0);
	leat_drop(in);
}

static void repeat_goes_round(void)
{
	leat_rx in = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3)), capacity);

	for (int i = 0, n; i < 3000; i++)
		check(leat_recv(in, &n) == 1 && n == 1 + i % 3);
	check(!leat_closed(in));
	leat_drop(in);
}

static void repeat_of_one(void)
{
	leat_rx in = leat_buffer(leat_repeat(nil, LEAT_VALUES(char, 'x')), capacity);
	char c;

	for (int i = 0; i < 100; i++)
		check(leat_recv(in, &c) == 1 && c == 'x');
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------- made values -- */

/* Yields 0, 1, 2, and so on below `end`, and then `result`. Counts the calls. */
struct counter { atomic_int calls; int end, result; };

static int count_up(void *arg, void *out)
{
	struct counter *counter = arg;
	int n = atomic_fetch_add(&counter->calls, 1);

	*(int *)out = n;
	return n < counter->end ? 1 : counter->result;
}

static void repeat_fn_until_zero(void)
{
	struct counter counter = { 0, 10, 0 };
	leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_up, &counter), capacity);
	int expected = 0;

	for (int n; leat_recv(in, &n) > 0; expected++)
		check(n == expected);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(expected == 10 && atomic_load(&counter.calls) == 11);
}

static void repeat_fn_fails(void)
{
	struct counter counter = { 0, 10, -EDOM };
	leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_up, &counter), capacity);
	int n, received = 0;

	while (leat_recv(in, &n) > 0)
		received++;
	check(received == 10 && leat_cause(in) == EDOM);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&counter.calls) == 11);
}

static int seven(void *arg, void *out)
{
	*(int *)out = *(int *)arg;
	return 7;
}

static void anything_positive_is_one_value(void)
{
	int value = 5, n;
	leat_rx in = leat_buffer(leat_take(nil, leat_repeat_fn(nil, int, seven, &value), 2), capacity);

	check(leat_recv(in, &n) == 1 && n == 5);
	check(leat_recv(in, &n) == 1 && n == 5);
	check(leat_recv(in, &n) == 0);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static int make_owned(void *arg, void *out)
{
	*(owned *)out = own(atomic_fetch_add((atomic_int *)arg, 1));
	return 1;
}

static void repeat_fn_of_what_owns(void)
{
	atomic_int next = 0;
	leat_rx in = leat_buffer(leat_repeat_fn_of(nil, &owned_type, make_owned, &next), capacity);

	for (int i = 0; i < 50; i++)
		must_receive_owned(in, i);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static int count_units(void *arg, void *out)
{
	(void)out;
	return ++*(int *)arg <= 5;
}

static void repeat_fn_of_a_type_known_at_run_time(void)
{
	leat_type nothing = { "nothing", 0, NULL, NULL };
	int calls = 0, received = 0;
	leat_rx in = leat_buffer(leat_repeat_fn_of(nil, &nothing, count_units, &calls), capacity);

	while (leat_wait(in) > 0)
		received++;
	check(received == 5 && leat_cause(in) == 0);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------ running ahead -- */

static void becomes(atomic_int *value, int expected)
{
	for (int i = 0; i < 20000 && atomic_load(value) < expected; i++)
		nap(1);
	check(atomic_load(value) == expected);
}

/* When there is no more room, the source sleeps with one value in hand. */
static void source_runs_ahead_by_its_queue(void)
{
	struct counter counter = { 0, 100000, 0 };
	leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_up, &counter), capacity);
	int n;

	becomes(&counter.calls, (int)capacity + 1);
	nap(10);
	check(atomic_load(&counter.calls) == (int)capacity + 1 && leat_len(in) == capacity);
	check(leat_recv(in, &n) == 1 && n == 0);
	becomes(&counter.calls, (int)capacity + 2);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&counter.calls) == (int)capacity + 2);
}

static void take_bounds_its_source(void)
{
	for (long n = 0; n < 6; n++) {
		struct counter counter = { 0, 100000, 0 };
		leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_up, &counter), capacity);

		check(leat_drain(leat_take(nil, in, n)) == 0);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(atomic_load(&counter.calls) >= n && atomic_load(&counter.calls) <= n + 32 + (long)capacity);
		check(capacity > 0 || atomic_load(&counter.calls) <= n + 1);
	}
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

/* Nothing moves unless a consumer receives. Each of the four stages holds one value, and the channels behind them are
 * full. Then each value that is received at the end lets another one in at the beginning. (A channel with room for many
 * values is filled and emptied in batches.) */
static void a_chain_moves_as_it_is_pulled(void)
{
	enum { STAGES = 4 };
	struct counter counter = { 0, 100000, 0 };
	leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_up, &counter), capacity);
	int held = STAGES * ((int)capacity + 1);

	for (int i = 1; i < STAGES; i++)
		in = leat_map(nil, in, int, same, NULL);
	for (int pulled = 0, n; capacity <= 3 && pulled < 10; pulled++) {
		becomes(&counter.calls, held + pulled);
		nap(2);
		check(atomic_load(&counter.calls) == held + pulled);
		check(leat_recv(in, &n) == 1 && n == pulled);
	}
	nap(10);
	check(atomic_load(&counter.calls) <= held + STAGES * 32 + 10);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ---------------------------------------------------------------------------------------- more room -- */

static void sources_are_unbuffered(void)
{
	struct counter counter = { 0, 10, 0 };
	leat_rx in[] = { leat_generator(nil, LEAT_VALUES(int, 1)), leat_repeat(nil, LEAT_VALUES(int, 1)),
	                 leat_repeat_fn(nil, int, count_up, &counter),
	                 leat_steps_from(nil, int, count_up, &counter, LEAT_STEPS({ same, NULL })) };

	for (int i = 0; i < 4; i++) {
		check(leat_cap(in[i]) == 0);
		leat_drop(in[i]);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void queue_gives_room_and_never_takes_it(void)
{
	leat_rx in = leat_repeat(nil, LEAT_VALUES(int, 1)), same = leat_buffer(in, capacity);

	check(leat_same(in, same) && leat_cap(in) == capacity);
	check(leat_same(in, leat_buffer(in, 0)) && leat_cap(in) == capacity);
	check(leat_same(in, leat_buffer(in, capacity + 2)) && leat_cap(in) == capacity + 2);
	in = leat_take(nil, in, 3);
	check(leat_cap(in) == capacity + 2);
	check(leat_drain(in) == 0);
}

static void queue_keeps_the_order(void)
{
	struct counter counter = { 0, 500, 0 };
	leat_rx in = leat_repeat_fn(nil, int, count_up, &counter);
	int expected = 0;

	for (int n; leat_recv(in, &n) > 0; expected++) {
		check(n == expected);
		in = leat_buffer(in, capacity + (size_t)n / 10);
	}
	check(expected == 500 && leat_cap(in) == capacity + 49);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void queue_of_what_is_over(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n = 4;
	int queued = leat_send_by(chan.tx, &n, LEAT_NOW);

	check(queued == (capacity ? 1 : -1));
	check(leat_close_with(chan.tx, EIO) == 1);
	leat_drop(chan.tx);
	chan.rx = leat_buffer(chan.rx, capacity + 1);
	check(capacity == 0 || (leat_recv(chan.rx, &n) == 1 && n == 4));
	check(leat_recv(chan.rx, &n) == 0 && leat_cause(chan.rx) == EIO);
	leat_drop(chan.rx);
	check(leat_cause(leat_buffer(leat_ended(EDOM), capacity)) == EDOM);
}

static void queue_of_a_timer(void)
{
	leat_rx tick = leat_buffer(leat_tick(LEAT_MS(1)), capacity);
	leat_rx after = leat_buffer(leat_after(LEAT_MS(1)), capacity);
	leat_time due[2];

	check(leat_recv(tick, &due[0]) == 1 && leat_recv(tick, &due[1]) == 1 && due[0] < due[1]);
	check(leat_wait(after) == 0 && leat_cause(after) == ETIMEDOUT);
	leat_drop(tick);
	leat_drop(after);
}

struct connections { leat_time last; int left; };

static int accept_one(void *of_connections, void *out)
{
	struct connections *connections = of_connections;

	connections->last = leat_now();
	*(int *)out = connections->left;
	return connections->left-- > 0;
}

static int serve_for_a_second(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	check(leat_wait_by(nil, leat_in(LEAT_S(1))) == -1);
	return 0;
}

/* The slow stage determines the total time. The room only determines how long the quick stage before it has to wait. */
static void queue_shortens_the_waiting_not_the_whole(void)
{
	enum { COUNT = 10 };
	struct connections connections = { 0, COUNT };
	leat_time start, kept = LEAT_S(capacity < COUNT - 1 ? COUNT - 1 - (int)capacity : 0);

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
	check(leat_each(nil, leat_buffer(leat_repeat_fn(nil, int, accept_one, &connections), capacity), 1,
	                serve_for_a_second, NULL) == 0);
	check(leat_now() - start == LEAT_S(COUNT));
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(connections.last - start == kept);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(generator_yields_its_values, generator_has_copied_before_it_returns, generator_of_structs,
	           repeat_goes_round, repeat_of_one, repeat_fn_until_zero, repeat_fn_fails,
	           anything_positive_is_one_value, repeat_fn_of_what_owns, repeat_fn_of_a_type_known_at_run_time,
	           source_runs_ahead_by_its_queue, take_bounds_its_source, a_chain_moves_as_it_is_pulled,
	           sources_are_unbuffered, queue_gives_room_and_never_takes_it, queue_keeps_the_order,
	           queue_of_what_is_over, queue_of_a_timer, queue_shortens_the_waiting_not_the_whole);
}
