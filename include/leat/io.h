/* SPDX-License-Identifier: 0BSD
 *
 * io.h - streams of bytes and descriptors: write a stream, and read in a stage of your own.
 *
 *     error = leat_write_lines(done, names, STDOUT_FILENO);
 *     if (error)
 *             fprintf(stderr, "names: %s\n", leat_strerror(error));
 */
#ifndef LEAT_IO_H
#define LEAT_IO_H

#include "bytes.h"
#include "stages.h"
#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- write.c ------------------------------------------------------------------------------------- */

/* An end: write the bytes of a stream to a descriptor: a file, a pipe, a socket, a terminal. It takes the values that
 * are there, up to 512 of them, until it has 64 KiB, and writes them by one writev. It does not wait for more values.
 * When the descriptor takes no more, neither does the stage: so the stages upstream wait too.
 *
 * leat_write: the bytes alone. leat_write_lines: a newline after each value.
 *   blocks    until all is written, or the stage has ended otherwise. `done` ends each wait for room, see below
 *   returns   0, or the cause as a positive errno value: that of `done`, of the input, or of the first write that has
 *             failed, such as ENOSPC, or EPIPE if nobody reads. Values that are left are then released
 *   handles   takes `in`, a stream of leat_bytes. `fd` is the caller's: it must stay open until the call returns
 *   errors    EINVAL: `in` has other values. EBADF
 *   threads   the writing happens in one other thread, which blocks SIGPIPE: a broken pipe never raises the signal.
 *             The signal stays as it is for the other threads
 *
 * `done` ends the wait for room in a pipe, in a socket and in whatever is O_NONBLOCK. A pipe that is not O_NONBLOCK
 * gets at most PIPE_BUF bytes (4 KiB) at once, and only while it has room. With another writer to the same pipe, or on
 * a terminal, such a write may still block. A write to a file waits for the disk. */
int leat_write(leat_rx done, leat_rx in, int fd);
int leat_write_lines(leat_rx done, leat_rx in, int fd);

/* The same as a stage: it returns at once. The output carries nothing. When it is over, the writing has ended; its cause
 * is what leat_write would return. Dropping it stops the writing. So keep it, and leat_drain it at the end.
 *   lines     1: a newline after each value
 *   handles   takes `in`. `fd` must stay open until the output is over */
leat_rx leat_writer(leat_rx done, leat_rx in, int fd, int lines);

/* ---- read.c -------------------------------------------------------------------------------------- */

/* For the body of a stage: wait until there is something to read, and read what there is, up to `size` bytes. The bytes
 * lie in a block that serves for several reads, until less than a quarter of it is free.
 *   blocks    until there is something, the end, or an error; until it is time to return; or until t
 *   returns   > 0: so many bytes, in *got, which is the body's. 0: the end. -1 with ECANCELED: it is time to return.
 *             -1 with ETIMEDOUT, EINVAL (size is 0), and the errors of read and leat_stage_poll
 *   room      keeps the block between the reads. It is zeroed at first; drop it at the end */
struct leat_stage;
long leat_stage_read(struct leat_stage *stage, int fd, size_t size, leat_bytes *room, leat_bytes *got, leat_time t);

/* ---- private: write.c ---------------------------------------------------------------------------- */

/* How to write. `idle`: the longest time without progress, or 0. With `closes`, the stage closes fd at its end, also if
 * it cannot start. With `quiet`, EPIPE is the natural end. */
typedef struct leat_writing_ { int fd, lines, closes, quiet; leat_time idle; } leat_writing_;

leat_rx leat_writer_(leat_rx done, leat_rx in, const leat_writing_ *how, const char *where);
int leat_write_at_(leat_rx done, leat_rx in, int fd, const char *where);
int leat_write_lines_at_(leat_rx done, leat_rx in, int fd, const char *where);

#define leat_write(...) leat_write_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_write_lines(...) leat_write_lines_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_writer(...) LEAT_PLACED_(leat_writer, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
