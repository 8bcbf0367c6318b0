/* leat_stage_read - the body of a stage reads what there is.
 * Needs bytes.c, poll.c and after_func.c.
 *
 *     block: [ read before | 0 | got | 0 | room ...... ]
 *
 * Small reads share a block, so that a slow stream of small pieces does not take a block for each. One byte is left out
 * between two reads: a receiver may look at the byte behind its bytes, and the next read would write there.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "leat.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* Have room for a quarter of `size` at least. */
static int read_make_room(leat_bytes *room, size_t size)
{
	if (room->size > 0 && room->size >= size / 4)
		return 0;
	leat_bytes_drop(room);
	return leat_bytes_make(room, size);
}

/* Cut the first n bytes off the room. */
static leat_bytes read_cut(leat_bytes *room, size_t n)
{
	leat_bytes got = leat_bytes_slice(room, 0, n);
	size_t used = n < room->size ? n + 1 : n;

	got.at[n] = '\0';
	room->at += used;
	room->size -= used;
	return got;
}

/* A descriptor that is O_NONBLOCK may have nothing after all: wait again. */
long leat_stage_read(leat_stage *stage, int fd, size_t size, leat_bytes *room, leat_bytes *got, leat_time t)
{
	ssize_t n;

	if (size == 0 || size > SSIZE_MAX)
		return leat_refuse(EINVAL);
	do {
		if (leat_stage_poll(stage, fd, POLLIN, t) < 0 || read_make_room(room, size) < 0)
			return -1;
		n = read(fd, room->at, room->size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK));
	if (n > 0)
		*got = read_cut(room, (size_t)n);
	return (long)n;
}
