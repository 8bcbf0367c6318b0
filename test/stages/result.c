/* SPDX-License-Identifier: 0BSD
 *
 * result.c - failures travel with the values, in their order, past functions that do not see them, and carry the name
 * of the stage that failed. A failure can be answered with a value, counted up to a limit, or end a stream of plain
 * values. Owned values are released once, whatever happens to them.
 */
#include "../test.h"

static const leat_rx nil;

typedef LEAT_RESULT(int) int_result;
typedef LEAT_RESULT(owned) owned_result;
typedef LEAT_RESULT(struct { char bytes[100]; }) large_result;

static void owned_result_release(void *value)
{
	owned_result *result = value;

	if (result->failure.code == 0)
		disown(result->value);
}

static const leat_type owned_result_type = { "owned_result", sizeof(owned_result), NULL, owned_result_release };

/* Fail for numbers that 3 divides, skip those that 5 divides, and double the others. */
static int twice(void *calls, const void *in, void *out)
{
	int n = *(const int *)in;

	if (calls)
		atomic_fetch_add((atomic_int *)calls, 1);
	if (n % 3 == 0)
		return -EDOM;
	*(int *)out = 2 * n;
	return n % 5 != 0;
}

static int up_one(void *calls, const void *in, void *out)
{
	int n = *(const int *)in;

	if (calls)
		atomic_fetch_add((atomic_int *)calls, 1);
	if (n == 8)
		return -EPERM;
	*(int *)out = n + 1;
	return 1;
}

static leat_rx doubled(int count)
{
	return leat_result_from(nil, numbers(0, count), "twice", int_result, twice, NULL);
}

static void must_be_failure(leat_failure failure, int code, const char *stage)
{
	check(failure.code == code && strcmp(failure.stage, stage) == 0);
}

/* -------------------------------------------------------------------------------------------------- map, from -- */

static void values_and_failures_in_order(void)
{
	leat_rx in = doubled(100);
	int_result result;

	for (int n = 0; n < 100; n++) {
		if (n % 5 == 0 && n % 3 != 0)
			continue;
		check(leat_recv(in, &result) == 1);
		if (n % 3 == 0)
			must_be_failure(result.failure, EDOM, "twice");
		else
			check(result.failure.code == 0 && result.failure.stage == NULL && result.value == 2 * n);
		check(n % 3 != 0 || result.value == 0); /* the value of a failure is zeroed */
	}
	check(leat_recv(in, &result) == 0 && leat_cause(in) == 0);
	leat_drop(in);
}

static void failures_pass_the_functions(void)
{
	atomic_int calls = 0;
	leat_rx in = leat_result_map(nil, doubled(9), "up_one", int_result, up_one, &calls);
	static const int codes[] = { EDOM, 0, 0, EDOM, EPERM, EDOM, 0, 0 }, values[] = { 0, 3, 5, 0, 0, 0, 15, 17 };
	int_result result;

	for (int i = 0; i < 8; i++) {
		check(leat_recv(in, &result) == 1);
		check(result.failure.code == codes[i] && result.value == values[i]);
		if (codes[i])
			must_be_failure(result.failure, codes[i], codes[i] == EPERM ? "up_one" : "twice");
	}
	check(leat_recv(in, &result) == 0 && leat_cause(in) == 0 && atomic_load(&calls) == 5);
	leat_drop(in);
}

static int spell(void *arg, const void *in, void *out)
{
	(void)arg;
	snprintf(out, 100, "%d", *(const int *)in);
	return 1;
}

static int measure(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = (int)strlen(in);
	return 1;
}

static void values_of_another_type(void)
{
	leat_rx in = leat_result_map(nil, doubled(9), "spell", large_result, spell, NULL);
	int failures = 0, values = 0, letters = 0;

	check(leat_type_of(in).size == sizeof(large_result));
	in = leat_result_map(nil, in, "measure", int_result, measure, NULL);
	for (int_result result; leat_recv(in, &result) > 0;) {
		failures += result.failure.code == EDOM;
		values += result.failure.code == 0;
		letters += result.value;
	}
	check(failures == 3 && values == 5 && letters == 1 + 1 + 1 + 2 + 2);
	leat_drop(in);
}

static int fail_after_writing(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return -ERANGE;
}

static void what_a_failed_function_wrote_is_gone(void)
{
	leat_rx in = leat_result_from(nil, numbers(1, 3), "writes", int_result, fail_after_writing, NULL);

	for (int_result result; leat_recv(in, &result) > 0;)
		check(result.failure.code == ERANGE && result.value == 0);
	leat_drop(in);
}

static void without_a_name(void)
{
	leat_rx in = leat_result_from(nil, numbers(0, 1), NULL, int_result, twice, NULL);
	int_result result;

	check(leat_recv(in, &result) == 1 && result.failure.code == EDOM && result.failure.stage == NULL);
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------------------------ values -- */

static int triple(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 3 * *(const int *)in;
	return *(const int *)in == 20 ? -ELOOP : 1;
}

static void values_until_the_first_failure(void)
{
	leat_rx in = leat_result_from(nil, numbers(0, 15), "triple", int_result, triple, NULL);
	int n;

	in = leat_result_values(nil, in, int);
	check(leat_type_of(in).size == sizeof(int));
	must_yield(in, 0, 3, 45);
	in = leat_result_from(nil, numbers(0, 30), "triple", int_result, triple, NULL);
	in = leat_result_values(nil, in, int);
	for (int i = 0; i < 20; i++)
		check(leat_recv(in, &n) == 1 && n == 3 * i);
	check(leat_recv(in, &n) == 0 && leat_cause(in) == ELOOP);
	leat_drop(in);
}

/* -------------------------------------------------------------------------------------------------- catch, stop -- */

static int answer(void *of_count, const leat_failure *failure, void *value)
{
	int count = atomic_fetch_add((atomic_int *)of_count, 1);

	must_be_failure(*failure, EDOM, "twice");
	*(int *)value = 1000 + count;
	return count % 3 == 0 ? 1 : count % 3 == 1 ? 0 : -EIO;
}

/* The failures at 0, 3, 6 and 9: the first and the last become values, the second disappears, and the third becomes
 * another failure. */
static void failures_are_answered(void)
{
	static const int values[] = { 1000, 2, 4, 8, -1, 14, 16, 1003 };
	atomic_int count = 0;
	leat_rx in = leat_result_catch(nil, doubled(10), answer, &count);
	int_result result;

	for (int i = 0; i < 8; i++) {
		check(leat_recv(in, &result) == 1);
		if (values[i] < 0)
			must_be_failure(result.failure, EIO, "twice"); /* the stage in which it failed first */
		else
			check(result.failure.code == 0 && result.failure.stage == NULL && result.value == values[i]);
	}
	check(leat_recv(in, &result) == 0 && leat_cause(in) == 0 && atomic_load(&count) == 4);
	leat_drop(in);
}

static void stopped_by_the_nth_failure(void)
{
	for (size_t most = 1; most <= 5; most++) {
		leat_rx in = leat_result_stop(nil, doubled(10), most);
		size_t failures = 0;
		int_result result;

		while (leat_recv(in, &result) > 0)
			failures += result.failure.code != 0;
		check(failures == (most < 4 ? most : 4));
		check(leat_cause(in) == (most <= 4 ? EDOM : 0));
		leat_drop(in);
	}
}

/* Nothing comes after the failure that exceeds the limit, and the stages upstream stop. */
static void nothing_after_the_last_failure(void)
{
	leat_rx in = leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3));
	int_result result, last = { .value = 0 };
	int count = 0;

	in = leat_result_from(nil, leat_buffer(in, capacity), "twice", int_result, twice, NULL);
	in = leat_result_stop(nil, in, 3);
	for (; leat_recv(in, &result) > 0; count++)
		last = result;
	check(count == 9 && last.failure.code == EDOM && leat_cause(in) == EDOM);
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------------------------- owned -- */

static int own_or_fail(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;

	(void)arg;
	if (n % 4 == 3)
		return -EDOM;
	*(owned *)out = own(n);
	return 1;
}

static int own_again(void *arg, const void *in, void *out)
{
	const owned *value = in;

	(void)arg;
	if (*value->number % 4 == 2)
		return *value->number % 8 == 2 ? 0 : -ERANGE;
	*(owned *)out = own(*value->number);
	return 1;
}

static int own_an_answer(void *arg, const leat_failure *failure, void *value)
{
	(void)arg;
	if (failure->code == ERANGE)
		return -failure->code;
	*(owned *)value = own(-1);
	return 1;
}

static leat_rx owned_results(int count)
{
	leat_rx in = leat_result_from_of(nil, numbers(0, count), "own", &owned_result_type, own_or_fail, NULL);

	return leat_result_map_of(nil, in, "own again", &owned_result_type, own_again, NULL);
}

static void owned_values_go_on(void)
{
	leat_rx in = leat_result_stop(nil, leat_result_catch(nil, owned_results(32), own_an_answer, NULL), 3);
	int answers = 0, failures = 0, values = 0;

	for (owned_result result; leat_recv(in, &result) > 0;) {
		failures += result.failure.code == ERANGE;
		if (result.failure.code)
			continue;
		answers += *result.value.number == -1;
		values += *result.value.number >= 0;
		disown(result.value);
	}
	check(leat_cause(in) == ERANGE && failures == 3 && answers == 5 && values == 12);
	leat_drop(in);
}

static void owned_values_alone(void)
{
	leat_rx in = leat_result_catch(nil, owned_results(6), own_an_answer, NULL);
	static const int expected[] = { 0, 1, -1, 4, 5 };
	owned value;

	in = leat_result_values_of(nil, in, &owned_type);
	for (int i = 0; i < 5; i++)
		must_receive_owned(in, expected[i]);
	check(leat_recv(in, &value) == 0 && leat_cause(in) == 0);
	leat_drop(in);
}

/* The consumer leaves while results are under way. */
static void owned_values_that_nobody_wants(void)
{
	for (int wanted = 0; wanted < 8; wanted++) {
		leat_rx in = leat_result_catch(nil, owned_results(100), own_an_answer, NULL);

		in = leat_result_values_of(nil, leat_result_stop(nil, in, 2), &owned_type);
		check(leat_drain(leat_take(nil, in, wanted)) == (wanted <= 5 ? 0 : ERANGE));
		check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&owned_alive) == 0);
	}
}

/* ------------------------------------------------------------------------------------------------------- errors -- */

static int leave(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	pthread_exit(NULL);
}

static int leave_instead(void *arg, const leat_failure *failure, void *value)
{
	(void)failure;
	return leave(arg, NULL, value);
}

static void a_function_may_leave_the_thread(void)
{
	check(leat_drain(leat_result_from(nil, numbers(0, 3), "leaves", int_result, leave, NULL)) == EOWNERDEAD);
	check(leat_drain(leat_result_map(nil, doubled(3), "leaves", int_result, leave, NULL)) == EOWNERDEAD);
	check(leat_drain(leat_result_catch(nil, doubled(3), leave_instead, NULL)) == EOWNERDEAD);
}

static void must_fail(leat_rx in, int cause)
{
	check(leat_never_started(in) && leat_cause(in) == cause);
	leat_drop(in);
}

typedef struct { char bytes[24]; } odd; /* its size is no multiple of 16, so it has no room for a failure */

static void bad_arguments(void)
{
	must_fail(leat_result_from(nil, numbers(0, 3), "f", int_result, NULL, NULL), EINVAL);
	must_fail(leat_result_from(nil, nil, "f", int_result, twice, NULL), EINVAL);
	must_fail(leat_result_from(nil, numbers(0, 3), "f", int, twice, NULL), EINVAL);
	must_fail(leat_result_from(nil, numbers(0, 3), "f", odd, twice, NULL), EINVAL);
	must_fail(leat_result_from_of(nil, numbers(0, 3), "f", NULL, twice, NULL), EINVAL);
	must_fail(leat_result_map(nil, doubled(3), "f", int_result, NULL, NULL), EINVAL);
	/* the type is no result */
	must_fail(leat_result_map(nil, numbers(0, 3), "f", int_result, twice, NULL), EINVAL);
	must_fail(leat_result_map(nil, nil, "f", int_result, twice, NULL), EINVAL);
	must_fail(leat_result_map(nil, doubled(3), "f", int, twice, NULL), EINVAL);
	must_fail(leat_result_map_of(nil, doubled(3), "f", NULL, twice, NULL), EINVAL);
	must_fail(leat_result_values(nil, numbers(0, 3), int), EINVAL);
	/* the result has no room for that value */
	must_fail(leat_result_values(nil, doubled(3), large_result), EINVAL);
	must_fail(leat_result_values(nil, leat_result_from(nil, numbers(0, 3), "f", large_result, twice, NULL), int),
	          EINVAL);
	must_fail(leat_result_values_of(nil, doubled(3), NULL), EINVAL);
	must_fail(leat_result_values(nil, nil, int), EINVAL);
	must_fail(leat_result_catch(nil, doubled(3), NULL, NULL), EINVAL);
	must_fail(leat_result_catch(nil, numbers(0, 3), answer, NULL), EINVAL);
	must_fail(leat_result_stop(nil, doubled(3), 0), EINVAL);
	must_fail(leat_result_stop(nil, numbers(0, 3), 1), EINVAL);
}

static void what_failed_is_passed_on(void)
{
	check(leat_drain(leat_result_from(nil, leat_ended(EIO), "f", int_result, twice, NULL)) == EIO);
	check(leat_drain(leat_result_map(nil, leat_ended(EIO), "f", int_result, twice, NULL)) == EIO);
	check(leat_drain(leat_result_values(nil, leat_ended(EIO), int)) == EIO);
	check(leat_drain(leat_result_catch(nil, leat_ended(EIO), answer, NULL)) == EIO);
	check(leat_drain(leat_result_stop(nil, leat_ended(EIO), 1)) == EIO);
}

static void done_ends_them(void)
{
	leat_chan done = leat_make_unit();
	leat_rx in = leat_repeat(nil, LEAT_VALUES(int, 1, 2)), out;
	int n;

	out = leat_result_from(done.rx, in, "f", int_result, up_one, NULL);
	out = leat_result_map(done.rx, out, "f", int_result, up_one, NULL);
	out = leat_result_stop(done.rx, leat_result_catch(done.rx, out, answer, NULL), 9);
	out = leat_result_values(done.rx, out, int);
	for (int i = 0; i < 10; i++)
		check(leat_recv(out, &n) == 1 && n == 3 + i % 2);
	leat_drop(done.rx);
	check(leat_close_with(done.tx, ETIME) == 1);
	while (leat_recv(out, &n) > 0)
		;
	check(leat_cause(out) == ETIME);
	leat_drop(out);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
}

int main(int argc, char **argv)
{
	return RUN(values_and_failures_in_order, failures_pass_the_functions, values_of_another_type,
	           what_a_failed_function_wrote_is_gone, without_a_name, values_until_the_first_failure,
	           failures_are_answered, stopped_by_the_nth_failure, nothing_after_the_last_failure,
	           owned_values_go_on, owned_values_alone, owned_values_that_nobody_wants,
	           a_function_may_leave_the_thread, bad_arguments, what_failed_is_passed_on, done_ends_them);
}
