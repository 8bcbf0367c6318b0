/* SPDX-License-Identifier: 0BSD
 *
 * process_asks.c - leat_process where the system has no pidfd and no pipe2: it asks again and again whether the program
 * has ended. These tests run the same code, compiled without the two.
 */
#include <sys/syscall.h>
#undef SYS_pidfd_open
#undef SYS_pidfd_send_signal
#define LEAT_NO_PIPE2
#include "../../patterns/poll.c" /* has the pipe */
#include "../../patterns/process.c"

#include "../test.h"

static leat_rx shell(leat_rx done, const char *script, int *status, leat_time grace)
{
	return leat_process(done, LEAT_NIL, &(leat_command){
		.argv = LEAT_ARGV("sh", "-c", script), .status = status, .grace = grace });
}

static void must_begin(leat_rx out)
{
	leat_bytes bytes;

	check(leat_recv(out, &bytes) == 1);
	leat_bytes_drop(&bytes);
}

static void must_end(leat_rx out, int cause)
{
	check(leat_drain(out) == cause);
	errno = 0;
	check(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void its_end(void)
{
	int status = -1;

	must_end(shell(LEAT_NIL, "exit 3", &status, 0), ECHILD);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	must_end(shell(LEAT_NIL, "exec sleep 0.01 >&-", &status, 0), 0);
	check(status == 0);
}

static void done_ends_it(void)
{
	static const char *const scripts[] = { "echo ready; exec sleep 1000", "trap '' TERM; echo ready; exec sleep 1000" };

	for (int i = 0; i < 2; i++) {
		leat_chan done = leat_make_unit();
		int status = 0;
		leat_rx out = shell(done.rx, scripts[i], &status, i ? LEAT_MS(20) : LEAT_S(3600));

		must_begin(out);
		check(leat_close(done.tx) == 1);
		must_end(out, ECANCELED);
		check(WIFSIGNALED(status) && WTERMSIG(status) == (i ? SIGKILL : SIGTERM));
		leat_drop(done);
	}
}

static void sigchld_may_be_ignored(void)
{
	int status = 0;

	check(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	must_end(shell(LEAT_NIL, "echo x", &status, 0), ECHILD);
	check(status == -1 && signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

int main(int argc, char **argv)
{
	return RUN(its_end, done_ends_it, sigchld_may_be_ignored);
}
