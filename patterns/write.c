/* leat_write, leat_write_lines, leat_writer - the end of a pipeline: bytes or lines to a descriptor.
 * Needs drain.c, bytes.c, poll.c and after_func.c.
 *
 *     a b c -> [write] -> writev(fd, { a b c })
 *
 * SIGPIPE. A write to a pipe without a reader raises SIGPIPE in the thread that writes, and the default action ends the
 * process. To ignore the signal would change the whole process, and what it starts. So the thread of the stage blocks
 * it: the write fails with EPIPE, and the signal stays pending for this thread alone, which then takes it. A thread
 * that serves for another function afterwards has no signal left. A socket is told by MSG_NOSIGNAL to raise none.
 *
 * BLOCKING. A write to a descriptor that is not O_NONBLOCK may block where `done` cannot reach it. The flag belongs to
 * the open file, which other processes may share, as a shell shares its terminal. So it stays as it is. A socket is
 * told by MSG_DONTWAIT. A pipe that poll calls writable has room for PIPE_BUF bytes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700 /* IOV_MAX */
#include "leat.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WRITE_PARTS = IOV_MAX < 1024 ? IOV_MAX : 1024,
	WRITE_VALUES = WRITE_PARTS / 2, /* a line has two parts */
	WRITE_ENOUGH = 64 * 1024,       /* bytes. A stage that has them takes no more values */
	WRITE_AT_ONCE = 1 << 30         /* bytes. A part may have more than writev can take */
};

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* then the signal is blocked, as for pipes */
#endif

typedef enum { WRITE_FILE, WRITE_SOCKET, WRITE_WITH_CARE } write_kind;

struct write_to {
	leat_stage *stage;
	leat_writing_ how;
	write_kind kind;
};

/* Values that the stage owns, and what is to be written of them. */
struct write_batch {
	size_t values, parts, bytes;
	leat_bytes value[WRITE_VALUES];
	struct iovec part[WRITE_PARTS];
};

/* -------------------------------------------------------------------------------------------------- the signal -- */

static sigset_t write_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	return set;
}

/* Only this thread can take the signal that its write has raised. If the signal is ignored, some systems raise none. */
static void write_take_sigpipe(void)
{
	sigset_t set = write_sigpipe(), pending;
	int number;

	if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
		(void)sigwait(&set, &number); /* it cannot fail: the set is valid */
}

/* ------------------------------------------------------------------------------------------------------- write -- */

static int write_kind_of(int fd, write_kind *kind)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &status) < 0)
		return -1;
	*kind = S_ISSOCK(status.st_mode)                               ? WRITE_SOCKET
	        : S_ISREG(status.st_mode) || (flags & O_NONBLOCK) != 0 ? WRITE_FILE
	                                                               : WRITE_WITH_CARE;
	return 0;
}

/* Write `most` bytes of the parts, or as many whole parts as fit. */
static ssize_t write_at_most(const struct write_to *to, struct iovec *parts, size_t count, size_t most)
{
	struct iovec one = { parts->iov_base, most };
	struct msghdr message = { .msg_iov = parts };
	size_t fit = 0, bytes = 0;

	while (fit < count && parts[fit].iov_len <= most - bytes)
		bytes += parts[fit++].iov_len;
	if (fit == 0) {
		message.msg_iov = &one;
		fit = 1;
	}
	message.msg_iovlen = (unsigned short)fit; /* an int in POSIX, a size_t in glibc; never more than WRITE_PARTS */
	if (to->kind == WRITE_SOCKET)
		return sendmsg(to->how.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return writev(to->how.fd, message.msg_iov, (int)fit);
}

static int write_wait_for_room(const struct write_to *to)
{
	leat_time t = to->how.idle ? leat_in(to->how.idle) : LEAT_NEVER;

	return leat_stage_poll(to->stage, to->how.fd, POLLOUT, t);
}

/* Returns how many bytes were written, which may be 0, or -1. */
static ssize_t write_some(const struct write_to *to, struct iovec *parts, size_t count)
{
	int careful = to->kind == WRITE_WITH_CARE;
	ssize_t n;

	if (careful && write_wait_for_room(to) < 0)
		return -1;
	n = write_at_most(to, parts, count, careful ? PIPE_BUF : WRITE_AT_ONCE);
	if (n == 0)
		return leat_refuse(EIO); /* no device says so, and it might say so for ever */
	if (n > 0 || errno == EINTR)
		return n > 0 ? n : 0;
	if (errno == EPIPE)
		write_take_sigpipe();
	else if (errno == EAGAIN || errno == EWOULDBLOCK)
		return write_wait_for_room(to) < 0 ? -1 : 0;
	return -1;
}

static int write_parts(const struct write_to *to, struct iovec *parts, size_t count)
{
	while (count > 0) {
		ssize_t some = write_some(to, parts, count);
		size_t n = (size_t)some;

		if (some < 0)
			return -1;
		for (; count > 0 && n >= parts->iov_len; parts++, count--)
			n -= parts->iov_len;
		if (count > 0) {
			parts->iov_base = (unsigned char *)parts->iov_base + n;
			parts->iov_len -= n;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------------------ gather -- */

static void write_add_part(struct write_batch *batch, void *at, size_t size)
{
	if (size > 0)
		batch->part[batch->parts++] = (struct iovec){ at, size };
	batch->bytes += size;
}

static void write_add(struct write_batch *batch, const leat_bytes *value, int lines)
{
	static char newline = '\n';

	batch->value[batch->values++] = *value;
	write_add_part(batch, value->at, value->size);
	if (lines)
		write_add_part(batch, &newline, 1);
}

/* Take the values that are there, one at least. Returns 0 at the end. */
static int write_gather(leat_stage *stage, struct write_batch *batch, int lines)
{
	void *value = leat_next(stage);
	int got = value != NULL;

	batch->values = batch->parts = batch->bytes = 0;
	while (got > 0) {
		leat_keep(stage);
		write_add(batch, value, lines);
		if (batch->values == WRITE_VALUES || batch->bytes >= WRITE_ENOUGH)
			break;
		got = leat_next_by(stage, &value, LEAT_NOW);
	}
	return batch->values > 0;
}

static void write_drop(struct write_batch *batch)
{
	while (batch->values > 0)
		leat_bytes_drop(&batch->value[--batch->values]);
}

/* --------------------------------------------------------------------------------------------------- the stage -- */

/* Returns 0 or an errno value. */
static int write_batches(const struct write_to *to)
{
	struct write_batch batch;
	int error = 0;

	while (!error && write_gather(to->stage, &batch, to->how.lines)) {
		error = write_parts(to, batch.part, batch.parts) < 0 ? errno : 0;
		write_drop(&batch);
	}
	return error;
}

/* Each function that a thread of leat runs gets its signal mask anew, so the mask need not be restored. */
static void write_body(leat_stage *stage, void *of_writing)
{
	struct write_to to = { .stage = stage, .how = *(leat_writing_ *)of_writing };
	sigset_t set = write_sigpipe();
	int error;

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	error = write_kind_of(to.how.fd, &to.kind) < 0 ? errno : write_batches(&to);
	if (error && !(error == EPIPE && to.how.quiet))
		leat_fail(stage, error);
}

static void write_end(void *of_writing)
{
	leat_writing_ *how = of_writing;

	if (how->closes)
		(void)close(how->fd); /* what the system has taken is no longer ours */
}

leat_rx leat_writer_(leat_rx done, leat_rx in, const leat_writing_ *how, const char *where)
{
	leat_type writing = { "writing", sizeof *how, NULL, write_end };
	leat_type nothing = { "unit", 0, NULL, NULL };
	leat_plan plan = {
		.name = "write",
		.done = done,
		.in = &in,
		.ins = 1,
		.in_type = &leat_bytes_type,
		.type = &nothing,
		.body = write_body,
		.arg = how,
		.arg_type = &writing,
	};

	return leat_stage_start_at_(&plan, where);
}

leat_rx (leat_writer)(leat_rx done, leat_rx in, int fd, int lines)
{
	return leat_writer_(done, in, &(leat_writing_){ .fd = fd, .lines = lines }, NULL);
}

int leat_write_at_(leat_rx done, leat_rx in, int fd, const char *where)
{
	return leat_drain(leat_writer_(done, in, &(leat_writing_){ .fd = fd }, where));
}

int leat_write_lines_at_(leat_rx done, leat_rx in, int fd, const char *where)
{
	return leat_drain(leat_writer_(done, in, &(leat_writing_){ .fd = fd, .lines = 1 }, where));
}

int (leat_write)(leat_rx done, leat_rx in, int fd)
{
	return leat_write_at_(done, in, fd, NULL);
}

int (leat_write_lines)(leat_rx done, leat_rx in, int fd)
{
	return leat_write_lines_at_(done, in, fd, NULL);
}
