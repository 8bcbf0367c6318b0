/* SPDX-License-Identifier: 0BSD
 *
 * expect_none.c - leat_expect_none: it returns when nothing runs any more, or tells what does.
 */
#include "../test.h"

#include <fcntl.h>

static char told[4096];

/* Call leat_expect_none(t). What it writes on stderr goes to `told`. */
static int expect_none(leat_time t)
{
	int kept = dup(STDERR_FILENO), end[2], result, error;
	ssize_t length;

	check(pipe(end) == 0 && fcntl(end[0], F_SETFL, O_NONBLOCK) == 0);
	check(kept >= 0 && dup2(end[1], STDERR_FILENO) >= 0);
	result = leat_expect_none(t);
	error = errno;
	check(dup2(kept, STDERR_FILENO) >= 0);
	length = read(end[0], told, sizeof told - 1);
	told[length > 0 ? length : 0] = '\0';
	check(close(kept) == 0 && close(end[0]) == 0 && close(end[1]) == 0);
	errno = error;
	return result;
}

static void nothing_runs(void)
{
	check(expect_none(LEAT_NOW) == 1);
	check(expect_none(LEAT_NEVER) == 1);
	check(told[0] == '\0');
}

static int keeps(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return 1;
}

static void tells_stages_that_were_left(void)
{
	leat_chan numbers = leat_make(int, capacity);
	leat_rx left = leat_filter(LEAT_NIL, numbers.rx, keeps, NULL);

	leat_name(numbers.tx, "numbers");
	do
		check(expect_none(leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	while (!strstr(told, "filter waits to receive from numbers"));
	check(strstr(told, "; started at test/insight/expect_none.c:"));
	check(expect_none(LEAT_NOW) == -1 && errno == EAGAIN);
	check(expect_none(leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	leat_drop(numbers.tx);
	leat_drop(left);
	check(expect_none(LEAT_NEVER) == 1);
	check(told[0] == '\0');
}

static void asks_from_inside(void *result)
{
	*(int *)result = leat_expect_none(LEAT_NEVER) == -1 && errno == EDEADLK;
}

static void a_function_cannot_wait_for_itself(void)
{
	int refused = 0;

	check(leat_go(asks_from_inside, &refused) == 1);
	check(expect_none(LEAT_NEVER) == 1);
	check(refused);
	check(told[0] == '\0');
}

static void runs_until(void *stop)
{
	while (!atomic_load((atomic_int *)stop))
		nap(1);
}

static void tells_a_function_that_runs(void)
{
	atomic_int stop;

	atomic_init(&stop, 0);
	check(leat_go(runs_until, &stop) == 1);
	do
		check(expect_none(leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	while (!strstr(told, " runs"));
	check(strncmp(told, "leat_expect_none: ", 18) == 0);
	atomic_store(&stop, 1);
	check(expect_none(LEAT_NEVER) == 1);
}

/* Mostly its new thread has not run yet. */
static void something_is_told_of_a_function_that_has_not_begun(void)
{
	for (int i = 0; i < 8; i++) {
		atomic_int stop;

		atomic_init(&stop, 0);
		leat_trim();
		check(leat_go(runs_until, &stop) == 1);
		check(expect_none(LEAT_NOW) == -1 && errno == EAGAIN);
		check(strncmp(told, "leat_expect_none: ", 18) == 0);
		atomic_store(&stop, 1);
		check(expect_none(LEAT_NEVER) == 1);
	}
}

int main(int argc, char **argv)
{
	return RUN(nothing_runs, tells_stages_that_were_left, a_function_cannot_wait_for_itself,
	           tells_a_function_that_runs, something_is_told_of_a_function_that_has_not_begun);
}
