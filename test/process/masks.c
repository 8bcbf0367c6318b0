/* SPDX-License-Identifier: 0BSD
 *
 * masks.c - leat keeps no signal from a program. A program that a stage starts can be ended. A signal that speaks of
 * one thread ends the process. So does one that comes when the main thread has left. An idle thread takes no signal.
 * Each test runs in a child, which mostly ends by a signal.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

static const leat_rx nil;

static int in_child(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		fn();
		leat_trim(); /* else the thread sanitizer reports a thread that ends meanwhile */
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	return status;
}

static void must_be_ended_by(int number, void (*fn)(void))
{
	int status = in_child(fn);

	check(WIFSIGNALED(status) && WTERMSIG(status) == number);
}

static void must_succeed(void (*fn)(void))
{
	int status = in_child(fn);

	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Run fn as the function of a stage. */
static void in_stage(leat_map_fn *fn)
{
	int n;
	leat_rx out = leat_map(nil, leat_generator(nil, LEAT_VALUES(int, 1)), int, fn, NULL);

	while (leat_recv(out, &n) > 0)
		;
	leat_drop(out);
}

/* ----------------------------------------------------------------------------------------- programs of a stage -- */

/* A signal that the program had blocked would not end it. */
static void must_end(pid_t program)
{
	int status;

	check(kill(program, SIGTERM) == 0 && waitpid(program, &status, 0) == program);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static int start_programs(void *arg, const void *in, void *out)
{
	char *arguments[] = { "sleep", "60", NULL };
	pid_t program;

	(void)arg;
	check(posix_spawnp(&program, "sleep", NULL, NULL, arguments, environ) == 0);
	must_end(program);
	program = fork();
	check(program >= 0);
	if (program == 0) {
		execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(9);
	}
	must_end(program);
	*(int *)out = *(const int *)in;
	return 1;
}

static void start_programs_in_stage(void)
{
	in_stage(start_programs);
}

static void programs_of_a_stage_can_be_ended(void)
{
	must_succeed(start_programs_in_stage);
}

/* ------------------------------------------------------------------------------ signals that speak of one thread -- */

static int write_to_nobody(void *arg, const void *in, void *out)
{
	int ends[2];

	(void)arg;
	(void)in;
	(void)out;
	check(pipe(ends) == 0 && close(ends[0]) == 0);
	check(write(ends[1], "x", 1) == 1); /* SIGPIPE */
	return 1;
}

static int write_too_much(void *arg, const void *in, void *out)
{
	struct rlimit none = { 0, 0 };
	FILE *file = tmpfile();

	(void)arg;
	(void)in;
	(void)out;
	check(file && setrlimit(RLIMIT_FSIZE, &none) == 0);
	check(write(fileno(file), "x", 1) == 1); /* SIGXFSZ */
	return 1;
}

static int call_abort(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	abort();
}

static void write_to_nobody_in_stage(void)
{
	in_stage(write_to_nobody);
}

static void write_too_much_in_stage(void)
{
	in_stage(write_too_much);
}

static void call_abort_in_stage(void)
{
	in_stage(call_abort);
}

static void signals_of_a_thread_end_the_process(void)
{
	must_be_ended_by(SIGPIPE, write_to_nobody_in_stage);
	must_be_ended_by(SIGXFSZ, write_too_much_in_stage);
	must_be_ended_by(SIGABRT, call_abort_in_stage);
}

/* --------------------------------------------------------------------------------------------- main has left -- */

static atomic_int main_leaves;

static void note_leaving(void *value)
{
	(void)value;
	atomic_store(&main_leaves, 1);
}

/* If the main thread has not gone yet, it takes the signal, and the test shows nothing. */
static void end_by_signal(void *arg)
{
	(void)arg;
	while (!atomic_load(&main_leaves))
		sched_yield();
	nap(10);
	check(kill(getpid(), SIGTERM) == 0);
	nap(60000);
}

static void leave_main(void)
{
	pthread_key_t key;

	check(pthread_key_create(&key, note_leaving) == 0 && pthread_setspecific(key, &key) == 0);
	check(leat_go(end_by_signal, NULL) == 1);
	pthread_exit(NULL);
}

static void a_process_without_its_main_thread_can_be_ended(void)
{
	must_be_ended_by(SIGTERM, leave_main);
}

/* ---------------------------------------------------------------------------------------------- idle threads -- */

static void nothing(void *arg)
{
	(void)arg;
}

/* All threads that the program knows of have blocked the signal. So it must stay pending, and not end the process. */
static void wait_for_signal(void)
{
	sigset_t set;
	int number;

	check(leat_go(nothing, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	check(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	check(kill(getpid(), SIGTERM) == 0);
	check(sigwait(&set, &number) == 0 && number == SIGTERM);
}

static void who_is_idle_takes_no_signal(void)
{
	for (int i = 0; i < 50; i++)
		must_succeed(wait_for_signal);
}

int main(int argc, char **argv)
{
	return RUN(programs_of_a_stage_can_be_ended, signals_of_a_thread_end_the_process,
	           a_process_without_its_main_thread_can_be_ended, who_is_idle_takes_no_signal);
}
