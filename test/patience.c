/* SPDX-License-Identifier: 0BSD
 *
 * patience.c - patience SECONDS COMMAND...: run the command, and end it if it takes too long, with all processes of its
 * group. Then the status is 124; otherwise it is that of the command.
 *
 * SECONDS are seconds of an idle machine. If N other threads want each core, the command gets 1/(1 + N) of the time,
 * and a second counts as that part of one. It never counts as less than 1/MOST, so that a command that hangs is found
 * on any machine.
 */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L
#include "number.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOO_LONG = 124, MOST = 20, GRACE = 5 };

static sigset_t awaited;

/* How much one second counts now. */
static double share(void)
{
	double load = 0, cores = (double)sysconf(_SC_NPROCESSORS_ONLN), parts;

	if (getloadavg(&load, 1) != 1)
		return 1;
	parts = 1 + load / cores;
	return 1 / (parts < MOST ? parts : MOST);
}

static pid_t start(char **command)
{
	sigset_t former;
	pid_t child;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGHUP);
	sigprocmask(SIG_BLOCK, &awaited, &former);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &former, NULL);
		execvp(*command, command);
		perror(*command);
		_exit(127);
	}
	if (child > 0)
		setpgid(child, child); /* here too, because it is not known which of the two runs first */
	return child;
}

/* Wait a second for a signal. Returns its number, or 0. */
static int next_signal(void)
{
	int number = sigtimedwait(&awaited, NULL, &(struct timespec){ 1, 0 });

	return number > 0 ? number : 0;
}

/* Returns whether the command has ended, with its status as a shell gives it. */
static int has_ended(pid_t child, int *status)
{
	int how;

	if (waitpid(child, &how, WNOHANG) != child)
		return 0;
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	return 1;
}

/* Ask all processes of the group to end. Kill those that are still there after GRACE seconds. */
static void end(pid_t child)
{
	int status, ended = 0;

	kill(-child, SIGTERM);
	for (int looks = 0; looks < 10 * GRACE; looks++) {
		ended = ended || has_ended(child, &status);
		if (ended && kill(-child, 0) < 0)
			return;
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	}
	kill(-child, SIGKILL);
}

int main(int argc, char **argv)
{
	double left = argc > 2 ? (double)number_between(1, 1000000, argv[1]) : 0;
	int number = 0, status = 127;
	pid_t child;

	if (argc < 3) {
		fputs("usage: patience SECONDS COMMAND...\n", stderr);
		return 2;
	}
	child = start(argv + 2);
	if (child < 0) {
		perror("patience");
		return status;
	}
	while (!has_ended(child, &status)) {
		if (left <= 0 || (number && number != SIGCHLD)) {
			end(child);
			if (left <= 0)
				fprintf(stderr, "took more than %s s\n", argv[1]);
			return left <= 0 ? TOO_LONG : 128 + number;
		}
		number = next_signal();
		left -= number ? 0 : share();
	}
	return status;
}
