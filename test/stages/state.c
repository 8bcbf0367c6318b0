/* SPDX-License-Identifier: 0BSD
 *
 * state.c - leat_map_with and leat_each_with. Each worker has a state of its own, which its own thread makes before the
 * first value and ends after the last one. All are ended before the end of the stage can be seen, however it ends. With
 * `takes` a function owns its input.
 */
#include "../test.h"

enum { MANY = 300, MOST = 4 };

static const leat_rx nil;

/* What all workers of a test share: how many states were made and ended, and which one of them fails. */
struct shared { atomic_int made, ended, fails, exits; };

struct state { struct shared *shared; pthread_t thread; int calls; };

static int make_state(void *of_shared, void **made)
{
	struct shared *shared = of_shared;
	struct state *state = calloc(1, sizeof *state);
	int number = atomic_fetch_add(&shared->made, 1) + 1;

	check(state);
	*state = (struct state){ shared, pthread_self(), 0 };
	if (number == atomic_load(&shared->fails) || number == atomic_load(&shared->exits)) {
		free(state);
		atomic_fetch_add(&shared->ended, 1); /* no end comes for this one */
	}
	if (number == atomic_load(&shared->exits))
		pthread_exit(NULL);
	if (number == atomic_load(&shared->fails))
		return -EDOM;
	*made = state;
	return 0;
}

static void end_state(void *of_state)
{
	struct state *state = of_state;

	check(pthread_equal(state->thread, pthread_self()));
	atomic_fetch_add(&state->shared->ended, 1);
	free(state);
}

static int twice(void *of_state, const void *in, void *out)
{
	struct state *state = of_state;

	check(pthread_equal(state->thread, pthread_self()));
	state->calls++;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static int look(void *of_state, const void *in)
{
	int out;

	return twice(of_state, in, &out);
}

static leat_workers with_state(size_t count, int ordered)
{
	return (leat_workers){ .count = count, .init = make_state, .end = end_state, .ordered = ordered };
}

static void must_have_ended(struct shared *shared, int states)
{
	check(atomic_load(&shared->made) == states && atomic_load(&shared->ended) == states);
}

/* --------------------------------------------------------------------------------------- a state for each -- */

static void each_worker_of_a_map_has_its_own(void)
{
	for (size_t workers = 0; workers <= MOST; workers++) {
		for (int ordered = 0; ordered < 2; ordered++) {
			struct shared shared = { 0, 0, 0, 0 };
			leat_workers how = with_state(workers, ordered);
			leat_rx out = leat_map_with(nil, numbers(0, MANY), int, twice, &shared, &how);
			int sum = 0, next = 0;

			for (int n; leat_recv(out, &n) > 0; sum += n, next += 2)
				check(!ordered || n == next);
			must_have_ended(&shared, workers ? (int)workers : 1);
			check(sum == MANY * (MANY - 1) && leat_cause(out) == 0);
			leat_drop(out);
		}
	}
}

static void each_worker_of_an_end_has_its_own(void)
{
	for (size_t workers = 0; workers <= MOST; workers++) {
		struct shared shared = { 0, 0, 0, 0 };
		leat_workers how = with_state(workers, 0);

		check(leat_each_with(nil, numbers(0, MANY), look, &shared, &how) == 0);
		must_have_ended(&shared, workers ? (int)workers : 1);
	}
}

/* A worker that gets no value has its state all the same. */
static void also_without_a_value(void)
{
	struct shared shared = { 0, 0, 0, 0 };
	leat_workers how = with_state(2, 0);

	check(leat_drain(leat_map_with(nil, leat_take(nil, numbers(0, 1), 0), int, twice, &shared, &how)) == 0);
	must_have_ended(&shared, 2);
}

static int plus(void *more, const void *in, void *out)
{
	*(int *)out = *(const int *)in + *(int *)more;
	return 1;
}

static void count_end(void *number)
{
	++*(int *)number;
}

/* Without init the state is the arg. Without a leat_workers it is a plain map. */
static void the_arg_is_the_state(void)
{
	int one = 1;
	leat_workers how = { .end = count_end };
	leat_rx out = leat_map_with(nil, numbers(0, 5), int, plus, &one, NULL);

	must_yield(out, 1, 1, 6);
	must_yield(leat_map_with(nil, numbers(0, 5), int, plus, &one, &how), 1, 1, 6);
	check(one == 2);
}

/* ------------------------------------------------------------------------------------------- it goes wrong -- */

static void a_state_that_cannot_be_made_ends_the_stage(void)
{
	for (int ordered = 0; ordered < 2; ordered++) {
		for (int worker = 1; worker <= MOST; worker++) {
			struct shared shared = { 0, 0, worker, 0 };
			leat_workers how = with_state(MOST, ordered);
			leat_rx endless = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);

			check(leat_drain(leat_map_with(nil, endless, int, twice, &shared, &how)) == EDOM);
			must_be_clean();
			must_have_ended(&shared, MOST);
		}
	}
}

static void one_that_leaves_while_it_is_made(void)
{
	for (int ordered = 0; ordered < 2; ordered++) {
		struct shared shared = { 0, 0, 0, 2 };
		leat_workers how = with_state(MOST, ordered);
		leat_rx endless = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);

		check(leat_drain(leat_map_with(nil, endless, int, twice, &shared, &how)) == EOWNERDEAD);
		must_be_clean();
		must_have_ended(&shared, MOST);
	}
}

static void an_end_whose_state_cannot_be_made(void)
{
	struct shared shared = { 0, 0, 1, 0 };
	leat_workers how = with_state(1, 0);

	check(leat_each_with(nil, owned_numbers(0, MANY), look, &shared, &how) == EDOM);
	must_have_ended(&shared, 1);
}

/* Fails or leaves at the value 5. */
static int fails_at_five(void *state, const void *in, void *out)
{
	return *(const int *)in == 5 ? -ERANGE : twice(state, in, out);
}

static int leaves_at_five(void *state, const void *in, void *out)
{
	if (*(const int *)in == 5)
		pthread_exit(NULL);
	return twice(state, in, out);
}

static void states_end_with_a_stage_that_fails(void)
{
	leat_map_fn *const fns[] = { fails_at_five, leaves_at_five };
	const int causes[] = { ERANGE, EOWNERDEAD };

	for (int i = 0; i < 4; i++) {
		struct shared shared = { 0, 0, 0, 0 };
		leat_workers how = with_state(MOST, i / 2);

		check(leat_drain(leat_map_with(nil, numbers(0, MANY), int, fns[i % 2], &shared, &how)) == causes[i % 2]);
		must_have_ended(&shared, MOST);
	}
}

static int look_and_leave(void *state, const void *in)
{
	int out;

	return leaves_at_five(state, in, &out);
}

/* The caller's frame may end as soon as leat_each_with has returned. */
static void an_end_that_is_left(void)
{
	struct shared shared = { 0, 0, 0, 0 };
	leat_workers how = with_state(MOST, 0);

	check(leat_each_with(nil, numbers(0, MANY), look_and_leave, &shared, &how) == EOWNERDEAD);
	must_have_ended(&shared, MOST);
}

static void states_end_with_done_and_with_the_consumer(void)
{
	for (int i = 0; i < 4; i++) {
		struct shared shared = { 0, 0, 0, 0 };
		leat_workers how = with_state(MOST, i / 2);
		leat_chan done = leat_make_unit();
		leat_rx endless = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
		leat_rx out = leat_map_with(done.rx, endless, int, twice, &shared, &how);

		check(leat_wait(out) == 1);
		if (i % 2)
			check(leat_close(done.tx) == 1 && leat_drain(out) == ECANCELED);
		else
			leat_drop(out);
		must_be_clean();
		must_have_ended(&shared, MOST);
		leat_drop(done);
	}
}

/* -------------------------------------------------------------------------------------------- taken over -- */

/* Pass the very same value on, free it and skip, or free it and fail. */
static int pass_on(void *fails_at, const void *in, void *out)
{
	owned value = *(const owned *)in;
	int number = *value.number;

	if (number != *(int *)fails_at && number % 3 != 0) {
		*(owned *)out = value;
		return 1;
	}
	disown(value);
	return number == *(int *)fails_at ? -EDOM : 0;
}

static void a_taken_value_is_passed_on(void)
{
	static int never = -1;

	for (int ordered = 0; ordered < 2; ordered++) {
		for (size_t workers = 1; workers <= MOST; workers++) {
			leat_workers how = { .count = workers, .takes = 1, .ordered = ordered };
			leat_rx out = leat_map_with_of(nil, owned_numbers(0, MANY), &owned_type, pass_on, &never, &how);
			int sum = 0;

			for (owned value; leat_recv(out, &value) > 0; disown(value))
				sum += *value.number;
			check(sum == MANY * (MANY - 1) / 2 - 3 * (MANY / 3) * (MANY / 3 - 1) / 2);
			leat_drop(out);
		}
	}
}

static void a_taken_value_of_a_stage_that_fails(void)
{
	static int fails_at = MANY / 2 + 1;

	for (int ordered = 0; ordered < 2; ordered++) {
		leat_workers how = { .count = MOST, .takes = 1, .ordered = ordered };
		leat_rx out = leat_map_with_of(nil, owned_numbers(0, MANY), &owned_type, pass_on, &fails_at, &how);

		check(leat_drain(out) == EDOM);
	}
}

static int take_one(void *sum, const void *in)
{
	owned value = *(const owned *)in;

	atomic_fetch_add((atomic_int *)sum, *value.number);
	disown(value);
	if (atomic_load((atomic_int *)sum) > 1000)
		pthread_exit(NULL);
	return 0;
}

static void an_end_takes_values(void)
{
	atomic_int sum = 0;
	leat_workers how = { .count = 2, .takes = 1 };

	check(leat_each_with(nil, owned_numbers(0, 10), take_one, &sum, &how) == 0 && sum == 45);
	check(leat_each_with(nil, owned_numbers(0, MANY), take_one, &sum, &how) == EOWNERDEAD);
}

int main(int argc, char **argv)
{
	return RUN(each_worker_of_a_map_has_its_own, each_worker_of_an_end_has_its_own, also_without_a_value,
	           the_arg_is_the_state, a_state_that_cannot_be_made_ends_the_stage, one_that_leaves_while_it_is_made,
	           an_end_whose_state_cannot_be_made, states_end_with_a_stage_that_fails, an_end_that_is_left,
	           states_end_with_done_and_with_the_consumer, a_taken_value_is_passed_on,
	           a_taken_value_of_a_stage_that_fails, an_end_takes_values);
}
