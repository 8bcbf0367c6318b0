/* SPDX-License-Identifier: 0BSD
 *
 * workers.c - leat_map_n, leat_map_ordered and leat_each. All values arrive, in order where that is promised. All
 * workers work at once, and the number of values in flight is bounded. A worker that fails stops the others.
 */
#include "../test.h"

enum { MANY = 300 };

static const leat_rx nil;

static int count_up(void *arg, void *out)
{
	*(int *)out = atomic_fetch_add((atomic_int *)arg, 1);
	return 1;
}

/* Yields 0, 1, and so on, without end. */
static leat_rx endless(void)
{
	static atomic_int next;

	check(leat_live() == 0);
	atomic_store(&next, 0);
	return leat_buffer(leat_repeat_fn(nil, int, count_up, &next), capacity);
}

/* Takes between 0 and about 100 us. A later value often takes less time than an earlier one. */
static int irregular(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;

	(void)arg;
	nanosleep(&(struct timespec){ 0, n * 7919 % 10 * 10000 }, NULL);
	*(int *)out = 2 * n;
	return 1;
}

typedef leat_rx map_many(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg);

static map_many *const both[] = { leat_map_n_of, leat_map_ordered_of };

enum { BOTH = 2 };

/* ---------------------------------------------------------------------------------------- all values -- */

static void map_n_gives_all_results(void)
{
	for (size_t workers = 1; workers <= 8; workers *= 2) {
		leat_rx out = leat_map_n(nil, numbers(0, MANY), workers, int, irregular, NULL);
		char seen[MANY] = { 0 };
		int count = 0;

		for (int n; leat_recv(out, &n) > 0; count++)
			check(n % 2 == 0 && n / 2 < MANY && seen[n / 2]++ == 0);
		check(count == MANY && leat_cause(out) == 0);
		leat_drop(out);
	}
}

static void map_ordered_keeps_the_order(void)
{
	for (size_t workers = 1; workers <= 8; workers *= 2) {
		leat_rx out = leat_map_ordered(nil, numbers(0, MANY), workers, int, irregular, NULL);
		int expected = 0;

		for (int n; leat_recv(out, &n) > 0; expected += 2)
			check(n == expected);
		check(expected == 2 * MANY && leat_cause(out) == 0);
		leat_drop(out);
	}
}

static int irregular_third(void *arg, const void *in, void *out)
{
	return irregular(arg, in, out) > 0 && *(const int *)in % 3 == 0;
}

static void both_skip_at_zero(void)
{
	leat_rx out = leat_map_ordered(nil, numbers(0, MANY), 4, int, irregular_third, NULL);
	int expected = 0, sum = 0;

	for (int n; leat_recv(out, &n) > 0; expected += 6)
		check(n == expected);
	check(expected == 2 * MANY && leat_cause(out) == 0);
	leat_drop(out);
	out = leat_map_n(nil, numbers(0, MANY), 4, int, irregular_third, NULL);
	for (int n; leat_recv(out, &n) > 0;)
		sum += n;
	check(sum == 6 * (MANY / 3 - 1) * (MANY / 3) / 2 && leat_cause(out) == 0);
	leat_drop(out);
}

static int twice_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(2 * *((const owned *)in)->number);
	return 1;
}

static void both_of_what_owns(void)
{
	for (int i = 0; i < BOTH; i++) {
		leat_rx out = both[i](nil, owned_numbers(0, MANY), 3, &owned_type, twice_owned, NULL);
		int count = 0;

		for (owned value; leat_recv(out, &value) > 0; count++) {
			check(*value.number % 2 == 0 && (i == 0 || *value.number == 2 * count));
			disown(value);
		}
		check(count == MANY);
		leat_drop(out);
	}
}

/* -------------------------------------------------------------------------------- at once, and bounded -- */

/* A call reports that it has begun, and then waits until it may go on. */
struct gate { leat_chan here, go; };

static struct gate make_gate(void)
{
	return (struct gate){ leat_make_unit(), leat_make_unit() };
}

static void drop_gate(struct gate gate)
{
	leat_drop(gate.here);
	leat_drop(gate.go);
}

static int through_gate(void *arg, const void *in, void *out)
{
	struct gate *gate = arg;

	(void)leat_signal(gate->here.tx);
	(void)leat_wait(gate->go.rx);
	*(int *)out = *(const int *)in;
	return 1;
}

/* All calls begin before any of them may go on. If one did not begin, the test would not end. */
static void both_work_at_once(void)
{
	for (int i = 0; i < BOTH; i++) {
		struct gate gate = make_gate();
		leat_rx out = both[i](nil, numbers(0, MANY), 5, LEAT_TYPE(int), through_gate, &gate);

		for (int j = 0; j < 5; j++)
			check(leat_wait(gate.here.rx) == 1);
		check(leat_wait_by(gate.here.rx, leat_in(LEAT_MS(5))) == -1);
		check(leat_close(gate.go.tx) == 1 && leat_close(gate.here.tx) == 1);
		for (int n, count = 0; count < MANY; count++)
			check(leat_recv(out, &n) == 1 && (i == 0 || n == count));
		check(leat_wait(out) == 0);
		leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
		drop_gate(gate);
	}
}

static int count_calls(void *arg, const void *in, void *out)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	*(int *)out = *(const int *)in;
	return 1;
}

static void becomes(atomic_int *value, int expected)
{
	for (int i = 0; i < 20000 && atomic_load(value) < expected; i++)
		nap(1);
	check(atomic_load(value) == expected);
}

/* Each value for which the function was called has been received, is queued, or is held by a worker that waits to emit
 * it. */
static void map_n_has_one_value_a_worker_in_flight(void)
{
	atomic_int calls = 0;
	leat_rx out = leat_map_n(nil, endless(), 4, int, count_calls, &calls);
	int n;

	for (int received = 0; received < 10; received++) {
		becomes(&calls, received + (int)capacity + 4);
		nap(1);
		check(atomic_load(&calls) == received + (int)capacity + 4);
		check(leat_recv(out, &n) == 1);
	}
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------- the consumer that left -- */

static void both_stop_when_the_consumer_left(void)
{
	for (int i = 0; i < BOTH; i++)
		for (int received = 0; received < 20; received++) {
			leat_rx out = both[i](nil, owned_numbers(0, MANY), 3, &owned_type, twice_owned, NULL);
			owned value;

			for (int j = 0; j < received; j++) {
				check(leat_recv(out, &value) == 1);
				disown(value);
			}
			leat_drop(out);
			must_be_clean();
		}
}

static void both_stop_asleep_on_their_input(void)
{
	for (int i = 0; i < BOTH; i++) {
		leat_chan silent = leat_make(int, capacity);
		leat_rx out = both[i](nil, silent.rx, 3, LEAT_TYPE(int), irregular, NULL);

		nap(2);
		leat_drop(out);
		check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
		leat_drop(silent.tx);
	}
}

static void both_stop_asleep_on_their_output(void)
{
	for (int i = 0; i < BOTH; i++) {
		atomic_int calls = 0;
		leat_rx out = both[i](nil, endless(), 3, LEAT_TYPE(int), count_calls, &calls);

		while (atomic_load(&calls) < (int)capacity + 3)
			nap(1);
		leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(atomic_load(&calls) <= (int)capacity + (both[i] == leat_map_n_of ? 3 : capacity < 64 ? 64 : 1024));
	}
}

/* ----------------------------------------------------------------------------------- a call that fails -- */

static int fails_at(void *arg, const void *in, void *out)
{
	int result = irregular(NULL, in, out);

	return *(const int *)in == *(const int *)arg ? -EDOM : result;
}

static void map_n_ends_at_a_failure(void)
{
	for (int at = 0; at < 30; at++) {
		leat_rx out = leat_map_n(nil, endless(), 4, int, fails_at, &at);

		check(leat_drain(out) == EDOM);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

/* The results before the failed value come out, and then the cause. */
static void map_ordered_ends_at_a_failure_in_turn(void)
{
	for (int at = 0; at < 30; at++) {
		leat_rx out = leat_map_ordered(nil, endless(), 4, int, fails_at, &at);
		int expected = 0;

		for (int n; leat_recv(out, &n) > 0; expected += 2)
			check(n == expected);
		check(expected == 2 * at);
		check(leat_cause(out) == EDOM);
		leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

static int count_to_eleven(void *arg, void *out)
{
	*(int *)out = (*(int *)arg)++;
	return *(int *)out < 11 ? 1 : -EIO;
}

/* The results of all values before the input's cause come out, however long they take. Then the cause comes. */
static void map_ordered_ends_with_its_input_in_turn(void)
{
	for (int i = 0; i < 30; i++) {
		int next = 0, expected = 0;
		leat_rx in = leat_buffer(leat_repeat_fn(nil, int, count_to_eleven, &next), capacity);
		leat_rx out = leat_map_ordered(nil, in, 4, int, irregular, NULL);

		for (int n; leat_recv(out, &n) > 0; expected += 2)
			check(n == expected);
		check(expected == 2 * 11);
		check(leat_cause(out) == EIO);
		leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

/* Other workers stop because of the failure. They must not be taken for the one that failed. */
static int fails_at_once(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in;
	return *(const int *)in == *(const int *)arg ? -EDOM : 1;
}

static void the_cause_is_that_of_the_failure(void)
{
	int at = 20;

	for (int i = 0; i < 100; i++) {
		check(leat_drain(both[i % 2](nil, endless(), 6, LEAT_TYPE(int), fails_at_once, &at)) == EDOM);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

/* The values 0, 1 and 2 are all at work when 0 fails. Releasing them takes less and less time, so 2 is done first. */
static void slow_release(void *value)
{
	nap(*(int *)value < 3 ? 20 - 10 * *(int *)value : 0);
}

static int fails_when_three_work(void *arg, const void *in, void *out)
{
	leat_chan *third = arg;
	int n = *(int *)out = *(const int *)in;

	if (n == 2)
		(void)leat_close(third->tx);
	return n == 0 && leat_wait(third->rx) == 0 ? -EDOM : 1;
}

static void the_cause_is_that_of_the_failure_also_when_it_is_slow(void)
{
	static const leat_type slow = { "slow", sizeof(int), NULL, slow_release };

	for (int i = 0; i < BOTH; i++) {
		leat_chan third = leat_make_unit();
		atomic_int calls = 0;
		leat_rx in = leat_map_of(nil, numbers(0, 10), &slow, count_calls, &calls);

		check(leat_drain(both[i](nil, in, 3, LEAT_TYPE(int), fails_when_three_work, &third)) == EDOM);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_drop(third);
	}
}

/* The other workers sleep, on the input or until it is their turn. */
static void a_failure_wakes_the_others(void)
{
	int at = 5;

	for (int i = 0; i < BOTH; i++) {
		leat_chan chan = leat_make(int, capacity);
		leat_rx out = both[i](nil, chan.rx, 4, LEAT_TYPE(int), fails_at, &at);

		nap(2);
		check(leat_send(chan.tx, &at) == 1);
		check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
		check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
		leat_drop(chan.tx);
		leat_drop(out);
	}
}

static int owned_fails_at(void *arg, const void *in, void *out)
{
	return *((const owned *)in)->number == *(const int *)arg ? -EDOM : twice_owned(NULL, in, out);
}

static void owned_values_when_one_fails(void)
{
	for (int at = 0; at < 40; at++) {
		check(leat_drain(both[at % 2](nil, owned_numbers(0, MANY), 3, &owned_type, owned_fails_at, &at)) ==
		      EDOM);
		must_be_clean();
	}
}

/* ---------------------------------------------------------------------------------------------- each -- */

static int add_up(void *arg, const void *in)
{
	atomic_fetch_add((atomic_int *)arg, *(const int *)in);
	return *(const int *)in % 2; /* 0 and 1 both mean "go on" */
}

static int add_up_owned(void *arg, const void *in)
{
	return add_up(arg, ((const owned *)in)->number);
}

static void each_calls_with_every_value(void)
{
	for (size_t workers = 1; workers <= 3; workers++) {
		atomic_int sum = 0;

		check(leat_each(nil, numbers(0, MANY), workers, add_up, &sum) == 0);
		check(atomic_load(&sum) == MANY * (MANY - 1) / 2);
		check(leat_each(nil, owned_numbers(0, MANY), workers, add_up_owned, &sum) == 0);
		check(atomic_load(&sum) == MANY * (MANY - 1));
	}
}

static int each_through_gate(void *arg, const void *in)
{
	int n;

	return through_gate(arg, in, &n);
}

static void run_each(void *arg)
{
	check(leat_each(nil, numbers(0, 3), 3, each_through_gate, arg) == 0);
}

static void each_works_at_once(void)
{
	struct gate gate = make_gate();
	background runs;

	begin(&runs, run_each, &gate);
	for (int i = 0; i < 3; i++)
		check(leat_wait(gate.here.rx) == 1);
	must_block(&runs);
	check(leat_close(gate.go.tx) == 1);
	must_return(&runs);
	drop_gate(gate);
}

/* Value 0 fails as soon as another call has begun. The other call takes its time. */
struct slow { leat_chan begun; atomic_int inside; };

static int fail_while_another_works(void *arg, const void *in)
{
	struct slow *slow = arg;

	if (*(const int *)in == 0)
		return leat_wait(slow->begun.rx) > 0 ? -EDOM : -EIO;
	atomic_fetch_add(&slow->inside, 1);
	(void)leat_send_sized(slow->begun.tx, NULL, 0, LEAT_NOW);
	nap(10);
	atomic_fetch_sub(&slow->inside, 1);
	return 1;
}

static void each_returns_when_all_calls_have(void)
{
	struct slow slow = { leat_make_of(&(leat_type){ "begun", 0, NULL, NULL }, 1), 0 };

	check(leat_each(nil, numbers(0, MANY), 3, fail_while_another_works, &slow) == EDOM);
	check(atomic_load(&slow.inside) == 0);
	leat_drop(slow.begun);
}

static int each_fails_at(void *arg, const void *in)
{
	return *(const int *)in == *(const int *)arg ? -EDOM : 0;
}

static void each_returns_the_cause_of_a_failure(void)
{
	for (int at = 0; at < 30; at++) {
		check(leat_each(nil, endless(), 1 + (size_t)at % 3, each_fails_at, &at) == EDOM);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

static void each_returns_the_cause_of_its_input(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	atomic_int sum = 0;
	int n = 5;

	check(leat_send(chan.tx, &n) == 1 && leat_close_with(chan.tx, EIO) == 1);
	leat_drop(chan.tx);
	check(leat_each(nil, chan.rx, 3, add_up, &sum) == EIO);
	check(atomic_load(&sum) == 5);
	check(leat_each(nil, leat_ended(EIO), 1, add_up, &sum) == EIO);
	check(leat_each(nil, leat_ended(0), 1, add_up, &sum) == 0);
}

struct until_done { leat_rx done, in; int cause; };

static int add_nothing(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return 1;
}

static void run_each_until_done(void *arg)
{
	struct until_done *given = arg;

	check(leat_each(given->done, given->in, 2, add_nothing, NULL) == given->cause);
}

static void each_ends_by_done(void)
{
	for (int silent = 0; silent < 2; silent++) {
		leat_chan done = leat_make_unit(), chan = leat_make(int, capacity);
		leat_rx in = silent ? leat_dup(chan.rx) : endless();
		struct until_done given = { done.rx, in, silent ? EPERM : ECANCELED };
		background runs;

		begin(&runs, run_each_until_done, &given);
		must_block(&runs);
		check(leat_close_with(done.tx, silent ? EPERM : 0) == 1);
		must_return(&runs);
		leat_drop(chan);
		leat_drop(done);
	}
}

int main(int argc, char **argv)
{
	return RUN(map_n_gives_all_results, map_ordered_keeps_the_order, both_skip_at_zero, both_of_what_owns,
	           both_work_at_once, map_n_has_one_value_a_worker_in_flight, both_stop_when_the_consumer_left,
	           both_stop_asleep_on_their_input, both_stop_asleep_on_their_output, map_n_ends_at_a_failure,
	           a_failure_wakes_the_others, owned_values_when_one_fails, each_calls_with_every_value,
	           each_works_at_once, each_returns_when_all_calls_have, each_returns_the_cause_of_a_failure,
	           each_returns_the_cause_of_its_input, each_ends_by_done, map_ordered_ends_at_a_failure_in_turn,
	           map_ordered_ends_with_its_input_in_turn, the_cause_is_that_of_the_failure,
	           the_cause_is_that_of_the_failure_also_when_it_is_slow);
}
