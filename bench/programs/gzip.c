/* SPDX-License-Identifier: 0BSD
 *
 * gzip FILE - compress a file to the standard output, in blocks that gunzip reads as one file.
 *
 *     read -> blocks -> deflate (a worker for each processor) -> packed blocks, in their order -> main writes
 *
 * Needs zlib.h.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	LEVEL = 6, MEMORY = 8, GZIP_WINDOW = 15 + 16,
	BLOCK = 256 << 10,
	MORE = 1 << 10, /* what compressing may add */
	QUEUE = 8
};

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
	const leat_bytes *block = in;
	leat_bytes *packed = out;

	if (leat_bytes_make(packed, BLOCK + MORE) < 0)
		return -ENOMEM;
	deflateReset(deflater);
	deflater->next_in = block->at;
	deflater->avail_in = (uInt)block->size;
	deflater->next_out = packed->at;
	deflater->avail_out = (uInt)packed->size;
	if (deflate(deflater, Z_FINISH) != Z_STREAM_END) {
		leat_bytes_drop(packed);
		return -EINVAL;
	}
	packed->size -= deflater->avail_out;
	return 1;
}

/* ------------------------------------------------------------------------------------------------- main -- */

/* Returns 0 or an errno value. */
static int write_all(leat_rx packed)
{
	int error = 0;

	for (leat_bytes block; !error && leat_recv(packed, &block) > 0; leat_bytes_drop(&block))
		if (fwrite(block.at, block.size, 1, stdout) != 1)
			error = errno;
	if (!error)
		error = leat_cause(packed);
	leat_drop(packed);
	return error ? error : fflush(stdout) ? errno : 0;
}

int main(int argc, char **argv)
{
	leat_workers workers = { .count = leat_cpus(), .ordered = 1, .init = begin, .end = end };
	int file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1, error;
	leat_rx blocks;

	if (file < 0) {
		perror(argc == 2 ? argv[1] : "usage: gzip FILE");
		return 2;
	}
	blocks = leat_chunks(LEAT_NIL, file, &(leat_blocks){ .size = BLOCK, .ahead = QUEUE, .full = 1, .close = 1 });
	error = write_all(leat_map_with_of(LEAT_NIL, blocks, &leat_bytes_type, pack, NULL, &workers));
	if (error)
		fprintf(stderr, "gzip: %s: %s\n", argv[1], leat_strerror(error));
	return error != 0;
}
