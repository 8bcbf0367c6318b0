/* SPDX-License-Identifier: 0BSD
 *
 * process.h - another program as a stage: it gets a stream, and what it prints is a stream.
 *
 *     leat_rx sorted = leat_process(done, names, &(leat_command){ .argv = LEAT_ARGV("sort", "-u"), .lines = 1 });
 */
#ifndef LEAT_PROCESS_H
#define LEAT_PROCESS_H

#include "bytes.h"
#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- process.c ----------------------------------------------------------------------------------- */

/* What to run. A member that is 0 or NULL changes nothing. LEAT_ARGV("sort", "-u") is the address of an array of these
 * texts with NULL behind them, good until the end of the block; it is for C alone. */
typedef struct leat_command {
	const char *const *argv;  /* the program, which is looked for in PATH, and its arguments; NULL is the last */
	const char *const *env;   /* "NAME=value", NULL is the last; NULL: the environment of this process */
	int lines;                /* 1: it gets a newline after each value of the input */
	leat_rx *err;             /* where to put a stream of what it writes to stderr; NULL: it has our stderr */
	int *status;              /* where to put its status, as waitpid gives it */
	leat_time grace;          /* the duration between SIGTERM and SIGKILL; 0: one second */
} leat_command;

/* Run a program. It reads the bytes of `in` from its stdin; if `in` is nil, it reads /dev/null. What it writes to its
 * stdout is the output: leat_bytes, as they come, up to 64 KiB in each. Cut them into lines with leat_lines.
 *
 * THE END. The output is over when the program has ended and all that it has written was received. Its cause is 0 if the
 * program has ended with status 0. Else it is ECHILD: it has ended with another status, or by a signal. *status says
 * which; WIFEXITED of <sys/wait.h> and its relatives read it. It is set before the output is over. As for all stages, a
 * cause of `done` or of `in` comes before this one. A program may end without reading all: that is no failure. If it
 * has started a program that has the same stdout, what that one writes belongs to the output, and its end is awaited.
 *
 * THE STOP. When `done` comes, or the consumer drops the output, the program gets SIGTERM, after `grace` SIGKILL, and the
 * output is over when it has ended. A program that it has started itself goes on, and may still hold the stdout.
 *
 *   returns   the output
 *   handles   takes `in`, borrows `done`. *command is read before the call returns. *status must outlive the stage
 *   threads   one for the output, one for stdin if there is an input, one for stderr if it is a stream. Waiting for the
 *             end takes no other thread. Somebody must receive both streams: a program whose stderr is not read blocks.
 *             If that stream is dropped, the program's next write to stderr raises SIGPIPE there
 *   errors    EINVAL: no argv, or `in` has other values than leat_bytes. ENOENT: no such program. EACCES: it may not be
 *             run. Also EAGAIN, ENOMEM, EMFILE and other errors of posix_spawnp: nothing is run. The waits of the stages
 *             need descriptors too. If one finds none, the cause is EMFILE, and *status is set: the program was run
 *
 * The program has no signal blocked, and the default action of SIGPIPE, SIGTERM and SIGCHLD, whatever this process
 * ignores. It gets none of our descriptors that are close-on-exec; all that leat opens are. (But macOS has no pipe2.
 * There a program that another thread starts just then may inherit a pipe.)
 *
 * Each child is reaped, by its pid alone. SIGCHLD stays as the program has it. If the program reaps children that it
 * does not know, or ignores SIGCHLD, the status is lost: *status is -1, and the cause is ECHILD. */
leat_rx leat_process(leat_rx done, leat_rx in, const leat_command *command);

/* ---- private: process.c -------------------------------------------------------------------------- */

#define leat_process(...) LEAT_PLACED_(leat_process, __VA_ARGS__)
#ifndef __cplusplus
#define LEAT_ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
#endif

#ifdef __cplusplus
}
#endif
#endif
