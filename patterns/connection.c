/* leat_connection - a socket that several references share; the stream of what comes in, and an end for what goes out.
 * Needs write.c, drain.c, read.c, bytes.c, poll.c and after_func.c.
 *
 *     socket -> [connection] -> bytes ...  -> [write] -> socket, then its end
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "leat.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTION_BLOCK = 16 * 1024 };

struct leat_connection_ {
	atomic_size_t references;
	leat_time idle;
	leat_rx places;      /* nil, or where to give its place back */
};

int leat_connection_make_(leat_connection *made, int fd, leat_time idle, leat_rx places)
{
	int flags = fcntl(fd, F_GETFL);
	struct leat_connection_ *own = flags < 0 ? NULL : malloc(sizeof *own);
	int error = flags < 0 ? EBADF : ENOMEM;

	*made = (leat_connection){ -1, NULL };
	if (!own) {
		if (flags >= 0)
			(void)close(fd);
		return leat_refuse(error);
	}
	(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* these cannot fail: it is open */
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	atomic_init(&own->references, 1);
	own->idle = idle;
	own->places = leat_dup(places);
	*made = (leat_connection){ fd, own };
	return 0;
}

int leat_connection_make(leat_connection *made, int fd, leat_time idle)
{
	return leat_connection_make_(made, fd, idle, LEAT_NIL);
}

/* What all threads have done with the socket happens before it is closed, as each of them counts down. The place is given
 * back when the descriptor is free again. */
void leat_connection_drop(leat_connection *connection)
{
	struct leat_connection_ *own = connection->own_;
	int fd = connection->fd;

	*connection = (leat_connection){ -1, NULL };
	if (!own || atomic_fetch_sub(&own->references, 1) > 1)
		return;
	(void)close(fd); /* what was sent is the system's to deliver */
	if (!leat_is_nil(own->places))
		(void)leat_wait_by(own->places, LEAT_NOW); /* 1: it holds a place */
	leat_drop(own->places);
	free(own);
}

static int connection_copy(void *to, const void *from)
{
	const leat_connection *connection = from;

	if (connection->own_)
		atomic_fetch_add(&connection->own_->references, 1);
	*(leat_connection *)to = *connection;
	return 0;
}

static void connection_release(void *connection)
{
	leat_connection_drop(connection);
}

const leat_type leat_connection_type = {
	"leat_connection", sizeof(leat_connection), connection_copy, connection_release,
};

static void connection_body(leat_stage *stage, void *of_connection)
{
	const leat_connection *connection = of_connection;
	leat_time idle = connection->own_->idle;
	leat_bytes room = { 0 }, got;
	long n;

	do
		n = leat_stage_read(stage, connection->fd, CONNECTION_BLOCK, &room, &got, idle ? leat_in(idle) : LEAT_NEVER);
	while (n > 0 && leat_emit(stage, &got));
	if (n < 0)
		leat_fail(stage, errno);
	leat_bytes_drop(&room);
}

/* The stage has a reference of its own: a copy of leat_connection_type. */
leat_rx (leat_connection_in)(leat_rx done, const leat_connection *connection)
{
	return leat_stage_start(&(leat_plan){
		.name = "connection",
		.done = done,
		.type = &leat_bytes_type,
		.body = connection && connection->own_ ? connection_body : NULL,
		.arg = connection,
		.arg_type = connection ? &leat_connection_type : NULL,
	});
}

int leat_connection_out(leat_rx done, leat_rx in, const leat_connection *connection)
{
	int cause;

	if (!connection || !connection->own_) {
		leat_drop(in);
		return EINVAL;
	}
	cause = leat_drain(leat_writer_(done, in, &(leat_writing_){ .fd = connection->fd, .idle = connection->own_->idle },
	                                NULL));
	(void)shutdown(connection->fd, SHUT_WR); /* it fails if the peer has gone, and then there is nothing to end */
	return cause;
}
