/* SPDX-License-Identifier: 0BSD
 *
 * once.c - of all threads that come to a once, exactly one calls its function. The calls count, not the functions. The
 * other threads go on when that call has returned, or when its thread has left by pthread_exit, and they see what it
 * wrote. A thread that would wait for itself gets EDEADLK, be it directly or through several onces and threads. No
 * other thread gets EDEADLK. A thread that has waited may free the once. The child of a fork can use its own onces,
 * whatever other threads were doing at the time of the fork.
 */
#include "../test.h"

#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 300 };

static void count(void *number)
{
	++*(int *)number;
}

static void count_down(void *number)
{
	--*(int *)number;
}

/* A call of leat_once_do in the background, with its result. */
typedef struct { background behind; leat_once *once; void (*fn)(void *arg); void *arg; int result, error; } caller;

static void call_once(void *of_caller)
{
	caller *self = of_caller;

	errno = 0;
	self->result = leat_once_do(self->once, self->fn, self->arg);
	self->error = self->result < 0 ? errno : 0;
}

static void begin_call(caller *self, leat_once *once, void (*fn)(void *arg), void *arg)
{
	*self = (caller){ .once = once, .fn = fn, .arg = arg };
	begin(&self->behind, call_once, self);
}

static void must_give(caller *self, int result, int error)
{
	must_return(&self->behind);
	check(self->result == result && self->error == error);
}

/* ---------------------------------------------------------------------------------------------- who calls -- */

static void it_is_calls_that_count(void)
{
	leat_once once = { 0 };
	int number = 0;

	check(leat_once_do(&once, count, &number) == 1);
	check(leat_once_do(&once, count_down, &number) == 0);
	check(leat_once_do(&once, count, &number) == 0);
	check(number == 1);
}

static void no_function(void)
{
	leat_once once = { 0 };
	int number = 0;

	errno = 0;
	check(leat_once_do(&once, NULL, NULL) == -1 && errno == EINVAL);
	check(leat_once_do(&once, count, &number) == 1 && number == 1);
	errno = 0;
	check(leat_once_do(&once, NULL, NULL) == -1 && errno == EINVAL);
}

struct race { leat_once once; int number, results; atomic_int arrived, sum; };

static void race_for_it(void *of_race)
{
	struct race *self = of_race;
	int result;

	meet(&self->arrived, THREADS);
	result = leat_once_do(&self->once, count, &self->number);
	check(self->number == 1); /* a plain read: the thread sanitizer reports a race unless the once orders it */
	check(result == 0 || result == 1);
	atomic_fetch_add(&self->sum, result);
}

static void one_of_many_calls(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct race race = { 0 };

		for (int i = 0; i < THREADS; i++)
			check(leat_go(race_for_it, &race) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(race.number == 1 && atomic_load(&race.sum) == 1);
	}
}

/* ---------------------------------------------------------------------------------------------- who waits -- */

/* A function that reports that it has begun, and stays until it may go on. */
struct stay { leat_chan in, out; leat_once *then; void (*fn)(void *arg); void *arg; int result, error, leaves; };

static struct stay make_stay(leat_once *then, void (*fn)(void *arg), void *arg)
{
	return (struct stay){ .in = leat_make_unit(), .out = leat_make_unit(), .then = then, .fn = fn, .arg = arg };
}

static void stay_a_while(void *of_stay)
{
	struct stay *self = of_stay;

	check(leat_signal(self->in.tx) == 1);
	check(leat_wait(self->out.rx) == 1);
	errno = 0;
	if (self->then)
		self->result = leat_once_do(self->then, self->fn, self->arg);
	self->error = self->result < 0 ? errno : 0;
	if (self->leaves)
		pthread_exit(NULL);
}

static void drop_stay(struct stay *self)
{
	leat_drop(self->in);
	leat_drop(self->out);
}

static void the_others_wait_for_its_return(void)
{
	leat_once once = { 0 };
	struct stay stay = make_stay(NULL, NULL, NULL);
	caller first, others[THREADS];

	begin_call(&first, &once, stay_a_while, &stay);
	check(leat_wait(stay.in.rx) == 1);
	for (int i = 0; i < THREADS; i++)
		begin_call(&others[i], &once, count, NULL);
	for (int i = 0; i < THREADS; i++)
		must_block(&others[i].behind);
	check(leat_signal(stay.out.tx) == 1);
	must_give(&first, 1, 0);
	for (int i = 0; i < THREADS; i++)
		must_give(&others[i], 0, 0);
	drop_stay(&stay);
}

/* The function of the outer once calls the inner once, whose function leaves by pthread_exit. */
struct nested { leat_once outer, inner; struct stay stay; };

static void call_inner(void *of_nested)
{
	struct nested *self = of_nested;

	(void)leat_once_do(&self->inner, stay_a_while, &self->stay);
	check(0); /* not reached: the thread has left */
}

static void call_outer(void *of_nested)
{
	struct nested *self = of_nested;

	(void)leat_once_do(&self->outer, call_inner, self);
	check(0); /* not reached: the thread has left */
}

static void who_leaves_by_pthread_exit_has_called(void)
{
	struct nested nested = { .stay = make_stay(NULL, NULL, NULL) };
	caller at_outer, at_inner;

	nested.stay.leaves = 1;
	check(leat_go(call_outer, &nested) == 1);
	check(leat_wait(nested.stay.in.rx) == 1);
	begin_call(&at_outer, &nested.outer, count, NULL);
	begin_call(&at_inner, &nested.inner, count, NULL);
	must_block(&at_outer.behind);
	must_block(&at_inner.behind);
	check(leat_signal(nested.stay.out.tx) == 1);
	must_give(&at_outer, 0, 0);
	must_give(&at_inner, 0, 0);
	check(leat_once_do(&nested.outer, count, NULL) == 0 && leat_once_do(&nested.inner, count, NULL) == 0);
	drop_stay(&nested.stay);
}

/* ------------------------------------------------------------------------------------------------ circles -- */

struct again { leat_once *once; int result, error, calls; };

static void call_again(void *of_again)
{
	struct again *self = of_again;

	self->calls++;
	errno = 0;
	self->result = leat_once_do(self->once, call_again, self);
	self->error = errno;
}

static void in_its_own_function(void)
{
	leat_once once = { 0 };
	struct again again = { .once = &once };

	check(leat_once_do(&once, call_again, &again) == 1);
	check(again.result == -1 && again.error == EDEADLK && again.calls == 1);
	check(leat_once_do(&once, call_again, &again) == 0 && again.calls == 1);
}

/* Two onces. In one thread, the function of a calls b, and the function of b calls a. */
struct pair { leat_once a, b; int a_calls, b_calls, a_again, error; };

static void call_a_again(void *of_pair);

static void call_b(void *of_pair)
{
	struct pair *self = of_pair;

	self->a_calls++;
	check(leat_once_do(&self->b, call_a_again, self) == 1);
}

static void call_a_again(void *of_pair)
{
	struct pair *self = of_pair;

	self->b_calls++;
	self->a_again = leat_once_do(&self->a, call_b, self);
	self->error = errno;
}

static void round_two_in_one_thread(void)
{
	struct pair pair = { 0 };

	check(leat_once_do(&pair.a, call_b, &pair) == 1);
	check(pair.a_calls == 1 && pair.b_calls == 1 && pair.a_again == -1 && pair.error == EDEADLK);
	check(leat_once_do(&pair.a, call_b, &pair) == 0 && leat_once_do(&pair.b, call_b, &pair) == 0);
}

/* There are n threads, each in the function of one once. Each then wants the next once, and the last thread wants the
 * first once. The thread that comes last closes the circle, and it alone gets EDEADLK. That should be the last thread,
 * but on a busy machine it may be another one. */
static void round_several(int n)
{
	leat_once onces[THREADS] = { 0 };
	struct stay stays[THREADS];
	caller callers[THREADS];
	int number = 0, told = 0;

	for (int i = 0; i < n; i++) {
		stays[i] = make_stay(&onces[(i + 1) % n], count, &number);
		begin_call(&callers[i], &onces[i], stay_a_while, &stays[i]);
		check(leat_wait(stays[i].in.rx) == 1);
	}
	for (int i = 0; i < n; i++) {
		check(leat_signal(stays[i].out.tx) == 1);
		if (i < n - 1)
			must_block(&callers[i].behind);
	}
	for (int i = 0; i < n; i++) {
		must_give(&callers[i], 1, 0);
		check(stays[i].result ? stays[i].result == -1 && stays[i].error == EDEADLK : stays[i].error == 0);
		told += stays[i].result < 0;
		drop_stay(&stays[i]);
	}
	check(told == 1 && number == 0);
}

static void round_two_threads(void)
{
	round_several(2);
}

static void round_four_threads(void)
{
	round_several(4);
}

/* A waits for nothing in its function. B and C want the once of A, and D wants the once of C. That is a tree without a
 * circle, so nobody gets EDEADLK. */
static void a_way_that_does_not_lead_back(void)
{
	leat_once onces[3] = { 0 };
	struct stay stays[] = { make_stay(NULL, NULL, NULL), make_stay(&onces[0], count, NULL),
	                        make_stay(&onces[0], count, NULL) };
	caller callers[3], last;

	for (int i = 0; i < 3; i++) {
		begin_call(&callers[i], &onces[i], stay_a_while, &stays[i]);
		check(leat_wait(stays[i].in.rx) == 1);
	}
	check(leat_signal(stays[2].out.tx) == 1 && leat_signal(stays[1].out.tx) == 1);
	begin_call(&last, &onces[2], count, NULL);
	must_block(&callers[1].behind);
	must_block(&callers[2].behind);
	must_block(&last.behind);
	check(leat_signal(stays[0].out.tx) == 1);
	for (int i = 0; i < 3; i++) {
		must_give(&callers[i], 1, 0);
		check(stays[i].result == 0);
		drop_stay(&stays[i]);
	}
	must_give(&last, 0, 0);
}

/* Wait for the first once, which is then freed. Then call in the second once, for which another thread waits. */
struct two_in_turn { leat_once *first, second; leat_chan between; struct stay stay; };

static void come_to_both(void *of_two)
{
	struct two_in_turn *self = of_two;

	check(leat_once_do(self->first, count, NULL) == 0);
	check(leat_signal(self->between.tx) == 1); /* now no thread is in the first once */
	check(leat_wait(self->between.rx) == 1);   /* the first once has been freed */
	check(leat_once_do(&self->second, stay_a_while, &self->stay) == 1);
}

static void who_has_waited_may_free_it(void)
{
	struct two_in_turn two = { calloc(1, sizeof(leat_once)), { 0 }, leat_make_unit(), make_stay(NULL, NULL, NULL) };
	struct stay in_first = make_stay(NULL, NULL, NULL);
	caller at_first, at_second;
	background waiter;

	check(two.first);
	begin_call(&at_first, two.first, stay_a_while, &in_first);
	check(leat_wait(in_first.in.rx) == 1);
	begin(&waiter, come_to_both, &two);
	must_block(&waiter);
	check(leat_signal(in_first.out.tx) == 1);
	must_give(&at_first, 1, 0);
	check(leat_wait(two.between.rx) == 1);
	free(two.first);
	check(leat_signal(two.between.tx) == 1);
	check(leat_wait(two.stay.in.rx) == 1);
	begin_call(&at_second, &two.second, count, NULL);
	must_block(&at_second.behind);
	check(leat_signal(two.stay.out.tx) == 1);
	must_return(&waiter);
	must_give(&at_second, 0, 0);
	drop_stay(&in_first);
	drop_stay(&two.stay);
	leat_drop(two.between);
}

/* Each thread goes through the onces in an order of its own, each once inside the function of the previous one. */
enum { ONCES = 3 };

struct maze { leat_once onces[ONCES]; atomic_int arrived, calls[ONCES], refused; };
struct path { struct maze *maze; int order[ONCES], depth; };

static void go_deeper(void *of_path)
{
	struct path *self = of_path;

	atomic_fetch_add(&self->maze->calls[self->order[self->depth]], 1);
	if (++self->depth == ONCES)
		return;
	if (leat_once_do(&self->maze->onces[self->order[self->depth]], go_deeper, self) < 0) {
		check(errno == EDEADLK);
		atomic_fetch_add(&self->maze->refused, 1);
	}
}

/* A thread that is in no function of a once is never refused. */
static void enter_maze(void *of_path)
{
	struct path *self = of_path;

	meet(&self->maze->arrived, THREADS);
	check(leat_once_do(&self->maze->onces[self->order[0]], go_deeper, self) >= 0);
}

static void shuffle_path(struct path *self, unsigned *random)
{
	for (int i = 0; i < ONCES; i++) {
		int j = (int)random_below(random, (unsigned)i + 1);

		self->order[i] = self->order[j];
		self->order[j] = i;
	}
}

static void circles_that_close_at_once(void)
{
	unsigned random = 1;

	for (int round = 0; round < ROUNDS; round++) {
		struct maze maze = { 0 };
		struct path paths[THREADS] = { 0 };

		for (int i = 0; i < THREADS; i++) {
			paths[i].maze = &maze;
			shuffle_path(&paths[i], &random);
			check(leat_go(enter_maze, &paths[i]) == 1);
		}
		check(leat_wait_all(LEAT_NEVER) == 1);
		for (int i = 0; i < ONCES; i++)
			check(atomic_load(&maze.calls[i]) <= 1);
		check(atomic_load(&maze.calls[paths[0].order[0]]) == 1);
		check(atomic_load(&maze.refused) < ONCES);
	}
}

/* ------------------------------------------------------------------------------------------- after a fork */

static atomic_int forked;

static void call_many(void *arg)
{
	int number = 0;

	(void)arg;
	while (!atomic_load(&forked))
		check(leat_once_do(&(leat_once){ 0 }, count, &number) == 1);
}

/* Other threads were calling at the time of the fork. If the child hangs, the limit of the test ends it. */
static void in_the_child_of_a_fork(void)
{
	background other;

	atomic_store(&forked, 0);
	begin(&other, call_many, NULL);
	for (int i = 0; i < ROUNDS / 2; i++) {
		int status, number = 0;
		pid_t child = fork();

		check(child >= 0);
		if (child == 0) {
			_exit(leat_once_do(&(leat_once){ 0 }, count, &number) == 1 && number == 1 ? 0 : 1);
		}
		check(waitpid(child, &status, 0) == child);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	atomic_store(&forked, 1);
	must_return(&other);
}

/* ------------------------------------------------------------------------------------------------ a value -- */

static atomic_int computed;

static int compute(void *arg, void **value)
{
	atomic_fetch_add(&computed, 1);
	nap(1);
	*value = arg;
	return 0;
}

static int compute_in_vain(void *of_result, void **value)
{
	atomic_fetch_add(&computed, 1);
	*value = value;
	return *(int *)of_result;
}

static int leave_computing(void *arg, void **value)
{
	(void)value;
	atomic_store((atomic_int *)arg, 1);
	pthread_exit(NULL);
}

typedef struct {
	background behind;
	leat_once_value *once;
	int (*fn)(void *arg, void **value);
	void *arg, *value;
} getter;

static void get_it(void *of_getter)
{
	getter *self = of_getter;

	if (leat_once_value_get(self->once, self->fn, self->arg, &self->value) < 0)
		self->value = NULL;
}

static void a_value_is_computed_once(void)
{
	for (int round = 0; round < 20; round++) {
		leat_once_value once = { 0 };
		getter getters[THREADS];
		int first = 1;

		atomic_store(&computed, 0);
		for (int i = 0; i < THREADS; i++) {
			getters[i] = (getter){ .once = &once, .fn = compute, .arg = &first };
			begin(&getters[i].behind, get_it, &getters[i]);
		}
		for (int i = 0; i < THREADS; i++) {
			must_return(&getters[i].behind);
			check(getters[i].value == &first);
		}
		check(atomic_load(&computed) == 1);
	}
}

static void a_failure_is_kept(void)
{
	int results[] = { -EIO, INT32_MIN, -1000 }, expected[] = { EIO, EINVAL, EINVAL };

	for (int i = 0; i < 3; i++) {
		leat_once_value once = { 0 };
		void *value = NULL;

		atomic_store(&computed, 0);
		for (int again = 0; again < 2; again++) {
			errno = 0;
			check(leat_once_value_get(&once, compute_in_vain, &results[i], &value) == -1 &&
			      errno == expected[i]);
		}
		check(value == NULL && atomic_load(&computed) == 1);
	}
}

static void one_that_leaves_has_no_value(void)
{
	leat_once_value once = { 0 };
	atomic_int left = 0;
	getter first = { .once = &once, .fn = leave_computing, .arg = &left };
	void *value;

	begin(&first.behind, get_it, &first);
	must_return(&first.behind);
	errno = 0;
	check(leat_once_value_get(&once, compute, NULL, &value) == -1 && errno == EOWNERDEAD);
	check(atomic_load(&left) == 1);
}

static int compute_itself(void *of_once, void **value)
{
	errno = 0;
	check(leat_once_value_get(of_once, compute, NULL, value) == -1 && errno == EDEADLK);
	*value = of_once;
	return 1; /* is no failure */
}

static void a_value_that_waits_for_itself(void)
{
	leat_once_value once = { 0 };
	void *value = NULL;

	check(leat_once_value_get(&once, compute_itself, &once, &value) == 1 && value == &once);
	check(leat_once_value_get(&once, NULL, NULL, &value) == -1 && errno == EINVAL);
	check(leat_once_value_get(&once, compute, NULL, NULL) == -1 && errno == EINVAL);
}

int main(int argc, char **argv)
{
	return RUN(it_is_calls_that_count, no_function, one_of_many_calls, the_others_wait_for_its_return,
	           who_leaves_by_pthread_exit_has_called, in_its_own_function, round_two_in_one_thread,
	           round_two_threads, round_four_threads, a_way_that_does_not_lead_back, who_has_waited_may_free_it,
	           circles_that_close_at_once, in_the_child_of_a_fork, a_value_is_computed_once, a_failure_is_kept,
	           one_that_leaves_has_no_value, a_value_that_waits_for_itself);
}
