/* leat_process - another program as a stage.
 * Needs write.c, drain.c, read.c, bytes.c, poll.c and after_func.c.
 *
 *     in -> [write] -> | program | -> [process] -> out
 *                      |         | -> [process] -> err
 *
 * The stages are started first, and the program last. So if there is no thread, nothing was run. The stage of the output
 * gets the pid through a channel. From then on it alone knows the child: it ends it, and reaps it.
 *
 * WHY A PID IS SAFE. The pid of a child belongs to the child until it is reaped, also when it has ended. Only the stage
 * reaps it, and then sends no more signals. A program that reaps all children itself, in a handler of SIGCHLD perhaps,
 * breaks this: the pid may then be another process. So where there is a pidfd, which stays with the process that it was
 * opened for, the signals go there.
 *
 * HOW IT WAITS FOR THE END. A pidfd is readable when its process has ended: leat_stage_poll waits for it. Where there is
 * none (not Linux, a kernel before 5.3, or no descriptor left), the stage asks again every 5 ms.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE /* syscall */
#include "leat.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

extern char **environ;

enum {
	PROCESS_BLOCK = 64 * 1024, /* bytes that are read at once: as many as a pipe holds */
	PROCESS_PAUSE = 5          /* ms, where there is no pidfd */
};

/* The output has the child. The stage of stderr has only `from`. */
struct process {
	int from;           /* what the program writes */
	leat_rx child;      /* gives its pid; over if it could not be started */
	leat_rx feeding;    /* over when its stdin is closed; nil if it gets nothing */
	int *status;
	leat_time grace;
};

struct process_child {
	pid_t pid;
	int fd;             /* a pidfd, or -1 */
};

/* ----------------------------------------------------------------------------------------------- the child ends -- */

static int process_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec, always */
#else
	(void)pid;
	return -1;
#endif
}

/* It may have ended already. */
static void process_signal(const struct process_child *child, int number)
{
#ifdef SYS_pidfd_send_signal
	if (child->fd >= 0) {
		(void)syscall(SYS_pidfd_send_signal, child->fd, number, NULL, 0);
		return;
	}
#endif
	(void)kill(child->pid, number);
}

/* Whether the child has ended, or is not ours any more. It is not reaped. */
static int process_has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid;
}

/* Ask again and again, `times` times, and as long as the stage runs if there is one. */
static int process_ask(pid_t pid, leat_stage *stage, long times)
{
	for (; !process_has_ended(pid); times--) {
		if (times == 0 || (stage && !leat_running(stage)))
			return 0;
		(void)poll(NULL, 0, PROCESS_PAUSE);
	}
	return 1;
}

/* Wait for the end, as long as the stage runs. Without memory or a thread for the wait, ask. */
static int process_ends(const struct process_child *child, leat_stage *stage)
{
	if (child->fd >= 0 && leat_stage_poll(stage, child->fd, POLLIN, LEAT_NEVER) > 0)
		return 1;
	return process_ask(child->pid, stage, -1);
}

static int process_ends_in(const struct process_child *child, leat_time grace)
{
	if (child->fd >= 0)
		return leat_poll(child->fd, POLLIN, LEAT_NIL, leat_in(grace)) > 0;
	return process_ask(child->pid, NULL, (long)(grace / LEAT_MS(PROCESS_PAUSE)));
}

/* Returns its status, or -1 if another part of the program has reaped it. */
static int process_reap(pid_t pid)
{
	int status;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	return reaped == pid ? status : -1;
}

static int process_end_child(leat_stage *stage, const struct process_child *child, leat_time grace)
{
	if (!process_ends(child, stage)) {
		process_signal(child, SIGTERM);
		if (!process_ends_in(child, grace))
			process_signal(child, SIGKILL);
	}
	return process_reap(child->pid);
}

/* -------------------------------------------------------------------------------------------------- the stages -- */

static void process_read(leat_stage *stage, int fd)
{
	leat_bytes room = { 0 }, got;
	long n;

	while ((n = leat_stage_read(stage, fd, PROCESS_BLOCK, &room, &got, LEAT_NEVER)) > 0)
		if (!leat_emit(stage, &got))
			break;
	if (n < 0)
		leat_fail(stage, errno);
	leat_bytes_drop(&room);
}

static void process_read_body(leat_stage *stage, void *of_process)
{
	process_read(stage, ((struct process *)of_process)->from);
}

/* The child is gone: nobody reads its stdin any more. Returns the cause of the input. */
static int process_end_feeding(struct process *self)
{
	int cause = leat_is_nil(self->feeding) ? 0 : leat_cause(self->feeding);

	leat_drop(self->feeding);
	self->feeding = LEAT_NIL;
	return cause;
}

static void process_body(leat_stage *stage, void *of_process)
{
	struct process *self = of_process;
	struct process_child child;
	int status, cause;

	if (leat_recv(self->child, &child.pid) <= 0) {
		leat_fail(stage, leat_cause(self->child));
		(void)process_end_feeding(self);
		return;
	}
	child.fd = process_pidfd(child.pid);
	process_read(stage, self->from);
	status = process_end_child(stage, &child, self->grace ? self->grace : LEAT_S(1));
	if (child.fd >= 0)
		(void)close(child.fd);
	if (self->status)
		*self->status = status;
	cause = process_end_feeding(self);
	if (cause || status)
		leat_fail(stage, cause ? cause : ECHILD);
}

static void process_release(void *of_process)
{
	struct process *self = of_process;

	(void)close(self->from);
	leat_drop(self->child);
	leat_drop(self->feeding);
}

static leat_rx process_start(leat_rx done, void (*body)(leat_stage *, void *), const struct process *process)
{
	leat_type type = { "process", sizeof *process, NULL, process_release };

	return leat_stage_start(&(leat_plan){
		.name = "process",
		.done = done,
		.type = &leat_bytes_type,
		.body = body,
		.arg = process,
		.arg_type = &type,
	});
}

/* ----------------------------------------------------------------------------------------------------- to spawn -- */

/* The ends of three pipes; -1 where there is none. An end that was given away is -1 too. */
struct process_pipes { int in[2], out[2], err[2]; };

static int process_give(int *end)
{
	int given = *end;

	*end = -1;
	return given;
}

static void process_close(struct process_pipes *pipes)
{
	int *ends[] = { &pipes->in[0], &pipes->in[1], &pipes->out[0], &pipes->out[1], &pipes->err[0], &pipes->err[1] };

	for (int i = 0; i < 6; i++)
		if (*ends[i] >= 0)
			(void)close(process_give(ends[i]));
}

/* In the child they become 0, 1 and 2. So they must not be one of these numbers here, where a program that has closed
 * its stdin would get them. */
static int process_pipe(int *ends)
{
	if (leat_pipe_(ends) < 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		int high = ends[i] > 2 ? ends[i] : fcntl(ends[i], F_DUPFD_CLOEXEC, 3);

		if (high < 0)
			return errno;
		if (high != ends[i])
			(void)close(ends[i]);
		ends[i] = high;
	}
	return 0;
}

static int process_set_files(posix_spawn_file_actions_t *files, const struct process_pipes *pipes)
{
	int error = pipes->in[0] >= 0 ? posix_spawn_file_actions_adddup2(files, pipes->in[0], 0)
	                              : posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

	if (!error)
		error = posix_spawn_file_actions_adddup2(files, pipes->out[1], 1);
	if (!error && pipes->err[1] >= 0)
		error = posix_spawn_file_actions_adddup2(files, pipes->err[1], 2);
	return error;
}

/* A handler becomes the default action by itself, but an ignored signal stays ignored. */
static int process_set_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, usual;
	int error;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGTERM);
	sigaddset(&usual, SIGCHLD);
	error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!error)
		error = posix_spawnattr_setsigmask(attributes, &none);
	return error ? error : posix_spawnattr_setsigdefault(attributes, &usual);
}

static char *const *process_texts(const char *const *texts)
{
	return (char *const *)(uintptr_t)texts; /* posix_spawn changes none of them */
}

static int process_spawn_with(const leat_command *command, const struct process_pipes *pipes,
                              posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, pid_t *pid)
{
	char *const *env = command->env ? process_texts(command->env) : environ;
	int error = process_set_files(files, pipes);

	if (!error)
		error = process_set_signals(attributes);
	return error ? error : posix_spawnp(pid, command->argv[0], files, attributes, process_texts(command->argv), env);
}

/* Returns 0 or an errno value. */
static int process_spawn(const leat_command *command, const struct process_pipes *pipes, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (!error) {
		error = process_spawn_with(command, pipes, &files, &attributes, pid);
		(void)posix_spawnattr_destroy(&attributes); /* 0, always, and so is the next */
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return error;
}

/* ------------------------------------------------------------------------------------------------ all together -- */

static int process_make_pipes(const leat_command *command, leat_rx in, struct process_pipes *pipes)
{
	int error = leat_is_nil(in) ? 0 : process_pipe(pipes->in);

	if (!error)
		error = process_pipe(pipes->out);
	return error || !command->err ? error : process_pipe(pipes->err);
}

/* The error of a stage that could not start, or 0. */
static int process_failure(leat_rx stage)
{
	return !leat_is_nil(stage) && leat_never_started(stage) ? leat_cause(stage) : 0;
}

static leat_rx process_feed(leat_rx done, leat_rx in, int fd, int lines)
{
	leat_writing_ how = { .fd = fd, .lines = lines, .closes = 1, .quiet = 1 };

	(void)fcntl(fd, F_SETFL, O_NONBLOCK); /* cannot fail: it is ours. The program has the other end */
	return leat_writer_(done, in, &how, NULL);
}

/* Start the stages, each of which takes its end of a pipe, and then the program. Takes `in` and the pipes. */
static leat_rx process_run(leat_rx done, leat_rx in, const leat_command *command, struct process_pipes *pipes)
{
	leat_chan child = leat_make_exactly_(LEAT_TYPE(pid_t), 1);
	struct process self = { -1, child.rx, LEAT_NIL, command->status, command->grace };
	struct process other = { -1, LEAT_NIL, LEAT_NIL, NULL, 0 };
	int error = leat_cause(child);
	leat_rx out;
	pid_t pid;

	if (!leat_is_nil(in))
		self.feeding = process_feed(done, in, process_give(&pipes->in[1]), command->lines);
	error = error ? error : process_failure(self.feeding);
	if (command->err) {
		other.from = process_give(&pipes->err[0]);
		*command->err = process_start(done, process_read_body, &other);
		error = error ? error : process_failure(*command->err);
	}
	self.from = process_give(&pipes->out[0]);
	out = process_start(done, process_body, &self);
	error = error ? error : process_failure(out);
	error = error ? error : process_spawn(command, pipes, &pid);
	process_close(pipes); /* now, because the stages may need descriptors */
	if (error)
		(void)leat_close_with(child.tx, error); /* 0: it could not be made */
	else
		(void)leat_send(child.tx, &pid); /* 1: there is room */
	leat_drop(child.tx);
	return out;
}

leat_rx (leat_process)(leat_rx done, leat_rx in, const leat_command *command)
{
	struct process_pipes pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int error = command && command->argv && command->argv[0] ? 0 : EINVAL;

	if (!error)
		error = process_make_pipes(command, in, &pipes);
	if (!error)
		return process_run(done, in, command, &pipes);
	process_close(&pipes);
	leat_drop(in);
	if (command && command->err)
		*command->err = leat_ended(error);
	return leat_ended(error);
}
