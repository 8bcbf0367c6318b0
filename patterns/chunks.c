/* leat_chunks - a descriptor in blocks. leat_file_chunks - files in blocks.
 * Needs bytes.c, files.c, poll.c and after_func.c.
 *
 *     read read -> [chunks] -> (block) (block)
 *     a b       -> [file_chunks] -> (block of a) (end of a) (block of b) (block of b) (end of b)
 *
 * One block is being filled. When it is full it goes out, up to its last end, and the next block begins with the rest.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "leat.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNKS_SIZE = 64 << 10, /* of a block, unless the call says another */
	CHUNKS_AHEAD = 4,
	CHUNKS_LEAST = 4096     /* room for the rest of a file whose size is not known, as in /proc */
};

struct chunks {
	leat_blocks how;
	int fd;                 /* -1: none */
	int waits;              /* a read may wait: it is not a regular file */
	uint64_t left;          /* how many bytes a regular file still has, as far as is known */
	leat_bytes block;       /* it has `filled` of its `size` bytes, and no end among the first `searched` */
	size_t filled, searched;
	int over, error;        /* nothing more can be read; why */
};

/* --------------------------------------------------------------------------------------- a piece as a value -- */

void leat_piece_drop(leat_piece *piece)
{
	leat_bytes_drop(&piece->bytes);
	leat_block_drop_(piece->kept_);
	*piece = (leat_piece){ 0 };
}

static void chunks_release_piece(void *piece)
{
	leat_piece_drop(piece);
}

static int chunks_copy_piece(void *to, const void *from)
{
	const leat_piece *piece = from;

	leat_block_share_(piece->bytes.block_, 1);
	leat_block_share_(piece->kept_, 1);
	*(leat_piece *)to = *piece;
	return 0;
}

const leat_type leat_piece_type = { "leat_piece", sizeof(leat_piece), chunks_copy_piece, chunks_release_piece };

int leat_is_newline(int byte)
{
	return byte == '\n';
}

/* ----------------------------------------------------------------------------------------------- one block -- */

static void chunks_end(struct chunks *chunks, int error)
{
	chunks->over = 1;
	chunks->error = error;
}

/* Make a block that begins with the last `rest` bytes of the present one. It has as much room again. For a short file
 * it has room for the rest of the file, and a byte more, so that a read finds the end. Returns the former block, which
 * is the caller's and has the other bytes. Without memory the reading is over. */
static leat_bytes chunks_begin(struct chunks *chunks, size_t rest)
{
	size_t more = rest <= chunks->how.size / 2 ? chunks->how.size - rest : rest;
	size_t least = chunks->left < CHUNKS_LEAST ? CHUNKS_LEAST : (size_t)(chunks->left + 1);
	leat_bytes former = chunks->block;

	former.size = chunks->filled - rest;
	if (!chunks->waits && chunks->left < SIZE_MAX && least < more)
		more = least;
	if (leat_bytes_make(&chunks->block, rest + more) < 0) {
		chunks_end(chunks, ENOMEM);
		rest = 0;
	}
	if (rest)
		memcpy(chunks->block.at, former.at + former.size, rest);
	chunks->filled = chunks->searched = rest;
	return former;
}

/* Returns 1 if a read can be made, or 0. Waits only if nothing has come yet, or if the block must be full. */
static int chunks_await(leat_stage *stage, struct chunks *chunks, int has_come)
{
	leat_time t = has_come && !chunks->how.full ? LEAT_NOW : LEAT_NEVER;

	if (!chunks->waits)
		return leat_running(stage);
	if (leat_stage_poll(stage, chunks->fd, POLLIN, t) > 0)
		return 1;
	if (t != LEAT_NOW || errno != EAGAIN)
		chunks_end(chunks, errno);
	return 0;
}

/* A read was not possible after all, if another thread reads too: it may be that a read waits. */
static void chunks_read(struct chunks *chunks)
{
	ssize_t got = read(chunks->fd, chunks->block.at + chunks->filled, chunks->block.size - chunks->filled);

	if (got > 0) {
		chunks->filled += (size_t)got;
		chunks->left -= (uint64_t)got < chunks->left ? (uint64_t)got : chunks->left;
	} else if (got == 0) {
		chunks_end(chunks, 0);
	} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
		chunks->waits = 1;
	} else if (errno != EINTR) {
		chunks_end(chunks, errno);
	}
}

/* Read until the block is full, or no more bytes are there. */
static void chunks_fill(leat_stage *stage, struct chunks *chunks)
{
	size_t before = chunks->filled;

	while (!chunks->over && chunks->filled < chunks->block.size &&
	       chunks_await(stage, chunks, chunks->filled > before))
		chunks_read(chunks);
}

/* How many bytes of the block can go out. The bytes that were searched before are not searched again. */
static size_t chunks_ready(struct chunks *chunks)
{
	size_t ready = chunks->filled;

	if (!chunks->how.ends || chunks->over)
		return ready;
	while (ready > chunks->searched && !chunks->how.ends(chunks->block.at[ready - 1]))
		ready--;
	if (ready > chunks->searched)
		return ready;
	chunks->searched = chunks->filled;
	return 0;
}

/* The present block has no end, and is full: begin a longer one. */
static void chunks_grow(struct chunks *chunks)
{
	leat_bytes former = chunks_begin(chunks, chunks->filled);

	leat_bytes_drop(&former);
}

/* Read the next block. Returns 1, or 0 if nothing more can be read: then chunks->error says why. */
static int chunks_next(leat_stage *stage, struct chunks *chunks, leat_bytes *block)
{
	size_t ready = 0;

	while (ready == 0 && !chunks->over && leat_running(stage)) {
		if (chunks->filled == chunks->block.size)
			chunks_grow(chunks);
		chunks_fill(stage, chunks);
		ready = chunks_ready(chunks);
	}
	if (ready == 0)
		return 0;
	if (!chunks->over) {
		*block = chunks_begin(chunks, chunks->filled - ready);
	} else {
		*block = chunks->block;
		block->size = ready;
		chunks->block = (leat_bytes){ 0 };
		chunks->filled = 0;
	}
	block->at[block->size] = '\0';
	return 1;
}

static void chunks_open(struct chunks *chunks, int fd, int waits, uint64_t size)
{
	chunks->fd = fd;
	chunks->waits = waits;
	chunks->left = size;
	chunks->filled = chunks->searched = 0;
	chunks->over = chunks->error = 0;
}

/* ----------------------------------------------------------------------------------------- of a descriptor -- */

static void chunks_body(leat_stage *stage, void *of_chunks)
{
	struct chunks *chunks = of_chunks;
	leat_bytes block;

	while (chunks_next(stage, chunks, &block))
		if (!leat_emit(stage, &block))
			return;
	if (chunks->error)
		leat_fail(stage, chunks->error);
}

static void chunks_release(void *of_chunks)
{
	struct chunks *chunks = of_chunks;

	leat_bytes_drop(&chunks->block);
	if (chunks->how.close && chunks->fd >= 0)
		(void)close(chunks->fd); /* it was only read */
}

static const leat_type chunks_type = { "chunks", sizeof(struct chunks), NULL, chunks_release };

static struct chunks chunks_make(const leat_blocks *how)
{
	struct chunks chunks = { .how = how ? *how : (leat_blocks){ 0 }, .fd = -1 };

	if (!chunks.how.size)
		chunks.how.size = CHUNKS_SIZE;
	if (!chunks.how.ahead)
		chunks.how.ahead = CHUNKS_AHEAD;
	return chunks;
}

leat_rx (leat_chunks)(leat_rx done, int fd, const leat_blocks *how)
{
	struct chunks chunks = chunks_make(how);
	struct stat status;

	if (fd < 0)
		return leat_ended(EBADF);
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		chunks_open(&chunks, fd, 0, (uint64_t)status.st_size);
	else
		chunks_open(&chunks, fd, 1, 0);
	return leat_buffer(leat_stage_start(&(leat_plan){
		.name = "chunks",
		.done = done,
		.type = &leat_bytes_type,
		.body = chunks_body,
		.arg = &chunks,
		.arg_type = &chunks_type,
	}), chunks.how.ahead);
}

/* ------------------------------------------------------------------------------------------------ of files -- */

/* A path that has become a link or a fifo since the walk is neither followed nor waited for. */
static void chunks_open_file(struct chunks *chunks, const leat_file *file)
{
	int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (file->link ? 0 : O_NOFOLLOW);

	chunks_open(chunks, file->error ? -1 : open(file->path, flags), 0, file->size);
	if (chunks->fd < 0)
		chunks_end(chunks, file->error ? file->error : errno);
}

static void chunks_close_file(struct chunks *chunks)
{
	leat_bytes_drop(&chunks->block);
	if (chunks->fd >= 0)
		(void)close(chunks->fd);
	chunks->fd = -1;
}

/* Send a copy of the piece, which takes its bytes. Returns 0 if it is time to return. */
static int chunks_emit(leat_stage *stage, leat_piece *piece)
{
	leat_piece copy = *piece;

	leat_block_share_(piece->kept_, 1);
	piece->bytes = (leat_bytes){ 0 };
	piece->number++;
	return leat_emit(stage, &copy);
}

static int chunks_read_file(leat_stage *stage, struct chunks *chunks, const leat_file *file)
{
	leat_piece piece = { .path = file->path, .kept_ = file->kept_ };
	int goes_on = 1;

	chunks_open_file(chunks, file);
	while (goes_on && chunks_next(stage, chunks, &piece.bytes))
		goes_on = chunks_emit(stage, &piece);
	chunks_close_file(chunks);
	piece.end = 1;
	piece.error = chunks->error;
	return goes_on && chunks_emit(stage, &piece);
}

static void chunks_of_files(leat_stage *stage, void *of_chunks)
{
	for (const leat_file *file; (file = leat_next(stage)) != NULL;)
		if (!chunks_read_file(stage, of_chunks, file))
			return;
}

leat_rx (leat_file_chunks)(leat_rx done, leat_rx files, const leat_blocks *how)
{
	struct chunks chunks = chunks_make(how);

	chunks.how.close = 0;
	return leat_buffer(leat_stage_start(&(leat_plan){
		.name = "file_chunks",
		.done = done,
		.in = &files,
		.ins = 1,
		.in_type = &leat_file_type,
		.type = &leat_piece_type,
		.body = chunks_of_files,
		.arg = &chunks,
		.arg_type = &chunks_type,
	}), chunks.how.ahead);
}
