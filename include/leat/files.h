/* SPDX-License-Identifier: 0BSD
 *
 * files.h - files as streams: the files of a tree, the blocks of what can be read, and lines.
 *
 *     leat_rx files = leat_files(done, LEAT_PATHS("/usr/include"), &(leat_walk){ .sorted = 1 });
 *     leat_rx lines = leat_lines(done, leat_file_chunks(done, files, NULL), 0);
 *
 *     for (leat_piece line; leat_recv(lines, &line) > 0; leat_piece_drop(&line)) {
 *             if (line.error)
 *                     fprintf(stderr, "%s: %s\n", line.path, leat_strerror(line.error));
 *             else if (!line.end)
 *                     printf("%s: %s\n", line.path, (char *)line.bytes.at);
 *     }
 *
 * A place of a tree that cannot be read is a value with an error, and the stream goes on: a tree has many files, and
 * most of them are well. A descriptor that cannot be read is the end of its stream, and the error is the cause.
 *
 * These stages have the rules of stages.h, but their output has room at once, so that they read ahead. leat_buffer
 * gives it more.
 */
#ifndef LEAT_FILES_H
#define LEAT_FILES_H

#include "bytes.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- files.c ------------------------------------------------------------------------------------- */

/* A file that a walk has found; it may also be a directory, a link or another thing. The receiver owns the value, and
 * ends it by leat_file_drop. */
enum { LEAT_FILE = 1, LEAT_DIRECTORY = 2, LEAT_LINK = 4, LEAT_OTHER = 8 };

typedef struct leat_file {
	const char *path;      /* it begins with the root as it was given */
	uint64_t size;         /* in bytes */
	int kind;              /* LEAT_FILE: a regular file. 0: not known, because of the error */
	int link;              /* 1: the path is a symbolic link, and the rest tells what it leads to */
	int error;             /* 0, or why it could not be looked at, or why a directory could not be read */
	struct leat_block_ *kept_;
} leat_file;

extern const leat_type leat_file_type;     /* a copy shares the path */
void leat_file_drop(leat_file *file);

/* Look at a path, as the walk does that follows links: for paths that come from elsewhere.
 *   returns   0, also if file->error is not 0. -1 with ENOMEM: *file is zeroed */
int leat_file_look(leat_file *file, const char *path);

/* How to walk. A member that is 0 changes nothing. */
typedef struct leat_walk {
	int kinds;             /* a sum of LEAT_FILE and the others: what the stream has. 0: LEAT_FILE */
	int follow;            /* follow symbolic links. Else a link is a LEAT_LINK, also as a root */
	int sorted;            /* the paths of each root come in the order of strcmp. Else in no particular order */
} leat_walk;

/* leat_files(done, LEAT_PATHS("a", "b/c"), &how): a source of what is in the trees below these roots, as leat_file. The
 * roots themselves belong to it. Trees come in the order of the roots. LEAT_PATHS stands for two arguments: an array of
 * paths, and their number.
 *
 * These are values with an error, whatever `kinds` says, and the walk goes on after them:
 *  - a root that does not exist (ENOENT), or that is neither a directory nor of one of the kinds (EINVAL);
 *  - what cannot be looked at, or a directory that cannot be read (EACCES and others);
 *  - with `follow`, a link that leads nowhere (ENOENT), and a directory that has itself below it (ELOOP).
 *
 *   how       is copied, as are the paths; NULL: regular files, links are not followed, in no order
 *   memory    the entries of all directories from the root to the one that is read
 *   errors    EINVAL: no root, or one that is NULL. ENOMEM, also at the end: then the walk is not complete */
leat_rx leat_files(leat_rx done, const char *const *roots, size_t count, const leat_walk *how);

/* ---- chunks.c ------------------------------------------------------------------------------------ */

/* How to read. A member that is 0 or NULL changes nothing. */
typedef struct leat_blocks {
	size_t size;             /* the most bytes of a block; 0: 64 KiB. Larger ones cost more: malloc of libc often gives
	                            their memory back to the system after each */
	size_t ahead;            /* the blocks that may wait for the receiver; 0: 4 */
	int (*ends)(int byte);   /* as isspace of <ctype.h>: a block ends behind a byte for which it is not 0. If there is
	                            none in `size` bytes, the block becomes longer. The last block ends where the file does */
	int full;                /* all blocks but the last have `size` bytes (or end as `ends` says), however long a pipe
	                            or a socket takes. Else a block is sent when no more bytes are there */
	int close;               /* leat_chunks takes the descriptor, and closes it when the stage has ended */
} leat_blocks;

int leat_is_newline(int byte);             /* for `ends`: blocks of whole lines */

/* A source of what can be read from a descriptor, from its offset on, as leat_bytes. The first byte behind a block,
 * at[size], is 0. Waits as leat_stage_poll does: so `done`, or a consumer that leaves, ends it also if a pipe or a
 * socket is silent. (But a read of a disk is not interrupted. And let no other thread read from the descriptor.)
 *   fd        stays yours without `close`, and must stay open until the stage has ended. It may be non-blocking. With
 *             `close` it is taken, also on failure
 *   how       is copied; NULL: blocks of up to 64 KiB
 *   memory    `ahead` + 2 blocks. With `ends`, a block has up to twice the bytes of the longest part without an end
 *   errors    EBADF: fd is negative. At the end, after all blocks that were read: ENOMEM, or an error of read, of poll
 *             or of leat_stage_poll */
leat_rx leat_chunks(leat_rx done, int fd, const leat_blocks *how);

/* A block or a line of a file, or the end of a file. The receiver owns it, and ends it by leat_piece_drop. */
typedef struct leat_piece {
	leat_bytes bytes;      /* the block or the line. At the end of the file: none */
	const char *path;      /* of the file */
	uint64_t number;       /* of this block or line in its file: 0, 1, and so on. At the end: how many there were */
	int end;               /* 1: the end of the file. Each file has one, after its blocks or lines */
	int error;             /* at the end: 0, or why the file, or the rest of it, could not be read */
	struct leat_block_ *kept_;
} leat_piece;

extern const leat_type leat_piece_type;    /* a copy shares bytes and path */
void leat_piece_drop(leat_piece *piece);

/* The blocks of all files that come from `files`, one file after the other, as leat_piece. A block has bytes of one
 * file only. For a leat_file that has an error, the end of the file has it. Links are followed only if the walk has followed them, and
 * a fifo is not waited for.
 *   how       as for leat_chunks */
leat_rx leat_file_chunks(leat_rx done, leat_rx files, const leat_blocks *how);

/* ---- lines.c ------------------------------------------------------------------------------------- */

/* The lines of a stream of bytes: of leat_bytes, as leat_chunks and others give them, or of leat_piece. The output has
 * the type of the input. A line may be spread over any number of blocks, and have any bytes. It comes without its
 * newline, and with a 0 at at[size]. So it is a C string if it has no other 0. The bytes behind the last newline are a
 * line too, if there are any. A line of one file never goes on in another.
 *
 * Lines are slices of their block: they cost no allocation. If others refer to the block, it is copied first. The
 * output has room for 512 lines.
 *   longest   more bytes in a line are an error: EMSGSIZE. 0: no limit
 *   memory    the blocks of the lines that wait for the receiver, and twice the longest line
 *   errors    EINVAL: `in` has another type. At the end, after the lines that came before: EMSGSIZE, ENOMEM */
leat_rx leat_lines(leat_rx done, leat_rx in, size_t longest);

/* ---- private: files.c ---------------------------------------------------------------------------- */

#define leat_files(...) LEAT_PLACED_(leat_files, __VA_ARGS__)
#define LEAT_PATHS(...) LEAT_LIST_(const char *, LEAT_NULL_, __VA_ARGS__)

/* ---- private: chunks.c --------------------------------------------------------------------------- */

#define leat_chunks(...) LEAT_PLACED_(leat_chunks, __VA_ARGS__)
#define leat_file_chunks(...) LEAT_PLACED_(leat_file_chunks, __VA_ARGS__)

/* ---- private: lines.c ---------------------------------------------------------------------------- */

#define leat_lines(...) LEAT_PLACED_(leat_lines, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
