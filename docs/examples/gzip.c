/* SPDX-License-Identifier: 0BSD
 *
 * gzip - compress a file, or the standard input, to the standard output. gunzip reads the result.
 * Package: zlib
 *
 *     chunks -> blocks -> deflate (a worker for each processor) -> packed blocks, in their order -> write
 *
 * Each block becomes a gzip file of its own. Such files, one after the other, are one gzip file. So the blocks can be
 * compressed at the same time. It costs a little: no block knows what came before it.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 256 << 10, LEVEL = 6, MEMORY = 8, GZIP_WINDOW = 15 + 16 };

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

static int deflate_block(void *of_worker, const void *in, void *out)
{
	const leat_bytes *block = in;
	leat_bytes *packed = out;
	z_stream *deflater = of_worker;

	deflateReset(deflater);
	if (leat_bytes_make(packed, deflateBound(deflater, (uLong)block->size)) < 0)
		return -errno;
	deflater->next_in = block->at;
	deflater->avail_in = (uInt)block->size;
	deflater->next_out = packed->at;
	deflater->avail_out = (uInt)packed->size;
	if (deflate(deflater, Z_FINISH) != Z_STREAM_END) {
		leat_bytes_drop(packed);
		return -EIO;
	}
	packed->size -= deflater->avail_out;
	return 1;
}

/* A gzip file that has nothing in it. It comes last, so that an empty input becomes a gzip file too. */
static int write_nothing(void)
{
	static const unsigned char nothing[] = { 0x1f, 0x8b, Z_DEFLATED, 0, 0, 0, 0, 0, 0, 3,
	                                         3, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	return write(STDOUT_FILENO, nothing, sizeof nothing) == (ssize_t)sizeof nothing ? 0 : EIO;
}

/* Returns 0 or an errno value. */
static int compress_file(int fd)
{
	leat_blocks how = { .size = BLOCK, .full = 1, .ahead = 2 * leat_cpus() };
	leat_workers workers = { .count = leat_cpus(), .ordered = 1, .init = begin, .end = end };
	leat_rx blocks = leat_chunks(LEAT_NIL, fd, &how);
	leat_rx packed = leat_map_with_of(LEAT_NIL, blocks, &leat_bytes_type, deflate_block, NULL, &workers);
	int error = leat_write(LEAT_NIL, packed, STDOUT_FILENO);

	return error ? error : write_nothing();
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "the standard input";
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	int error = fd < 0 ? errno : compress_file(fd);

	if (error)
		fprintf(stderr, "gzip: %s: %s\n", name, leat_strerror(error));
	return error != 0;
}
