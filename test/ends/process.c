/* SPDX-License-Identifier: 0BSD
 *
 * process.c - leat_process runs a program between two streams. Its end is the cause of the output, done and the consumer
 * stop it, and whatever happens it is reaped and leaves no descriptor.
 */
#include "../test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------------- to run them -- */

static leat_rx shell(leat_rx done, leat_rx in, const char *script, int *status)
{
	return leat_process(done, in, &(leat_command){ .argv = LEAT_ARGV("sh", "-c", script), .status = status });
}

/* The stream has this text, and ends with this cause. */
static void must_print(leat_rx out, const char *text, int cause)
{
	size_t length = strlen(text), got = 0;

	for (leat_bytes bytes; leat_recv(out, &bytes) > 0; leat_bytes_drop(&bytes)) {
		check(bytes.size > 0 && bytes.size <= length - got && memcmp(bytes.at, text + got, bytes.size) == 0);
		got += bytes.size;
	}
	check(got == length && leat_cause(out) == cause);
	leat_drop(out);
}

/* Wait until a program has printed something. */
static void must_begin(leat_rx out)
{
	leat_bytes bytes;

	check(leat_recv(out, &bytes) == 1);
	leat_bytes_drop(&bytes);
}

static void must_have_no_child(void)
{
	errno = 0;
	check(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

enum { LINES = 3000 }; /* of 65 bytes: more than two pipes hold */

static int make_line(void *of_count, void *out)
{
	atomic_int *count = of_count;
	char text[80];
	int n = atomic_fetch_add(count, 1);

	if (n >= LINES)
		return 0;
	check(snprintf(text, sizeof text, "%064d", n) == 64);
	check(leat_bytes_copy(out, text, 64) == 0);
	return 1;
}

static leat_rx lines(atomic_int *count)
{
	atomic_init(count, 0);
	return leat_buffer(leat_repeat_fn_of(nil, &leat_bytes_type, make_line, count), capacity);
}

/* -------------------------------------------------------------------------------------------------- what it does -- */

static void a_stream_goes_through_it(void)
{
	atomic_int count;
	int status = -1, wanted = 0;
	leat_rx out = leat_process(nil, lines(&count), &(leat_command){
		.argv = LEAT_ARGV("cat"), .lines = 1, .status = &status });
	char text[80] = "";
	size_t at = 0;

	for (leat_bytes bytes; leat_recv(out, &bytes) > 0; leat_bytes_drop(&bytes))
		for (size_t i = 0; i < bytes.size; i++) {
			if (text[at] == '\0') {
				check(snprintf(text, sizeof text, "%064d\n", wanted++) == 65);
				at = 0;
			}
			check(bytes.at[i] == text[at++]);
		}
	check(wanted == LINES && text[at] == '\0' && leat_cause(out) == 0 && status == 0);
	leat_drop(out);
}

static void it_may_have_no_input(void)
{
	must_print(leat_process(nil, nil, &(leat_command){ .argv = LEAT_ARGV("cat") }), "", 0);
	must_print(leat_process(nil, leat_ended(0), &(leat_command){ .argv = LEAT_ARGV("cat") }), "", 0);
}

static void its_environment(void)
{
	must_print(leat_process(nil, nil, &(leat_command){
		.argv = LEAT_ARGV("/bin/sh", "-c", "echo $A"), .env = LEAT_ARGV("A=b") }), "b\n", 0);
}

static void both_outputs_are_streams(void)
{
	leat_rx err, out = leat_process(nil, nil, &(leat_command){
		.argv = LEAT_ARGV("sh", "-c", "echo out; echo err >&2; exit 1"), .err = &err });

	must_print(err, "err\n", 0);
	must_print(out, "out\n", ECHILD);
}

static void its_status_is_the_cause(void)
{
	int status = -1;

	must_print(shell(nil, nil, "echo x; exit 3", &status), "x\n", ECHILD);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	must_print(shell(nil, nil, "kill -9 $$", &status), "", ECHILD);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	must_print(shell(nil, nil, "exec >&-; exit 0", &status), "", 0);
	check(status == 0);
}

/* The source has no end within reach; it stops because the program reads no more. It may count a little longer. */
static void it_may_leave_its_input(void)
{
	atomic_int count;

	must_print(leat_process(nil, lines(&count), &(leat_command){ .argv = LEAT_ARGV("head", "-c", "2") }), "00", 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	must_print(shell(nil, lines(&count), "exit 0", NULL), "", 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* The source is silent when the program ends. */
static void it_may_leave_a_silent_input(void)
{
	leat_chan silent = leat_make_of(&leat_bytes_type, capacity);

	must_print(shell(nil, silent.rx, "exit 0", NULL), "", 0);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
	leat_drop(silent.tx);
}

static void the_cause_of_the_input_passes(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_bytes bytes;

	check(leat_bytes_copy(&bytes, "some", 4) == 0 && leat_send(chan.tx, &bytes) == 1);
	check(leat_close_with(chan.tx, EBADMSG) == 1);
	must_print(leat_process(nil, chan.rx, &(leat_command){ .argv = LEAT_ARGV("cat") }), "some", EBADMSG);
	leat_drop(chan.tx);
	must_print(leat_process(nil, leat_ended(EIO), &(leat_command){ .argv = LEAT_ARGV("cat") }), "", EIO);
}

static void what_it_has_started_may_print_later(void)
{
	must_print(shell(nil, nil, "(sleep 0.01; echo late) & exit 0", NULL), "late\n", 0);
}

static void what_cannot_be_run(void)
{
	leat_rx err;

	must_print(leat_process(nil, nil, &(leat_command){ .argv = LEAT_ARGV("leat-has-no-such-program") }), "", ENOENT);
	must_print(leat_process(nil, nil, &(leat_command){ .argv = LEAT_ARGV("/dev/null"), .err = &err }), "", EACCES);
	must_print(err, "", 0);
	must_print(leat_process(nil, nil, &(leat_command){ .err = &err }), "", EINVAL);
	must_print(err, "", EINVAL);
	must_print(leat_process(nil, numbers(0, 3), &(leat_command){ .argv = LEAT_ARGV("cat") }), "", EINVAL);
	must_print(leat_process(nil, nil, NULL), "", EINVAL);
	must_have_no_child();
}

/* --------------------------------------------------------------------------------------------------- the stop -- */

static void done_ends_it(void)
{
	leat_chan done = leat_make_unit();
	int status = 0;
	leat_rx out = shell(done.rx, nil, "echo ready; exec sleep 1000", &status);

	must_begin(out);
	check(leat_close(done.tx) == 1);
	must_print(out, "", ECANCELED);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	leat_drop(done);
	must_have_no_child();
}

/* An action that ignores a signal is kept when the shell becomes another program. */
static void one_that_ignores_it_is_killed(void)
{
	leat_chan done = leat_make_unit();
	int status = 0;
	leat_rx out = leat_process(done.rx, nil, &(leat_command){
		.argv = LEAT_ARGV("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000"),
		.status = &status, .grace = LEAT_MS(20) });

	must_begin(out);
	check(leat_close_with(done.tx, EINTR) == 1);
	must_print(out, "", EINTR);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	leat_drop(done);
	must_have_no_child();
}

/* It closes its stdout, so that the stage waits for the end of the program alone. */
static void done_ends_it_without_output(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = shell(done.rx, nil, "exec sleep 1000 >&-", NULL);

	check(leat_wait_by(out, leat_in(LEAT_MS(10))) == -1);
	check(leat_close(done.tx) == 1);
	must_print(out, "", ECANCELED);
	leat_drop(done);
	must_have_no_child();
}

static void dropping_the_output_ends_it(void)
{
	int status = 0;
	leat_rx out = shell(nil, nil, "echo ready; exec sleep 1000", &status);

	must_begin(out);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	must_have_no_child();
}

/* ------------------------------------------------------------------------------------------------- what is left -- */

/* This thread blocks all signals and ignores these two. The program dies of them all the same. */
static void its_signals_are_as_usual(void)
{
	int status = 0, numbers[] = { SIGPIPE, SIGTERM };
	sigset_t all, former;

	sigfillset(&all);
	check(pthread_sigmask(SIG_SETMASK, &all, &former) == 0);
	for (int i = 0; i < 2; i++) {
		char script[32];

		check(signal(numbers[i], SIG_IGN) != SIG_ERR);
		check(snprintf(script, sizeof script, "kill -%d $$; exit 0", numbers[i]) > 0);
		must_print(shell(nil, nil, script, &status), "", ECHILD);
		check(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
		check(signal(numbers[i], SIG_DFL) == SIG_IGN);
	}
	check(pthread_sigmask(SIG_SETMASK, &former, NULL) == 0);
}

static atomic_int told;

static void note(int number)
{
	(void)number;
	atomic_fetch_add(&told, 1);
}

static void sigchld_stays_the_programs(void)
{
	struct sigaction action = { 0 }, former, after;
	int status = 0;

	action.sa_handler = note;
	action.sa_flags = SA_RESTART;
	check(sigaction(SIGCHLD, &action, &former) == 0);
	must_print(shell(nil, nil, "echo x", &status), "x\n", 0);
	check(atomic_load(&told) == 1 && sigaction(SIGCHLD, NULL, &after) == 0 && after.sa_handler == note);
	check(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	must_print(shell(nil, nil, "echo x", &status), "x\n", ECHILD); /* the system has reaped it */
	check(status == -1 && sigaction(SIGCHLD, &former, NULL) == 0);
}

/* Programs that run at the same time do not have each other's pipes: else the first would never see its end. */
static void they_share_no_descriptor(void)
{
	leat_chan first = leat_make_of(&leat_bytes_type, 0), second = leat_make_of(&leat_bytes_type, 0);
	leat_rx alone = shell(nil, first.rx, "cat", NULL), with = shell(nil, second.rx, "cat", NULL);

	leat_drop(first.tx);
	must_print(alone, "", 0);
	leat_drop(second.tx);
	must_print(with, "", 0);
}

static void many_leave_nothing(void)
{
	int open = descriptors();

	for (int i = capacity > 0 ? 90 : 0; i < 100; i++)
		must_print(leat_process(nil, nil, &(leat_command){ .argv = LEAT_ARGV("true") }), "", 0);
	check(leat_wait_all(LEAT_NEVER) == 1 && descriptors() == open);
	must_have_no_child();
}

static void without_descriptors_nothing_is_run(void)
{
	struct rlimit former, low;
	leat_rx err;
	int first = dup(0);

	check(first >= 0 && close(first) == 0 && getrlimit(RLIMIT_NOFILE, &former) == 0);
	low = former;
	for (rlim_t more = 0; more < 6; more++) {
		low.rlim_cur = (rlim_t)first + more;
		check(setrlimit(RLIMIT_NOFILE, &low) == 0);
		must_print(leat_process(nil, leat_ended(0), &(leat_command){ .argv = LEAT_ARGV("true"), .err = &err }), "",
		           EMFILE);
		must_print(err, "", EMFILE);
		check(setrlimit(RLIMIT_NOFILE, &former) == 0 && dup(0) == first && close(first) == 0);
	}
	must_have_no_child();
}

int main(int argc, char **argv)
{
	return RUN(a_stream_goes_through_it, it_may_have_no_input, its_environment, both_outputs_are_streams,
	           its_status_is_the_cause, it_may_leave_its_input, it_may_leave_a_silent_input,
	           the_cause_of_the_input_passes, what_it_has_started_may_print_later, what_cannot_be_run,
	           done_ends_it, one_that_ignores_it_is_killed,
	           done_ends_it_without_output, dropping_the_output_ends_it, its_signals_are_as_usual,
	           sigchld_stays_the_programs, they_share_no_descriptor, many_leave_nothing,
	           without_descriptors_nothing_is_run);
}
