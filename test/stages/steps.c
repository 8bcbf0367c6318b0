/* SPDX-License-Identifier: 0BSD
 *
 * steps.c - leat_steps and leat_steps_from. Each value takes all steps, in order, in one thread, as if each step were a
 * leat_map. A value between two steps is released after the later step has read it, even if that step skips the value,
 * fails, or leaves by pthread_exit. Filters and updates work on a value where it lies.
 */
#include "../test.h"

enum { MANY = 200, LONGEST = 9, VALUES = 20 };

static const leat_rx nil;

static int two = 2, three = 3, one = 1;

static int times(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in * *(int *)arg;
	return 1;
}

static int plus(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in + *(int *)arg;
	return 1;
}

/* Yield 0, 1, and so on below VALUES, and then the end. */
static int count_up(void *arg, void *out)
{
	int *next = arg;

	*(int *)out = *next;
	return (*next)++ < VALUES;
}

static int endless(void *arg, void *out)
{
	(void)arg;
	*(int *)out = 1;
	return 1;
}

static int swallow(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	return 0;
}

/* ------------------------------------------------------------------------------------------- all values -- */

static void values_take_the_steps_in_order(void)
{
	int next = 0;
	leat_rx in = numbers(0, MANY), out;

	out = leat_steps(nil, in, int, LEAT_STEPS({ times, &two }, { plus, &one }, { times, &three }));
	must_yield(out, 3, 6, 3 + 6 * MANY);
	out = leat_steps_from(nil, int, count_up, &next, LEAT_STEPS({ plus, &one }, { times, &three }, { plus, &two }));
	must_yield(leat_buffer(out, capacity), 5, 3, 5 + 3 * VALUES);
}

static void any_number_of_steps(void)
{
	leat_step steps[LONGEST];

	for (int count = 1; count <= LONGEST; count++) {
		int next = 0;

		steps[count - 1] = (leat_step){ plus, &one };
		must_yield(leat_steps_of(nil, numbers(0, MANY), LEAT_TYPE(int), steps, (size_t)count), count, 1,
		           count + MANY);
		must_yield(leat_steps_from_of(nil, LEAT_TYPE(int), count_up, &next, steps, (size_t)count), count, 1,
		           count + VALUES);
	}
}

/* A function for which the order of calls matters, and that sometimes skips a value. */
static int scramble(void *arg, const void *in, void *out)
{
	unsigned state = *(const unsigned *)in + *(unsigned *)arg;

	*(unsigned *)out = random_below(&state, 1000000);
	return state % 11 != 0;
}

static leat_rx as_stages(leat_rx in, const leat_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		in = leat_map(nil, in, unsigned, steps[i].fn, steps[i].arg);
	return in;
}

static void steps_yield_what_stages_do(void)
{
	unsigned state = 1, seeds[LONGEST];
	leat_step steps[LONGEST];

	for (size_t i = 0; i < LONGEST; i++) {
		seeds[i] = random_below(&state, 1000);
		steps[i] = (leat_step){ scramble, &seeds[i] };
	}
	for (size_t count = 1; count <= LONGEST; count++) {
		leat_rx out[] = { leat_steps_of(nil, numbers(0, MANY), LEAT_TYPE(unsigned), steps, count),
		                  as_stages(numbers(0, MANY), steps, count) };
		unsigned got[2];

		while (leat_recv(out[0], &got[0]) + leat_recv(out[1], &got[1]) > 0)
			check(got[0] == got[1]);
		leat_drop(out[0]);
		leat_drop(out[1]);
	}
}

static void all_steps_are_in_one_thread(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out = leat_steps(nil, chan.rx, int, LEAT_STEPS({ plus, &one }, { plus, &one }, { plus, &one }));
	int n;

	check(leat_send(chan.tx, &(int){ 1 }) == 1 && leat_recv(out, &n) == 1 && n == 4);
	check(leat_live() == 1);
	leat_drop(chan.tx);
	check(leat_drain(out) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	out = leat_steps_from(nil, int, endless, NULL, LEAT_STEPS({ plus, &one }, { plus, &one }));
	check(leat_recv(out, &n) == 1 && n == 3 && leat_live() == 1);
	leat_drop(out);
}

/* The list changes before the first value comes. */
static void the_list_is_the_caller_s_again(void)
{
	leat_step steps[] = { { times, &two }, { plus, &one } };
	leat_chan chan = leat_make(int, 2);
	leat_rx out = leat_steps_of(nil, chan.rx, LEAT_TYPE(int), steps, 2);

	steps[0] = steps[1] = (leat_step){ swallow, NULL };
	send_ints(chan.tx, 1, 2);
	leat_drop(chan.tx);
	must_yield(out, 3, 2, 7);
}

/* ------------------------------------------------------------------------------------------ other types -- */

struct pair { int number; char sign; };

static int to_pair(void *arg, const void *in, void *out)
{
	*(struct pair *)out = (struct pair){ *(const int *)in + *(int *)arg, '+' };
	return 1;
}

static int negate_pair(void *arg, const void *in, void *out)
{
	const struct pair *pair = in;

	(void)arg;
	check(pair->sign == '+');
	*(struct pair *)out = (struct pair){ -pair->number, '-' };
	return 7; /* counts as 1: one value */
}

static void the_first_step_changes_the_type(void)
{
	leat_rx in = numbers(0, MANY), out;
	int expected = -2;

	out = leat_steps(nil, in, struct pair, LEAT_STEPS({ to_pair, &two }, { negate_pair, NULL }));
	check(leat_type_of(out).size == sizeof(struct pair));
	for (struct pair pair; leat_recv(out, &pair) > 0; expected--)
		check(pair.number == expected && pair.sign == '-');
	check(expected == -2 - MANY && leat_cause(out) == 0);
	leat_drop(out);
}

static int from_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *((const owned *)in)->number;
	return 1;
}

static void only_the_input_owns(void)
{
	leat_rx in = owned_numbers(0, MANY);

	must_yield(leat_steps(nil, in, int, LEAT_STEPS({ from_owned, NULL }, { times, &two })), 0, 2, 2 * MANY);
}

/* Each place for a value is aligned as the type demands, and has room for the whole value. */
struct large { _Alignas(64) owned owned; unsigned char fill[100 << 10]; };

static void large_release(void *value)
{
	disown(((struct large *)value)->owned);
}

static void must_be_filled(const struct large *large, int number)
{
	check((uintptr_t)large % 64 == 0 && *large->owned.number == number);
	for (size_t i = 0; i < sizeof large->fill; i++)
		check(large->fill[i] == number);
}

static int fill(struct large *large, int number)
{
	check((uintptr_t)large % 64 == 0);
	large->owned = own(number);
	memset(large->fill, number, sizeof large->fill);
	return 1;
}

static int to_large(void *arg, const void *in, void *out)
{
	(void)arg;
	return fill(out, *(const int *)in);
}

static int large_plus_one(void *arg, const void *in, void *out)
{
	const struct large *large = in;
	int number = *large->owned.number;

	(void)arg;
	must_be_filled(large, number);
	return fill(out, number + 1);
}

/* Lists of different lengths, so that the last value lies in either of the two places. */
static void large_values(void)
{
	static const leat_type type = { "large", sizeof(struct large), NULL, large_release };
	static const leat_step steps[] = { { to_large, NULL }, { large_plus_one, NULL }, { large_plus_one, NULL },
	                                   { large_plus_one, NULL } };
	static struct large large;

	for (int count = 2; count <= 4; count++) {
		leat_rx in = leat_generator(nil, LEAT_VALUES(int, 0, 1, 2, 3, 4));
		leat_rx out = leat_steps_of(nil, in, &type, steps, (size_t)count);
		int expected = count - 1;

		for (; leat_recv(out, &large) > 0; expected++) {
			must_be_filled(&large, expected);
			disown(large.owned);
		}
		check(expected == count - 1 + 5 && leat_cause(out) == 0);
		leat_drop(out);
	}
}

static int place(void *arg, const void *in, void *out)
{
	(void)arg;
	check(in != out);
	return 1;
}

static void values_without_bytes_are_released_too(void)
{
	leat_step steps[] = { { place, NULL }, { place, NULL }, { place, NULL } };

	atomic_store(&places, 0);
	check(leat_drain(leat_steps_of(nil, numbers(0, MANY), &place_type, steps, 3)) == 0);
	check(atomic_load(&places) == 3 * MANY);
}

/* -------------------------------------------------------------------------- one step skips, fails, leaves -- */

enum { EMIT, SKIP, FAIL, EXIT, OUTCOMES };

/* How a step treats the value 5. */
static int do_with_five(int outcome)
{
	if (outcome == EXIT)
		pthread_exit(NULL);
	return outcome == FAIL ? -EDOM : outcome == EMIT;
}

struct counted { int with_five, calls; };

static int count_calls(void *arg, const void *in, void *out)
{
	struct counted *counted = arg;

	counted->calls++;
	*(int *)out = *(const int *)in;
	return *(int *)out == 5 ? do_with_five(counted->with_five) : 1;
}

/* A step sees the values that the steps before it have let through, and nothing more. */
static void calls_of_the_rest(int where, int outcome)
{
	int before_five = 5, all = outcome == EMIT || outcome == SKIP ? VALUES : before_five + 1;
	struct counted counted[4] = { { EMIT, 0 }, { EMIT, 0 }, { EMIT, 0 }, { EMIT, 0 } };
	leat_step steps[4];

	counted[where].with_five = outcome;
	for (int i = 0; i < 4; i++)
		steps[i] = (leat_step){ count_calls, &counted[i] };
	(void)leat_drain(leat_steps_of(nil, numbers(0, VALUES), LEAT_TYPE(int), steps, 4));
	for (int i = 0; i < 4; i++)
		check(counted[i].calls == (i <= where || outcome == EMIT ? all : all - 1));
}

static void the_rest_are_not_called(void)
{
	for (int where = 0; where < 4; where++)
		for (int outcome = EMIT; outcome < OUTCOMES; outcome++)
			calls_of_the_rest(where, outcome);
}

static int own_on(int number, int with_five, void *out)
{
	int result = number == 5 ? do_with_five(with_five) : 1;

	if (result > 0)
		*(owned *)out = own(number);
	return result;
}

static int first_owned(void *arg, const void *in, void *out)
{
	return own_on(*(const int *)in, *(int *)arg, out);
}

static int next_owned(void *arg, const void *in, void *out)
{
	return own_on(*((const owned *)in)->number, *(int *)arg, out);
}

static int make_owned(void *arg, void *out)
{
	int *next = arg;

	if (*next == VALUES)
		return 0;
	*(owned *)out = own((*next)++);
	return 1;
}

/* The forms of a stage with these steps: of ints, of owned values, or as a source. Each yields 0, 1, and so on. */
typedef leat_rx form(leat_step *steps, size_t count);

static leat_rx of_ints(leat_step *steps, size_t count)
{
	steps[0].fn = first_owned;
	return leat_steps_of(nil, numbers(0, VALUES), &owned_type, steps, count);
}

static leat_rx of_owned(leat_step *steps, size_t count)
{
	return leat_steps_of(nil, owned_numbers(0, VALUES), &owned_type, steps, count);
}

static leat_rx from_a_source(leat_step *steps, size_t count)
{
	static int next;

	next = 0;
	return leat_buffer(leat_steps_from_of(nil, &owned_type, make_owned, &next, steps, count), capacity);
}

static void must_yield_until_five(leat_rx out, int outcome)
{
	static const int cause[OUTCOMES] = { [FAIL] = EDOM, [EXIT] = EOWNERDEAD };
	int expected = 0;

	for (owned value; leat_recv(out, &value) > 0; expected++) {
		expected += outcome == SKIP && expected == 5;
		check(*value.number == expected);
		disown(value);
	}
	check(expected == (outcome == EMIT || outcome == SKIP ? VALUES : 5));
	check(leat_cause(out) == cause[outcome]);
	leat_drop(out);
	must_be_clean();
}

/* Test each step of chains of each length. */
static void must_behave(form *make, int outcome)
{
	for (size_t i = 0; i < 4 * 4; i++) {
		size_t count = i / 4 + 1, where = i % 4;
		leat_step steps[4];
		int with_five[4] = { EMIT, EMIT, EMIT, EMIT };

		with_five[where] = where < count ? outcome : EMIT;
		for (size_t k = 0; k < 4; k++)
			steps[k] = (leat_step){ next_owned, &with_five[k] };
		must_yield_until_five(make(steps, count), where < count ? outcome : EMIT);
	}
}

static void nothing_owned_is_lost(void)
{
	static form *const forms[] = { of_ints, of_owned, from_a_source };

	for (int i = 0; i < 3 * OUTCOMES; i++)
		must_behave(forms[i / OUTCOMES], i % OUTCOMES);
}

/* ------------------------------------------------------------------------------------- released at once -- */

/* Only *alive owned values are alive: the one that the step reads, if any. */
static void must_be_alive(const int *alive)
{
	check(atomic_load(&owned_alive) == *alive);
}

static int first_watched(void *arg, const void *in, void *out)
{
	must_be_alive(arg);
	*(owned *)out = own(*(const int *)in);
	return 1;
}

static int next_watched(void *arg, const void *in, void *out)
{
	must_be_alive(arg);
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int last_watched(void *arg, const void *in, void *out)
{
	must_be_alive(arg);
	return swallow(arg, in, out);
}

static int source_watched(void *arg, void *out)
{
	must_be_alive(&(int){ 0 });
	return make_owned(arg, out);
}

/* The stage emits nothing, so each value that is alive lies between two steps. */
static void released_after_the_step_that_read_it(void)
{
	int none = 0, some = 1, next = 0;
	leat_step steps[] = { { first_watched, &none }, { next_watched, &some }, { next_watched, &some },
	                      { last_watched, &some } };

	check(leat_drain(leat_steps_of(nil, numbers(0, MANY), &owned_type, steps, 4)) == 0);
	check(leat_drain(leat_steps_from_of(nil, &owned_type, source_watched, &next, steps + 1, 3)) == 0);
	check(next == VALUES);
}

/* ----------------------------------------------------------------------------------- filters and updates -- */

static int is_even(void *arg, const void *in)
{
	(void)arg;
	return *(const int *)in % 2 == 0;
}

static int add_here(void *arg, void *value)
{
	*(int *)value += *(int *)arg;
	return 1;
}

/* 0 2 4 ..., then 2 4 6 ..., then 3 5 7 ... */
static void filters_and_updates(void)
{
	int next = 0;
	leat_rx out;

	must_yield(leat_steps(nil, numbers(0, MANY), int, LEAT_STEPS(LEAT_FILTER(is_even, NULL))), 0, 2, MANY);
	must_yield(leat_steps(nil, numbers(0, MANY), int, LEAT_STEPS(LEAT_UPDATE(add_here, &one))), 1, 1, 1 + MANY);
	out = leat_steps(nil, numbers(0, MANY), int, LEAT_STEPS(LEAT_FILTER(is_even, NULL), { plus, &two },
	                 LEAT_UPDATE(add_here, &one)));
	must_yield(out, 3, 2, 3 + MANY);
	out = leat_steps_from(nil, int, count_up, &next, LEAT_STEPS(LEAT_UPDATE(add_here, &two), { plus, &one },
	                      LEAT_UPDATE(add_here, &one), LEAT_FILTER(is_even, NULL)));
	must_yield(out, 4, 2, 4 + VALUES);
}

/* An update must see the address that the step before it has written, or that of the input's value. */
static int note_place(void *of_place, void *value)
{
	*(void **)of_place = value;
	return 1;
}

static int check_place(void *of_place, const void *in)
{
	check(in == *(void **)of_place);
	return 1;
}

static void a_value_stays_where_it_is(void)
{
	void *at[2] = { NULL, NULL };
	leat_rx out = leat_steps(nil, numbers(0, MANY), int, LEAT_STEPS(LEAT_UPDATE(note_place, &at[0]),
	                         LEAT_FILTER(check_place, &at[0]), { plus, &one }, LEAT_UPDATE(note_place, &at[1]),
	                         LEAT_FILTER(is_even, NULL), LEAT_FILTER(check_place, &at[1])));

	must_yield(out, 2, 2, 1 + MANY);
	check(at[0] && at[1] && at[0] != at[1]);
}

/* Before a step makes a T, filters see the values of the input. If none makes one, the input must carry a T. */
static void the_input_may_be_of_another_type(void)
{
	leat_rx out = leat_steps(nil, numbers(0, MANY), struct pair,
	                         LEAT_STEPS(LEAT_FILTER(is_even, NULL), { to_pair, &two }));
	int expected = 2;

	for (struct pair pair; leat_recv(out, &pair) > 0; expected += 2)
		check(pair.number == expected);
	check(expected == 2 + MANY && leat_cause(out) == 0);
	leat_drop(out);
	out = leat_steps(nil, owned_numbers(0, MANY), int, LEAT_STEPS(LEAT_FILTER(is_even, NULL)));
	check(leat_never_started(out) && leat_cause(out) == EINVAL);
}

/* *outcome says how a filter or an update treats the value 5. An owned value is replaced where it lies. */
static int replace_owned(void *outcome, void *value)
{
	int number = *((owned *)value)->number, result = number == 5 ? do_with_five(*(int *)outcome) : 1;

	if (result > 0) {
		disown(*(owned *)value);
		*(owned *)value = own(number);
	}
	return result;
}

static int look_at_owned(void *outcome, const void *in)
{
	return *((const owned *)in)->number == 5 ? do_with_five(*(int *)outcome) : 1;
}

static int source_of_owned(void *next, void *out)
{
	*(owned *)out = own(++*(int *)next);
	return *(int *)next < VALUES ? 1 : (disown(*(owned *)out), 0);
}

static void must_treat_five(leat_rx out, int outcome)
{
	int sum = 0, n = 0, cause;

	for (owned value; leat_recv(out, &value) > 0; n++) {
		sum += *value.number;
		disown(value);
	}
	cause = leat_cause(out);
	check(outcome == FAIL ? cause == EDOM : outcome == EXIT ? cause == EOWNERDEAD : cause == 0);
	check(outcome == FAIL || outcome == EXIT ? n == 4 : sum == VALUES * (VALUES - 1) / 2 - (outcome == SKIP ? 5 : 0));
	leat_drop(out);
}

static int copy_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	return owned_copy(out, in) == 0;
}

static void a_value_that_is_left_out_is_released(void)
{
	for (int outcome = EMIT; outcome < OUTCOMES; outcome++) {
		leat_step filter[] = { LEAT_FILTER(look_at_owned, &outcome) };
		leat_step update[] = { LEAT_UPDATE(replace_owned, &outcome) };
		leat_step after[] = { { copy_owned, NULL }, LEAT_FILTER(look_at_owned, &outcome), { copy_owned, NULL } };
		leat_step both[] = { { copy_owned, NULL }, LEAT_UPDATE(replace_owned, &outcome) };
		struct { const leat_step *list; size_t count; } lists[] = { { filter, 2 }, { update, 2 }, { after, 4 },
		                                                            { both, 3 } };

		for (int i = 0; i < 4; i++) {
			int next = 0;
			leat_rx in = owned_numbers(1, VALUES - 1);

			must_treat_five(leat_steps_of(nil, in, &owned_type, lists[i].list, lists[i].count), outcome);
			must_treat_five(leat_steps_from_of(nil, &owned_type, source_of_owned, &next, lists[i].list,
			                                   lists[i].count), outcome);
			must_be_clean();
		}
	}
}

/* ------------------------------------------------------------------------------------------- its ends -- */

static int fail_at_three(void *arg, void *out)
{
	int *next = arg;

	*(int *)out = *next;
	return (*next)++ < 3 ? 1 : -EDOM;
}

static void the_source_fails(void)
{
	int next = 0;
	leat_rx out = leat_steps_from(nil, int, fail_at_three, &next, LEAT_STEPS({ plus, &one }));

	out = leat_buffer(out, capacity);
	receive_ints(out, 1, 3);
	check(leat_wait(out) == 0 && leat_cause(out) == EDOM);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(next == 4);
}

/* The stage never emits a value, and never waits. */
static void done_ends_one_that_skips_for_ever(void)
{
	for (int naps = 0; naps < 2; naps++) {
		leat_chan done = leat_make_unit();
		leat_rx ones = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
		leat_rx out[] = { leat_steps(done.rx, ones, int, LEAT_STEPS({ plus, &one }, { swallow, NULL })),
		                  leat_steps_from(done.rx, int, endless, NULL, LEAT_STEPS({ swallow, NULL })) };

		nap(naps);
		check(leat_close_with(done.tx, EPERM) == 1);
		check(leat_drain(out[0]) == EPERM && leat_drain(out[1]) == EPERM);
		leat_drop(done);
	}
}

static void one_that_skips_for_ever_ends_when_the_consumer_left(void)
{
	for (int naps = 0; naps < 2; naps++) {
		leat_rx ones = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
		leat_rx out[] = { leat_steps(nil, ones, int, LEAT_STEPS({ plus, &one }, { swallow, NULL })),
		                  leat_steps_from(nil, int, endless, NULL, LEAT_STEPS({ swallow, NULL })) };

		nap(naps);
		leat_drop(out[0]);
		leat_drop(out[1]);
		must_be_clean();
	}
}

static void a_step_that_is_no_function_is_refused(void)
{
	for (size_t i = 0; i < 3; i++) {
		leat_step steps[] = { { plus, &one }, { plus, &one }, { plus, &one } };

		steps[i].fn = NULL;
		check(leat_drain(leat_steps_of(nil, owned_numbers(0, 5), LEAT_TYPE(int), steps, 3)) == EINVAL);
		check(leat_drain(leat_steps_from_of(nil, LEAT_TYPE(int), endless, NULL, steps, 3)) == EINVAL);
	}
	for (size_t count = 1; count <= 2; count++) {
		leat_step steps[] = { LEAT_FILTER(is_even, NULL) };

		steps[1].fn = NULL;
		check(leat_drain(leat_steps_of(nil, numbers(0, 5), LEAT_TYPE(int), steps, count)) == EINVAL);
	}
}

int main(int argc, char **argv)
{
	return RUN(values_take_the_steps_in_order, any_number_of_steps, steps_yield_what_stages_do,
	           all_steps_are_in_one_thread, the_list_is_the_caller_s_again, the_first_step_changes_the_type,
	           only_the_input_owns, large_values, values_without_bytes_are_released_too, the_rest_are_not_called,
	           nothing_owned_is_lost, released_after_the_step_that_read_it, filters_and_updates,
	           a_value_stays_where_it_is, the_input_may_be_of_another_type, a_value_that_is_left_out_is_released,
	           the_source_fails,
	           done_ends_one_that_skips_for_ever, one_that_skips_for_ever_ends_when_the_consumer_left,
	           a_step_that_is_no_function_is_refused);
}
