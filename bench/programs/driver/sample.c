/* SPDX-License-Identifier: 0BSD
 *
 * sample OUTPUT SECONDS TIMES COMMAND... - run the command TIMES times, one after the other, with its output in the
 * file OUTPUT. Print what one run took: the ms until its end, the ms of CPU of all its processes, the KiB of memory of
 * the largest of them, and the context switches. A command that runs for longer than SECONDS is ended.
 *
 * The status is 124 for such a command, 125 if the arguments make no sense or it cannot be started, else its own. This
 * is a program of its own, because the kernel counts the memory of the process that starts another one as memory of
 * the new one too.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOO_LONG = 124, FAILED = 125 };

extern char **environ;
static volatile sig_atomic_t running; /* the process group of the command */

static void end_command(int number)
{
	(void)number;
	kill(-(pid_t)running, SIGKILL);
}

static double ms_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double ms_of(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* Start the command in a process group of its own. Returns 0 or an errno value. */
static int start(char **command, const char *output, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (!error) {
		error = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
		if (!error)
			error = posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (!error)
			error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
		if (!error)
			error = posix_spawnp(pid, command[0], &files, &attributes, command, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* Returns the status. */
static int run(char **command, const char *output, unsigned seconds)
{
	pid_t pid;
	int error = start(command, output, &pid), status;

	if (error) {
		fprintf(stderr, "%s: %s\n", command[0], strerror(error));
		return FAILED;
	}
	running = pid;
	alarm(seconds);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	if (alarm(0) == 0)
		return TOO_LONG;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	int times = argc > 4 ? atoi(argv[3]) : 0, status = 0;
	struct rusage usage;
	double begin = ms_now(), took;

	if (seconds == 0 || times <= 0) {
		fprintf(stderr, "usage: sample OUTPUT SECONDS TIMES COMMAND...\n");
		return FAILED;
	}
	signal(SIGALRM, end_command);
	for (int i = 0; i < times && status == 0; i++)
		status = run(argv + 4, argv[1], seconds);
	took = ms_now() - begin;
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("%.3f %.3f %ld %.1f\n", took / times, (ms_of(usage.ru_utime) + ms_of(usage.ru_stime)) / times,
	       usage.ru_maxrss, (double)(usage.ru_nvcsw + usage.ru_nivcsw) / times);
	return status;
}
