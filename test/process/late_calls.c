/* SPDX-License-Identifier: 0BSD
 *
 * late_calls.c - calls of leat at the end of a thread, from the destructors of its keys, and at the end of the process,
 * from atexit, while stages run. They work as anywhere else, and a call that waits does wait. The destructors of a
 * started function's thread run when the thread ends. The process ends with its status.
 */
#include "../test.h"

#include <sys/wait.h>

static const leat_rx nil;

static int square(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in * *(const int *)in;
	return 1;
}

/* Use channels, a select, time, and stages with threads of their own. */
static int everything_works(void)
{
	leat_chan chan = leat_make(int, capacity), full = leat_make(int, 0);
	leat_rx squares = leat_map(nil, numbers(0, 10), int, square, NULL);
	int n = 0, sum = 0;
	leat_case on[] = { LEAT_RECV(chan.rx, &n), LEAT_SEND(full.tx, &n) };
	int right = leat_select(on, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT;

	while (leat_recv(squares, &n) > 0)
		sum += n;
	leat_drop(squares);
	leat_drop(full);
	leat_drop(chan);
	return right && sum == 285;
}

/* ------------------------------------------------------------------------------------ the destructors of a key -- */

static pthread_key_t key;
static leat_chan results;

static void work_at_the_end(void *unused)
{
	int right = everything_works();

	(void)unused;
	check(leat_send(results.tx, &right) == 1);
}

static void leave_work(void *unused)
{
	(void)unused;
	check(pthread_setspecific(key, &key) == 0);
}

static void leave_work_and_exit(void *unused)
{
	leave_work(unused);
	pthread_exit(NULL);
}

/* Threads of three kinds: one that the program started, a started function that leaves by pthread_exit, and an idle
 * thread, which leat_trim ends. */
static void from_a_destructor(void)
{
	leat_rx ones = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
	background own_thread;
	int right = 0;

	check(pthread_key_create(&key, work_at_the_end) == 0);
	results = leat_make(int, 10);
	begin(&own_thread, leave_work, NULL);
	must_return(&own_thread);
	check(leat_recv(results.rx, &right) == 1 && right);
	check(leat_go(leave_work_and_exit, NULL) == 1);
	check(leat_recv(results.rx, &right) == 1 && right);
	check(leat_go(leave_work, NULL) == 1);
	while (leat_live() > 1)
		sched_yield();
	leat_trim();
	check(leat_recv(results.rx, &right) == 1 && right);
	check(leat_wait(ones) == 1);
	leat_drop(ones);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	leat_drop(results);
	check(pthread_key_delete(key) == 0);
}

/* -------------------------------------------------------------------------------------------------------- atexit -- */

static leat_rx endless;
static int said[2];

static void work_at_exit(void)
{
	int n = 0;
	char answer = leat_recv(endless, &n) == 1 && n == 1 && everything_works() ? 'y' : 'n';

	check(write(said[1], &answer, 1) == 1);
}

static void leave(void *arg)
{
	pthread_exit(arg);
}

/* This runs after the handler of leat's own. */
static void end_all_at_exit(void)
{
	char answer;

	leat_drop(endless);
	check(leat_go(leave, NULL) == 1);
	answer = leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0 ? 'y' : 'n';
	leat_trim();
	check(write(said[1], &answer, 1) == 1);
}

/* exit is called by main, or by a started function, while stages work. A started function cannot wait until all have
 * ended. */
static void exit_now(void *status)
{
	exit(*(int *)status);
}

static void be_child(int by_started)
{
	static int status = 9;

	check(by_started || atexit(end_all_at_exit) == 0); /* registered first, so it runs last */
	check(atexit(work_at_exit) == 0);
	endless = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
	if (by_started)
		check(leat_go(exit_now, &status) == 1 && leat_wait(nil) == 1);
	exit_now(&status);
}

/* This test runs before the process has started threads. */
static void from_atexit(void)
{
	for (int by_started = 0; by_started < 2; by_started++) {
		char answers[3] = "";
		int status;
		pid_t child;

		check(pipe(said) == 0);
		child = fork();
		check(child >= 0);
		if (child == 0)
			be_child(by_started);
		check(close(said[1]) == 0 && waitpid(child, &status, 0) == child);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 9);
		check(read(said[0], answers, 2) == (by_started ? 1 : 2) && close(said[0]) == 0);
		check(strcmp(answers, by_started ? "y" : "yy") == 0);
	}
}

int main(int argc, char **argv)
{
	return RUN(from_atexit, from_a_destructor);
}
