/* SPDX-License-Identifier: 0BSD
 *
 * gzip FILE - compress a file to the standard output, in blocks that gunzip reads as one file.
 *
 *     read -> blocks -> deflate (a worker for each processor) -> packed blocks, in their order -> main writes
 *
 * Needs zlib.h.
 */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <zlib.h>

#include "chunks.h"

enum { LEVEL = 6, MEMORY = 8, GZIP_WINDOW = 15 + 16 };

/* ---------------------------------------------------------------------------------------------- deflate -- */

/* Each worker has a deflater of its own. */
static int begin(void *unused, void **state)
{
	z_stream *deflater = calloc(1, sizeof *deflater);

	(void)unused;
	*state = deflater;
	if (deflater && deflateInit2(deflater, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
		return 1;
	free(deflater);
	return -ENOMEM;
}

static void end(void *deflater)
{
	deflateEnd(deflater);
	free(deflater);
}

/* A leat_map_fn that packs a block into another one. There is always room for it. */
static int pack(void *of_worker, const void *in, void *out)
{
	z_stream *deflater = of_worker;
	struct chunk *block = *(struct chunk *const *)in, *packed = chunk_get(block->pool);

	if (!packed)
		return -ENOMEM;
	deflateReset(deflater);
	deflater->next_in = (Bytef *)block->bytes;
	deflater->avail_in = (uInt)block->length;
	deflater->next_out = (Bytef *)packed->bytes;
	deflater->avail_out = sizeof packed->bytes;
	if (deflate(deflater, Z_FINISH) != Z_STREAM_END) {
		chunk_release(&packed);
		return -EINVAL;
	}
	packed->length = sizeof packed->bytes - deflater->avail_out;
	*(struct chunk **)out = packed;
	return 1;
}

/* ------------------------------------------------------------------------------------------------- main -- */

/* Returns 0 or an errno value. */
static int write_all(leat_rx packed)
{
	int error = 0;

	for (struct chunk *block; !error && leat_recv(packed, &block) > 0; chunk_release(&block))
		if (fwrite(block->bytes, block->length, 1, stdout) != 1)
			error = errno;
	if (!error)
		error = leat_cause(packed);
	leat_drop(packed);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the file or a chunk any more */
	return error ? error : fflush(stdout) ? errno : 0;
}

int main(int argc, char **argv)
{
	leat_workers workers = { .count = leat_cpus(), .ordered = 1, .init = begin, .end = end };
	struct chunks file;
	leat_rx blocks;
	int error;

	if (argc != 2 || !chunks_open(&file, argv[1])) {
		perror(argc == 2 ? argv[1] : "usage: gzip FILE");
		return 2;
	}
	blocks = leat_buffer(leat_repeat_fn_of(LEAT_NIL, &chunk_type, chunks_next, &file), CHUNK_QUEUE);
	error = write_all(leat_map_with_of(LEAT_NIL, blocks, &chunk_type, pack, NULL, &workers));
	if (error)
		fprintf(stderr, "gzip: %s: %s\n", argv[1], leat_strerror(error));
	chunks_close(&file);
	return error != 0;
}
