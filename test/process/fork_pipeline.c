/* SPDX-License-Identifier: 0BSD
 *
 * fork_pipeline.c - fork again and again while a pipeline runs. The pipeline has several stages, and another thread
 * receives its values.
 *
 * The child has none of these threads. It can make its own channels, selects, timers, synchronisers and stages, and end
 * by exit. The pipeline of the parent goes on and loses nothing. (fork.c has forks at other moments.)
 */
#include "../test.h"

#include <sys/wait.h>

/* As fork.c says, a child under the thread sanitizer cannot start threads. The leak checker of the address sanitizer
 * would report what only the parent's other threads pointed to, because they do not exist in the child. So such a child
 * ends without it. */
enum { MAY_START = !UNDER_TSAN, MAY_EXIT = !UNDER_TSAN && !UNDER_ASAN, FORKS = MAY_EXIT ? 200 : 60 };

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------------- in the child -- */

static int square(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in * *(const int *)in;
	return 1;
}

static void use_channels(void)
{
	leat_chan chan = leat_make(int, capacity + 1), other = leat_make(int, 0);
	leat_rx after = leat_after(LEAT_US(100));
	int n = 0;
	leat_case on[] = { LEAT_RECV(chan.rx, &n), LEAT_RECV(other.rx, &n) };

	check(leat_send(chan.tx, &(int){ 3 }) == 1);
	check(leat_select(on, LEAT_NEVER) == 0 && n == 3);
	check(leat_select(on, leat_in(LEAT_US(100))) == -1 && errno == ETIMEDOUT);
	check(leat_wait(after) == 0 && leat_cause(after) == ETIMEDOUT);
	leat_drop(after);
	leat_drop(chan);
	leat_drop(other);
}

static void count(void *number)
{
	atomic_fetch_add((atomic_int *)number, 1);
}

static void use_synchronisers(void)
{
	leat_mutex mutex = { 0 };
	leat_waitgroup group = { 0 };
	atomic_int number = 0;

	leat_mutex_lock(&mutex);
	check(leat_mutex_lock_by(&mutex, leat_in(LEAT_US(100))) == -1 && errno == ETIMEDOUT);
	leat_mutex_unlock(&mutex);
	if (!MAY_START)
		return;
	for (int i = 0; i < 3; i++)
		check(leat_waitgroup_go(&group, count, &number) == 1);
	check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1 && atomic_load(&number) == 3);
}

static void use_stages(void)
{
	leat_rx squares = leat_map_n(nil, numbers(0, 10), 2, int, square, NULL);
	int sum = 0;

	for (int n; leat_recv(squares, &n) > 0;)
		sum += n;
	check(sum == 285 && leat_cause(squares) == 0);
	leat_drop(squares);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void be_child(void)
{
	check(leat_live() == 0);
	use_channels();
	use_synchronisers();
	if (MAY_START)
		use_stages();
	if (MAY_EXIT)
		exit(0);
	_exit(0);
}

/* ------------------------------------------------------------------------------------------------ in the parent -- */

static atomic_int stop;

/* None of these functions allocates. Otherwise the child of a fork could hang under the address sanitizer. */
static int next_number(void *of_int, void *out)
{
	*(int *)out = (*(int *)of_int)++;
	return !atomic_load(&stop);
}

static int odd(void *arg, const void *in)
{
	(void)arg;
	return *(const int *)in % 2;
}

static int add_one(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

/* The even numbers must come in order: 2, 4, 6, and so on. `received` counts them. */
static struct { leat_rx in; atomic_long received; } reader;

static void receive_even(void *arg)
{
	int expected = 2;

	(void)arg;
	for (int n; leat_recv(reader.in, &n) > 0; expected += 2) {
		check(n == expected);
		atomic_fetch_add(&reader.received, 1);
	}
}

static void in_the_middle_of_it(void)
{
	leat_rx in;
	int first = 0;
	background behind;

	atomic_store(&stop, 0);
	atomic_store(&reader.received, 0);
	in = leat_buffer(leat_repeat_fn_of(nil, LEAT_TYPE(int), next_number, &first), capacity);
	in = leat_or_done(nil, leat_filter(nil, in, odd, NULL));
	reader.in = leat_map_ordered(nil, in, 2, int, add_one, NULL);
	leat_trim();
	begin(&behind, receive_even, NULL);
	while (atomic_load(&reader.received) < 100) /* by then all threads work, and none is being started */
		sched_yield();
	for (int i = 0; i < FORKS; i++) {
		long before = atomic_load(&reader.received);
		int status;
		pid_t child = fork();

		check(child >= 0);
		if (child == 0)
			be_child();
		check(waitpid(child, &status, 0) == child);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		while (atomic_load(&reader.received) == before) /* the pipeline goes on */
			sched_yield();
	}
	atomic_store(&stop, 1);
	must_return(&behind);
	check(leat_cause(reader.in) == 0);
	leat_drop(reader.in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&reader.received) == (first - 1) / 2);
}

int main(int argc, char **argv)
{
	return RUN(in_the_middle_of_it);
}
