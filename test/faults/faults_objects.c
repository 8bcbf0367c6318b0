/* SPDX-License-Identifier: 0BSD
 *
 * faults_objects.c - allocations and thread starts fail in pools, resources, errors and results: the first one, then
 * the second, and so on. A pool works with less. The others do their work, or report why not. Nothing is left behind.
 */
#include "faults.h"

enum { MANY = 200 };

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------------------- pools -- */

static atomic_int alive;

static void *make_object(void *arg)
{
	(void)arg;
	atomic_fetch_add(&alive, 1);
	return calloc(1, sizeof(int));
}

static void release_object(void *arg, void *object)
{
	(void)arg;
	atomic_fetch_sub(&alive, 1);
	free(object);
}

static void get_and_put_many(void *pool)
{
	int *all[MANY];

	for (int i = 0; i < MANY; i++) {
		all[i] = leat_pool_get(pool);
		check(all[i] && (*all[i])++ == 0);
	}
	for (int i = 0; i < MANY; i++) {
		*all[i] = 0;
		leat_pool_put(pool, all[i]);
	}
}

/* Neither a get nor a put fails if there is no memory. */
static int run_pool(void)
{
	leat_pool *pool = leat_pool_make(make_object, release_object, NULL);
	int cause = pool ? 0 : errno;
	background behind;

	for (int i = 0; pool && i < 2; i++) {
		get_and_put_many(pool);
		begin(&behind, get_and_put_many, pool);
		must_return(&behind);
	}
	leat_pool_drop(pool);
	check(atomic_load(&alive) == 0);
	return cause;
}

static void get_the_only_one(void *of_pool)
{
	leat_pool *pool = *(leat_pool **)of_pool;

	atomic_store(&allocations.left, 0);
	*(void **)of_pool = leat_pool_get(pool);
	atomic_store(&allocations.left, -1);
}

/* A thread that has no memory for a cache still finds the objects of other threads. */
static void found_without_memory(void)
{
	int one, two;
	leat_pool *pool = leat_pool_make(NULL, NULL, NULL);
	background behind;
	void *found = pool;

	leat_pool_put(pool, &one);
	leat_pool_put(pool, &two);
	begin(&behind, get_the_only_one, &found);
	must_return(&behind);
	check(found == &two && leat_pool_get(pool) == &one && leat_pool_get(pool) == NULL);
	leat_pool_drop(pool);
}

static void pools(void)
{
	check(run_pool() == 0);
	check(fail_each(&allocations, ENOMEM, run_pool) >= 6);
}

/* --------------------------------------------------------------------------------------------------- resources -- */

static int open_thing(void *arg, void **thing)
{
	*thing = make_object(arg);
	return 0;
}

static int run_resources(void)
{
	leat_resources_plan plan = { 4, 3, open_thing, release_object, NULL };
	leat_resources *resources = leat_resources_make(&plan);
	int cause = resources ? 0 : errno;
	void *things[4];

	for (int i = 0; resources && i < 4; i++)
		check(leat_resources_get(resources, &things[i], nil, LEAT_NEVER) == 1);
	for (int i = 0; resources && i < 4; i++)
		leat_resources_put(resources, things[i]);
	leat_resources_drop(resources);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&alive) == 0);
	return cause;
}

static void resources(void)
{
	check(run_resources() == 0);
	check(fail_each(&allocations, ENOMEM, run_resources) >= 5);
	check(fail_each(&starts, EAGAIN, run_resources) >= 3);
}

static int open_together(void *arg, void **thing)
{
	meet(arg, 3);
	*thing = arg;
	return 0;
}

static void close_together(void *arg, void *thing)
{
	check(thing == arg);
}

/* Each open waits for the two others. So none may begin if one of the threads cannot be started. */
static void warmed_by_all_threads_or_by_none(void)
{
	for (int number = 0; number < 3; number++) {
		atomic_int opens = 0;
		leat_resources_plan plan = { 3, 3, open_together, close_together, &opens };

		leat_trim();
		atomic_store(&starts.left, number);
		check(leat_resources_make(&plan) == NULL && errno == EAGAIN);
		check(atomic_load(&opens) == 0);
		must_be_clean();
	}
}

/* ------------------------------------------------------------------------------------------------------ errors -- */

static const char low_level[] = "low level", high_level[] = "high level";

/* If one error of the chain cannot be made, the code is ENOMEM, and the errors beneath it are lost. Additions may be
 * lost without that. */
static int run_error(void)
{
	leat_error_box box = { 0 };
	int both = LEAT_ERROR_HOST | LEAT_ERROR_TRACE;
	leat_error *low = leat_error_with(leat_error_new(low_level, EIO, "low"), both, "user");
	leat_error *top = leat_error_wrap(leat_error_dup(low), high_level, 0, "top"), *taken;
	int low_is = low->code, top_is = top->code, told, user;
	char text[10000];

	check(low_is == EIO || (low_is == ENOMEM && !low->inner && !low->kind && low->user_message));
	check(low_is == EIO ? strcmp(low->message, "low") == 0 : strstr(low->message, "memory") != NULL);
	check(top_is == ENOMEM || (top->kind == high_level && top->inner == low));
	check(!low->user_message || low_is == ENOMEM || strcmp(low->user_message, "user") == 0);
	check(leat_error_with(top, 0, "more") == top);
	told = leat_error_format(top, text, sizeof text);
	check(told == (int)strlen(text));
	user = leat_error_format_user(top, text, sizeof text);
	check(user == (int)strlen(text));
	check(leat_error_fail(&box, top) == -top_is);
	check(leat_error_fail(&box, low) == -low_is);
	taken = leat_error_take(&box);
	check(taken == top);
	leat_error_drop(taken);
	return low_is == ENOMEM || top_is == ENOMEM ? ENOMEM : 0;
}

static int make_error(void *arg, const void *in, void *out)
{
	(void)arg;
	*(leat_error **)out = leat_error_new(low_level, *(const int *)in + 1, "%d", *(const int *)in);
	return 1;
}

/* The same with errors as elements. An error that could not be made has the code ENOMEM. */
static int run_errors(void)
{
	leat_rx out = leat_map_of(nil, numbers(0, COUNT), &leat_error_type, make_error, NULL);
	int n = 0, cause, lost = 0;

	for (leat_error *error; leat_recv(out, &error) > 0; n++) {
		check(error->code == n + 1 || error->code == ENOMEM);
		lost += error->code != n + 1;
		leat_error_drop(error);
	}
	cause = leat_cause(out);
	check(cause || n == COUNT);
	leat_drop(out);
	return cause ? cause : lost ? ENOMEM : 0;
}

static void errors(void)
{
	check(run_error() == 0);
	check(fail_each(&allocations, ENOMEM, run_error) >= 4);
	check(run_errors() == 0);
	check(fail_each(&allocations, ENOMEM, run_errors) >= 10);
	check(fail_each(&starts, EAGAIN, run_errors) >= 1);
}

/* ----------------------------------------------------------------------------------------------------- results -- */

typedef LEAT_RESULT(owned) owned_result;

static void owned_result_release(void *value)
{
	if (((owned_result *)value)->failure.code == 0)
		disown(((owned_result *)value)->value);
}

static const leat_type owned_result_type = { "owned_result", sizeof(owned_result), NULL, owned_result_release };

static int own_or_fail(void *arg, const void *in, void *out)
{
	int n = *(const int *)in;

	(void)arg;
	if (n % 2)
		return -EDOM;
	*(owned *)out = own(n);
	return 1;
}

static int own_again(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int own_an_answer(void *arg, const leat_failure *failure, void *value)
{
	(void)arg;
	check(failure->code == EDOM);
	*(owned *)value = own(-1);
	return 1;
}

/* The source has no end, so that no thread is free again before all have started. */
static int run_results(void)
{
	leat_rx in = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 0, 1)), capacity), out;
	int n = 0, cause;

	out = leat_result_from_of(nil, in, "own", &owned_result_type, own_or_fail, NULL);
	out = leat_result_map_of(nil, out, "again", &owned_result_type, own_again, NULL);
	out = leat_result_stop(nil, leat_result_catch(nil, out, own_an_answer, NULL), 1);
	out = leat_take(nil, leat_result_values_of(nil, out, &owned_type), COUNT);
	for (owned value; leat_recv(out, &value) > 0; n++) {
		check(*value.number == (n % 2 ? -1 : 0));
		disown(value);
	}
	cause = leat_cause(out);
	check(cause ? n < COUNT : n == COUNT);
	leat_drop(out);
	return cause;
}

static void results(void)
{
	check(run_results() == 0);
	check(fail_each(&allocations, ENOMEM, run_results) >= 12);
	check(fail_each(&starts, EAGAIN, run_results) >= 7);
}

int main(int argc, char **argv)
{
	return RUN(pools, found_without_memory, resources, warmed_by_all_threads_or_by_none, errors, results);
}
