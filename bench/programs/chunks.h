/* SPDX-License-Identifier: 0BSD
 *
 * chunks.h - a file as a stream of chunks, whose memory is used again. For words.c, log.c and gzip.c.
 *
 * The channels carry pointers to chunks. The receiver owns the chunk; its release puts it back into the pool.
 */
#ifndef CHUNKS_H
#define CHUNKS_H

#include <errno.h>
#include <fcntl.h>
#include <leat.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CHUNK = 256 << 10,    /* the bytes that are read at once */
	CHUNK_MORE = 1 << 10, /* what compressing may add */
	CHUNK_QUEUE = 8,      /* the room between two stages */
};

struct chunk { leat_pool *pool; size_t length; char bytes[CHUNK + CHUNK_MORE]; };

struct chunks { int file; off_t at; leat_pool *pool; };

static inline void chunk_release(void *of_chunk)
{
	struct chunk *chunk = *(struct chunk **)of_chunk;

	leat_pool_put(chunk->pool, chunk);
}

static const leat_type chunk_type = { "chunk", sizeof(struct chunk *), NULL, chunk_release };

static inline void *chunk_make(void *unused)
{
	(void)unused;
	return malloc(sizeof(struct chunk));
}

static inline void chunk_free(void *unused, void *chunk)
{
	(void)unused;
	free(chunk);
}

/* An empty chunk. NULL if there is no memory. */
static inline struct chunk *chunk_get(leat_pool *pool)
{
	struct chunk *chunk = leat_pool_get(pool);

	if (chunk) {
		chunk->pool = pool;
		chunk->length = 0;
	}
	return chunk;
}

/* The length of all whole lines. At the end of the file the last line need not end with a newline. */
static inline size_t chunks_whole_lines(const struct chunk *chunk)
{
	size_t length = chunk->length;

	if (length < CHUNK)
		return length;
	while (length > 0 && chunk->bytes[length - 1] != '\n')
		length--;
	return length;
}

/* Read the next chunk, in whole lines or not. Returns as a leat_source_fn. */
static inline int chunks_read(struct chunks *chunks, int lines, struct chunk **out)
{
	struct chunk *chunk = *out = chunk_get(chunks->pool);
	ssize_t got = chunk ? pread(chunks->file, chunk->bytes, CHUNK, chunks->at) : -1;
	int error = got < 0 ? errno : 0;

	if (got > 0) {
		chunk->length = (size_t)got;
		if (lines)
			chunk->length = chunks_whole_lines(chunk);
		chunks->at += (off_t)chunk->length;
		if (chunk->length > 0)
			return 1;
		error = EFBIG; /* a line is longer than a chunk */
	}
	leat_pool_put(chunks->pool, chunk);
	return -error;
}

static inline int chunks_next(void *chunks, void *out)
{
	return chunks_read(chunks, 0, out);
}

static inline int chunks_next_lines(void *chunks, void *out)
{
	return chunks_read(chunks, 1, out);
}

/* Returns 1, or 0 with errno. */
static inline int chunks_open(struct chunks *chunks, const char *path)
{
	*chunks = (struct chunks){ .file = open(path, O_RDONLY | O_CLOEXEC) };
	if (chunks->file < 0)
		return 0;
	chunks->pool = leat_pool_make(chunk_make, chunk_free, NULL);
	return chunks->pool != NULL;
}

/* Call it when no stage uses the file or a chunk any more. */
static inline void chunks_close(struct chunks *chunks)
{
	leat_pool_drop(chunks->pool);
	close(chunks->file);
}

#endif
