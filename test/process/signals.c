/* SPDX-License-Identifier: 0BSD
 *
 * signals.c - leat_signals. The raised signals arrive. A stream owns its signal numbers. When it ends, the former
 * actions are back.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

static atomic_int handled; /* how often the program's own action ran */

static void handle(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

/* The program's own action for the signal. */
static void install(int number)
{
	struct sigaction action = { .sa_handler = handle };

	sigemptyset(&action.sa_mask);
	check(sigaction(number, &action, NULL) == 0);
}

static void uninstall(int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigemptyset(&action.sa_mask);
	check(sigaction(number, &action, NULL) == 0);
}

static void must_be_installed(int number)
{
	struct sigaction action;

	check(sigaction(number, NULL, &action) == 0);
	check(action.sa_handler == handle);
}

static void must_be_default(int number)
{
	struct sigaction action;

	check(sigaction(number, NULL, &action) == 0);
	check(action.sa_handler == SIG_DFL);
}

static void must_give(leat_rx signals, int number)
{
	int got = 0;

	check(raise(number) == 0);
	check(leat_recv(signals, &got) == 1 && got == number);
}

/* ------------------------------------------------------------------------------------------- what arrives -- */

static void raised_signals_arrive(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1, SIGUSR2, SIGALRM)), capacity);

	check(leat_cause(signals) == 0 && leat_type_of(signals).size == sizeof(int));
	for (int i = 0; i < 20; i++) {
		must_give(signals, SIGUSR1);
		must_give(signals, SIGALRM);
		must_give(signals, SIGUSR2);
	}
	check(leat_wait_by(signals, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(signals);
}

/* When the receiver comes late, it gets the signals in the order in which they were raised. */
static void some_are_kept(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), capacity);
	int number;

	for (int i = 0; i < 5; i++)
		check(raise(SIGUSR1) == 0 && raise(SIGUSR2) == 0);
	for (int i = 0; i < 10; i++)
		check(leat_recv(signals, &number) == 1 && number == (i % 2 ? SIGUSR2 : SIGUSR1));
	leat_drop(signals);
}

static void several_streams(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx first = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity);
	leat_rx second = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR2, SIGUSR2)), capacity);

	for (int i = 0; i < 10; i++) {
		must_give(first, SIGUSR1);
		must_give(second, SIGUSR2);
	}
	leat_drop(first);
	for (int i = 0; i < 10; i++)
		must_give(second, SIGUSR2);
	leat_drop(second);
}

/* A select receives a signal like any other value. */
static void signals_are_cases(void)
{
	leat_rx none = LEAT_NIL;
	leat_chan chan = leat_make(int, capacity);
	leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity);
	int n, number = 0;
	leat_case on[] = { LEAT_RECV(chan.rx, &n), LEAT_RECV(signals, &number) };

	check(raise(SIGUSR1) == 0);
	check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 1 && number == SIGUSR1);
	check(leat_close(chan.tx) == 1);
	check(leat_select(on, LEAT_NEVER) == 0);
	leat_drop(signals);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------- what is refused -- */

static void must_refuse(leat_rx signals, int cause)
{
	check(leat_never_started(signals) && leat_cause(signals) == cause);
	check(leat_wait(signals) == 0);
	leat_drop(signals);
}

/* If one number in the list cannot be caught, none of the others is caught. */
static void numbers_that_cannot_be_caught(void)
{
	leat_rx none = LEAT_NIL;
	const int bad[] = { 0, -1, 65, 1000, SIGKILL, SIGSTOP };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const int numbers[] = { SIGUSR1, bad[i], SIGUSR2 };

		must_refuse(leat_signals(none, &bad[i], 1), EINVAL);
		must_refuse(leat_signals(none, numbers, 3), EINVAL);
		must_be_default(SIGUSR1);
		must_be_default(SIGUSR2);
	}
	must_refuse(leat_signals(none, LEAT_SIGNALS()), EINVAL);
	must_refuse(leat_signals(none, NULL, 1), EINVAL);
}

static void a_number_belongs_to_one_stream(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx first = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity), second;

	must_refuse(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), EBUSY);
	must_refuse(leat_signals(none, LEAT_SIGNALS(SIGUSR2, SIGUSR1)), EBUSY);
	must_be_default(SIGUSR2);
	must_give(first, SIGUSR1);
	second = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR2)), capacity);
	must_give(second, SIGUSR2);
	leat_drop(first);
	leat_drop(second);
}

/* --------------------------------------------------------------------------------------- when it is over -- */

static void former_actions_are_back(void)
{
	int before = atomic_load(&handled);

	must_be_default(SIGUSR1);
	must_be_installed(SIGUSR2);
	check(raise(SIGUSR2) == 0 && atomic_load(&handled) == before + 1);
}

/* The consumer leaves. done shows when the stage has dropped everything. */
static void ended_by_dropping(void)
{
	install(SIGUSR2);
	for (int i = 0; i < 30; i++) {
		leat_chan done = leat_make_unit();
		leat_rx signals = leat_buffer(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), capacity);

		must_give(signals, SIGUSR1);
		must_give(signals, SIGUSR2);
		leat_drop(signals);
		leat_drop(done.rx);
		check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
		former_actions_are_back();
		leat_drop(done.tx);
	}
	uninstall(SIGUSR2);
}

/* A thread that has seen the end finds the former actions. */
static void ended_by_done(void)
{
	install(SIGUSR2);
	for (int i = 0; i < 100; i++) {
		leat_chan done = leat_make_unit();
		leat_rx signals = leat_buffer(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), capacity);

		must_give(signals, SIGUSR2);
		check(leat_close_with(done.tx, i % 2 ? EIO : 0) == 1);
		check(leat_wait(signals) == 0 && leat_cause(signals) == (i % 2 ? EIO : ECANCELED));
		former_actions_are_back();
		leat_drop(signals);
		leat_drop(done);
	}
	uninstall(SIGUSR2);
}

/* Two pipelines that share nothing else watch one stream of signals. One signal ends both, and stays in the stream. */
static void one_signal_ends_all(void)
{
	for (int i = 0; i < 100; i++) {
		leat_chan done = leat_make_unit();
		leat_rx signals = leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1)), ones, twos;

		ones = leat_take(signals, leat_repeat(signals, LEAT_VALUES(int, 1)), LONG_MAX);
		twos = leat_take(signals, leat_repeat(signals, LEAT_VALUES(int, 2)), LONG_MAX);
		check(leat_wait(ones) == 1 && leat_wait(twos) == 1);
		check(raise(SIGUSR1) == 0);
		while (leat_wait(ones) > 0)
			;
		while (leat_wait(twos) > 0)
			;
		check(leat_cause(ones) == ECANCELED && leat_cause(twos) == ECANCELED && leat_len(signals) == 1);
		leat_drop(ones);
		leat_drop(twos);
		leat_drop(signals);
		leat_drop(done.rx);
		check(leat_wait_gone(done.tx, LEAT_NEVER) == 1); /* the number can be opened again */
		leat_drop(done.tx);
	}
}

/* A thread that has seen the end can open a stream for the same number again. */
static void opened_again(void)
{
	for (int i = 0; i < 100; i++) {
		leat_chan done = leat_make_unit();
		leat_rx signals = leat_buffer(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1)), capacity);

		check(leat_cause(signals) == 0);
		must_give(signals, SIGUSR1);
		check(leat_close(done.tx) == 1);
		check(leat_wait(signals) == 0 && leat_cause(signals) == ECANCELED);
		leat_drop(signals);
		leat_drop(done);
	}
}

/* The thread that reads all signals serves other callers too: it does not get the traits of the first one. */
static void the_common_thread_has_no_traits(void)
{
	const leat_traits traits = { .name = "of one caller" };
	leat_rx signals;

	(void)leat_start_with(&traits);
	signals = leat_signals(LEAT_NIL, LEAT_SIGNALS(SIGUSR1));
	check(leat_start_with(NULL) == &traits);
	must_give(signals, SIGUSR1); /* so both threads have begun */
	check(reports(LEAT_TEXT, "of one caller") && reports(LEAT_TEXT, "signals reader"));
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ----------------------------------------------------------------------------------------------- storms -- */

enum { STORM = 20000 };

static void storm(void *arg)
{
	for (int i = 0; i < STORM; i++)
		check(raise(SIGUSR1) == 0);
	(void)arg;
}

/* Two threads raise more signals than anybody can receive. Some are dropped, but the process goes on, and later signals
 * arrive. */
static void a_storm(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), capacity);
	background threads[2];
	int number = 0;

	begin(&threads[0], storm, NULL);
	begin(&threads[1], storm, NULL);
	for (int i = 0; i < 10; i++)
		check(leat_recv(signals, &number) == 1 && number == SIGUSR1);
	must_return(&threads[0]);
	must_return(&threads[1]);
	while (number != SIGUSR2)
		/* A signal is dropped only if others are there to be received. */
		check(raise(SIGUSR2) == 0 && leat_recv(signals, &number) == 1);
	leat_drop(signals);
}

/* Streams come and go. Each signal goes to a stream or to the program's own action. A signal that went elsewhere would
 * end the process. */
static void a_storm_while_reopening(void)
{
	leat_rx none = LEAT_NIL;
	background threads[2];

	install(SIGUSR1);
	begin(&threads[0], storm, NULL);
	begin(&threads[1], storm, NULL);
	for (int i = 0; i < 100; i++) {
		leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity);

		check(leat_cause(signals) == 0);
		check(leat_wait_by(signals, leat_in(LEAT_US(50))) != 0);
		leat_drop(signals);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
	must_return(&threads[0]);
	must_return(&threads[1]);
	must_be_installed(SIGUSR1);
	uninstall(SIGUSR1);
}

/* ------------------------------------------------------------------------------------------- cancellation -- */

/* The thread is cancelled already when the handler runs in it, as it may in the middle of a call of leat. */
static void *take_signal_cancelled(void *of_goes_on)
{
	int *goes_on = of_goes_on;

	check(pthread_cancel(pthread_self()) == 0);
	check(raise(SIGUSR1) == 0);
	*goes_on = 1;
	pthread_testcancel();
	*goes_on = 2;
	return NULL;
}

static void the_handler_is_no_cancellation_point(void)
{
	leat_rx none = LEAT_NIL;
	leat_rx signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity);
	int goes_on = 0, number;
	pthread_t thread;

	check(pthread_create(&thread, NULL, take_signal_cancelled, &goes_on) == 0 && pthread_join(thread, NULL) == 0);
	check(goes_on == 1);
	check(leat_recv(signals, &number) == 1 && number == SIGUSR1);
	leat_drop(signals);
}

/* -------------------------------------------------------------------------------- a program that closes too much -- */

/* In a child, because the test breaks the pipe of leat. That pipe gets the lowest free descriptors. */
static void in_child(void (*fn)(leat_rx signals, const int ends[2]))
{
	leat_rx none = LEAT_NIL;
	int ends[2], status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		check(pipe(ends) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
		fn(leat_signals(none, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), ends);
		leat_trim(); /* else the thread sanitizer reports a thread that ends meanwhile */
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void close_the_writing_end(leat_rx signals, const int ends[2])
{
	must_give(signals, SIGUSR1);
	check(close(ends[1]) == 0);
	check(leat_wait(signals) == 0 && leat_cause(signals) == EPIPE);
	must_be_default(SIGUSR1);
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* The next read of the reader finds a directory instead of the pipe. */
static void replace_the_reading_end(leat_rx signals, const int ends[2])
{
	unsigned char noted = SIGUSR2;
	int directory = open("/", O_RDONLY), number;

	check(directory >= 0);
	must_give(signals, SIGUSR1);
	check(dup2(directory, ends[0]) == ends[0]);
	/* This write ends a read that has begun. If none has, nobody reads the pipe any more, and the write fails. Then
	 * the reader has found the directory already, and SIGPIPE would end the process. */
	check(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	check(write(ends[1], &noted, 1) == 1 || errno == EPIPE);
	while (leat_recv(signals, &number) > 0)
		check(number == SIGUSR2);
	check(leat_cause(signals) == EISDIR);
	must_be_default(SIGUSR2);
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void a_broken_pipe_is_told(void)
{
	in_child(close_the_writing_end);
	in_child(replace_the_reading_end);
}

int main(int argc, char **argv)
{
	return RUN(a_broken_pipe_is_told, raised_signals_arrive, some_are_kept, several_streams, signals_are_cases,
	           numbers_that_cannot_be_caught, a_number_belongs_to_one_stream, ended_by_dropping, ended_by_done,
	           opened_again, the_common_thread_has_no_traits,
	           one_signal_ends_all, the_handler_is_no_cancellation_point, a_storm,
	           a_storm_while_reopening);
}
