/* SPDX-License-Identifier: 0BSD
 *
 * patience.c - patience SECONDS COMMAND...: run the command, and end it if it takes too long, with all processes of its
 * group. Then the status is 124; otherwise it is that of the command.
 *
 * patience --in FOLDER SECONDS CONFIG NAME COMMAND...: the same for test/run. The command reads nothing, and its output
 * goes to the file FOLDER/NAME. The status is 0. One line tells the rest: passed or failed, CONFIG, NAME, the seconds
 * on the clock, those of the processor, and how the command ended. There is no line after an interrupt.
 *
 * SECONDS are seconds of an idle machine. If N other threads want each core, the command gets 1/(1 + N) of the time,
 * and a second counts as that part of one. It never counts as less than 1/MOST, so that a command that hangs is found
 * on any machine.
 */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L
#include "number.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOO_LONG = 124, MOST = 20, GRACE = 5 };

static sigset_t awaited;
static int was_interrupted;

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

/* Returns the status of the command, or that of patience if it had to end the command. */
static int run(const char *seconds, char **command)
{
	double left = (double)number_between(1, 1000000, seconds);
	int number = 0, status = 127;
	pid_t child = start(command);

	if (child < 0) {
		perror("patience");
		return status;
	}
	while (!has_ended(child, &status)) {
		if (left <= 0 || (number && number != SIGCHLD)) {
			end(child);
			if (left <= 0)
				fprintf(stderr, "took more than %s s\n", seconds);
			was_interrupted = left > 0;
			return left <= 0 ? TOO_LONG : 128 + number;
		}
		number = next_signal();
		left -= number ? 0 : share();
	}
	return status;
}

/* What the command and patience itself print goes to this file. Returns a stream to where they printed before. */
static FILE *redirect(const char *folder, const char *name)
{
	char path[4096];
	FILE *former = fdopen(dup(STDOUT_FILENO), "w");
	int in = open("/dev/null", O_RDONLY), out;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (!former || fcntl(fileno(former), F_SETFD, FD_CLOEXEC) != 0 || in < 0 || out < 0 || dup2(in, 0) < 0 ||
	    dup2(out, 1) < 0 || dup2(out, 2) < 0) {
		perror(path);
		exit(2);
	}
	close(in);
	close(out);
	return former;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* argv: FOLDER SECONDS CONFIG NAME COMMAND... The line is written at once, because other processes write there too. */
static int run_and_tell(char **argv)
{
	FILE *out = redirect(argv[0], argv[3]);
	double began = now();
	int status = run(argv[1], argv + 4);
	struct rusage used;

	if (was_interrupted)
		return 1;
	getrusage(RUSAGE_CHILDREN, &used);
	fprintf(out, "%s %s %s %.1f %.1f status %d:", status == 0 ? "passed" : "failed", argv[2], argv[3],
	        now() - began, seconds_of(used.ru_utime) + seconds_of(used.ru_stime), status);
	for (char **word = argv + 4; *word; word++)
		fprintf(out, " %s", *word);
	fputc('\n', out);
	return fclose(out) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc > 6 && strcmp(argv[1], "--in") == 0)
		return run_and_tell(argv + 2);
	if (argc > 2 && strcmp(argv[1], "--in") != 0)
		return run(argv[1], argv + 2);
	fputs("usage: patience [--in FOLDER] SECONDS [CONFIG NAME] COMMAND...\n", stderr);
	return 2;
}
