/* SPDX-License-Identifier: 0BSD
 *
 * single_flight.c - calls with one key share a call of the function as long as it runs. Each gets a value of its own,
 * or the error. The clock is fake and runs, so a function that sleeps returns when all other threads wait for it.
 */
#include "../test.h"

enum { THREADS = 8, ROUNDS = 300 };

static const leat_rx nil;
static atomic_int calls;

static int make_one(void *of_number, void *out)
{
	atomic_fetch_add(&calls, 1);
	*(owned *)out = own(*(int *)of_number);
	return 0;
}

static int make_one_slowly(void *of_number, void *out)
{
	leat_sleep(LEAT_S(10));
	return make_one(of_number, out);
}

static int fail_slowly(void *of_result, void *out)
{
	(void)out;
	atomic_fetch_add(&calls, 1);
	leat_sleep(LEAT_S(10));
	return *(int *)of_result;
}

static int leave_slowly(void *arg, void *out)
{
	(void)arg;
	(void)out;
	leat_sleep(LEAT_S(10));
	pthread_exit(NULL);
}

/* One call in a started function, and its result. */
typedef struct {
	leat_single_flight *single;
	const char *key;
	leat_single_flight_fn *fn;
	void *arg;
	leat_rx done;
	leat_time patience;
	owned value;
	int result, error;
} user;

static void use(void *of_user)
{
	user *self = of_user;
	leat_time t = self->patience ? leat_in(self->patience) : LEAT_NEVER;

	errno = 0;
	self->result = -2;
	self->result = leat_single_flight_do(self->single, self->key, self->fn, self->arg, &self->value, self->done, t);
	self->error = self->result < 0 ? errno : 0;
}

static void start(user *users, int count)
{
	atomic_store(&calls, 0);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	for (int i = 0; i < count; i++)
		check(leat_go(use, &users[i]) == 1);
}

static void finish(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

/* ---------------------------------------------------------------------------------------------- together -- */

static void one_after_the_other_each_calls(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	owned value;

	for (int i = 0; i < 3; i++) {
		check(leat_single_flight_do(&single, "key", make_one, &i, &value, nil, LEAT_NOW) == 1 &&
		      *value.number == i);
		disown(value);
	}
}

static void together_one_calls(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	user users[THREADS];
	int number = 7, called = 0;

	for (int i = 0; i < THREADS; i++)
		users[i] = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &number };
	start(users, THREADS);
	finish();
	for (int i = 0; i < THREADS; i++) {
		check(users[i].result >= 0 && *users[i].value.number == 7);
		called += users[i].result;
		disown(users[i].value); /* each has one of its own */
	}
	check(called == 1 && atomic_load(&calls) == 1);
}

static void other_keys_do_not_wait(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	const char *keys[] = { "", "a", "ab", "b" };
	user users[4];
	int number = 1;

	for (int i = 0; i < 4; i++)
		users[i] = (user){ .single = &single, .key = keys[i], .fn = make_one_slowly, .arg = &number };
	start(users, 4);
	finish();
	for (int i = 0; i < 4; i++) {
		check(users[i].result == 1);
		disown(users[i].value);
	}
	check(atomic_load(&calls) == 4);
}

static void plain_values(void)
{
	leat_type type = { "owned", sizeof(owned), NULL, NULL }; /* values that own nothing are copied as bytes */
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&type);
	user users[THREADS];
	int number = 7;

	for (int i = 0; i < THREADS; i++)
		users[i] = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &number };
	start(users, THREADS);
	finish();
	for (int i = 1; i < THREADS; i++)
		check(users[i].result >= 0 && users[i].value.number == users[0].value.number);
	disown(users[0].value);
}

/* -------------------------------------------------------------------------------------------- no value -- */

static void a_failure_is_shared(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	int results[] = { -EIO, INT32_MIN, -1000 }, expected[] = { EIO, EINVAL, EINVAL };

	for (int round = 0; round < 3; round++) {
		user users[THREADS];

		for (int i = 0; i < THREADS; i++)
			users[i] = (user){ .single = &single, .key = "key", .fn = fail_slowly, .arg = &results[round] };
		start(users, THREADS);
		finish();
		for (int i = 0; i < THREADS; i++)
			check(users[i].result == -1 && users[i].error == expected[round]);
		check(atomic_load(&calls) == 1);
	}
}

static void one_that_leaves_is_no_success(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	user users[THREADS];
	int left = 0;

	for (int i = 0; i < THREADS; i++)
		users[i] = (user){ .single = &single, .key = "key", .fn = leave_slowly };
	start(users, THREADS);
	finish();
	for (int i = 0; i < THREADS; i++) {
		left += users[i].result == -2;
		check(users[i].result == -2 || (users[i].result == -1 && users[i].error == EOWNERDEAD));
	}
	check(left == 1);
}

static int refuse_to_copy(void *to, const void *from)
{
	(void)to;
	(void)from;
	return -ENOMEM;
}

/* The last user takes the value itself. */
static void a_copy_that_fails(void)
{
	leat_type type = { "owned", sizeof(owned), refuse_to_copy, owned_release };
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&type);
	user users[2];
	int number = 7;

	for (int i = 0; i < 2; i++)
		users[i] = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &number };
	start(users, 2);
	finish();
	for (int i = 0; i < 2; i++) {
		check(users[i].result >= 0 || users[i].error == ENOMEM);
		if (users[i].result >= 0)
			disown(users[i].value);
	}
}

/* ---------------------------------------------------------------------------------------------- impatience -- */

/* The function goes on for the others. */
static void some_do_not_wait_for_the_end(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	user first, others[3];
	int number = 7;
	leat_rx done;

	first = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &number };
	start(&first, 1);
	leat_sleep(1); /* the clock runs: until it sleeps */
	done = leat_after(LEAT_S(2));
	for (int i = 0; i < 3; i++)
		others[i] = first;
	others[0].patience = LEAT_S(1);
	others[1].done = done;
	for (int i = 0; i < 3; i++)
		check(leat_go(use, &others[i]) == 1);
	check(leat_single_flight_do(&single, "key", make_one, &number, &(owned){ NULL }, nil, LEAT_NOW) == -1 &&
	      errno == EAGAIN);
	finish();
	check(others[0].result == -1 && others[0].error == ETIMEDOUT);
	check(others[1].result == -1 && others[1].error == ECANCELED);
	check(first.result == 1 && others[2].result == 0 && atomic_load(&calls) == 1);
	disown(first.value);
	disown(others[2].value);
	leat_drop(done);
}

static void what_is_forgotten_is_called_again(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	user first, second;
	int number = 7, other = 8;

	first = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &number };
	second = (user){ .single = &single, .key = "key", .fn = make_one_slowly, .arg = &other };
	start(&first, 1);
	leat_sleep(1);
	leat_single_flight_forget(&single, "another");
	leat_single_flight_forget(&single, "key");
	leat_single_flight_forget(&single, "key");
	check(leat_go(use, &second) == 1);
	finish();
	check(first.result == 1 && *first.value.number == 7 && second.result == 1 && *second.value.number == 8);
	disown(first.value);
	disown(second.value);
}

/* ------------------------------------------------------------------------------------------------ mistakes -- */

static int ask_for_itself(void *of_single, void *out)
{
	leat_single_flight *single = of_single;
	owned *value = out;

	errno = 0;
	check(leat_single_flight_do(single, "key", make_one, NULL, value, nil, LEAT_NEVER) == -1 && errno == EDEADLK);
	return leat_single_flight_do(single, "other", make_one, &(int){ 3 }, value, nil, LEAT_NEVER) == 1 ? 1 : -EIO;
}

static void one_that_waits_for_itself(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	owned value;

	check(leat_single_flight_do(&single, "key", ask_for_itself, &single, &value, nil, LEAT_NEVER) == 1);
	check(*value.number == 3);
	disown(value);
}

#define refuses(call) check((errno = 0, (call) == -1) && errno == EINVAL)

static void what_makes_no_sense(void)
{
	leat_type uncopied = { "owned", sizeof(owned), NULL, owned_release };
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type), bad = LEAT_SINGLE_FLIGHT(&uncopied);
	leat_single_flight none = LEAT_SINGLE_FLIGHT(NULL);
	owned value;

	refuses(leat_single_flight_do(&single, NULL, make_one, NULL, &value, nil, LEAT_NEVER));
	refuses(leat_single_flight_do(&single, "key", NULL, NULL, &value, nil, LEAT_NEVER));
	refuses(leat_single_flight_do(&single, "key", make_one, NULL, (owned *)NULL, nil, LEAT_NEVER));
	refuses(leat_single_flight_do(NULL, "key", make_one, NULL, &value, nil, LEAT_NEVER));
	refuses(leat_single_flight_do(&bad, "key", make_one, NULL, &value, nil, LEAT_NEVER));
	refuses(leat_single_flight_do(&none, "key", make_one, NULL, &value, nil, LEAT_NEVER));
	leat_single_flight_forget(NULL, "key");
	leat_single_flight_forget(&single, NULL);
}

/* ------------------------------------------------------------------------------------------------ at once -- */

static atomic_int running_now;

static int make_alone(void *of_number, void *out)
{
	check(atomic_fetch_add(&running_now, 1) == 0);
	(void)make_one(of_number, out);
	atomic_fetch_sub(&running_now, 1);
	return 0;
}

static void use_again_and_again(void *of_single)
{
	leat_single_flight *single = of_single;
	int number = 7;

	for (int i = 0; i < ROUNDS; i++) {
		owned value;
		int result = leat_single_flight_do(single, "key", make_alone, &number, &value, nil,
		                                   i % 3 ? LEAT_NEVER : LEAT_NOW);

		check(result >= 0 || errno == EAGAIN);
		if (result >= 0) {
			check(*value.number == 7);
			disown(value);
		}
	}
}

/* The function never runs twice at once, and nothing is lost, whatever the threads do. */
static void again_and_again(void)
{
	leat_single_flight single = LEAT_SINGLE_FLIGHT(&owned_type);
	background threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], use_again_and_again, &single);
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
}

int main(int argc, char **argv)
{
	return RUN(one_after_the_other_each_calls, together_one_calls, other_keys_do_not_wait, plain_values,
	           a_failure_is_shared, one_that_leaves_is_no_success, a_copy_that_fails, some_do_not_wait_for_the_end,
	           what_is_forgotten_is_called_again, one_that_waits_for_itself, what_makes_no_sense, again_and_again);
}
