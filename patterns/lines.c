/* leat_lines - the lines of blocks.
 * Needs bytes.c, chunks.c, files.c, poll.c and after_func.c.
 *
 *     "a\nbb" "b\n\nc" -> [lines] -> "a" "bbb" "" "c"
 *
 * The newlines in a block become 0, and what is between them goes out as slices of the block, many at once. A line that
 * begins in one block and ends in another is put together in a block of its own, the part.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

enum { LINES_ROOM = 512, LINES_AT_ONCE = 64, LINES_LEAST = 256 /* room for a part, in bytes */ };

/* A leat_bytes is like the beginning of a leat_piece. So a line is a leat_piece, of which only the first `size` bytes
 * go out. */
struct lines {
	size_t longest, size;
	leat_piece line;            /* the path of all lines, which it keeps, and the number of the next one */
	leat_bytes part;            /* has room for part.size bytes, of which `length` are there */
	size_t length;
	size_t count;               /* lines that are ready to go out */
	union { leat_bytes bytes[LINES_AT_ONCE]; leat_piece pieces[LINES_AT_ONCE]; } ready;
};

static void lines_release(void *of_lines)
{
	struct lines *lines = of_lines;

	leat_bytes_drop(&lines->part);
	leat_block_drop_(lines->line.kept_);
}

/* Send the lines that are ready. They are slices of this block. Returns 0 if it is time to return. */
static int lines_send(leat_stage *stage, struct lines *lines, struct leat_block_ *block)
{
	size_t n = lines->count;

	lines->count = 0;
	leat_block_share_(block, n);
	leat_block_share_(lines->line.kept_, n);
	return leat_emit_n(stage, &lines->ready, n);
}

static void lines_add(struct lines *lines, leat_bytes line)
{
	if (lines->size == sizeof line) {
		lines->ready.bytes[lines->count++] = line;
	} else {
		lines->line.bytes = line;
		lines->ready.pieces[lines->count++] = lines->line;
		lines->line.number++;
	}
}

static int lines_too_long(const struct lines *lines, size_t length)
{
	return lines->longest && length > lines->longest;
}

/* -------------------------------------------------------------------------------------------------- a part -- */

static int lines_fail(leat_stage *stage, int cause)
{
	leat_fail(stage, cause);
	return 0;
}

/* Append bytes to the part. Returns 0 if the stage has failed. */
static int lines_keep(leat_stage *stage, struct lines *lines, const unsigned char *from, size_t n)
{
	size_t length = lines->length + n, room = 2 * lines->length + n + LINES_LEAST;
	leat_bytes larger;

	if (!n)
		return 1;
	if (lines_too_long(lines, length))
		return lines_fail(stage, EMSGSIZE);
	if (length > lines->part.size) {
		if (leat_bytes_make(&larger, room) < 0)
			return lines_fail(stage, ENOMEM);
		if (lines->length)
			memcpy(larger.at, lines->part.at, lines->length);
		leat_bytes_drop(&lines->part);
		lines->part = larger;
	}
	memcpy(lines->part.at + lines->length, from, n);
	lines->length = length;
	return 1;
}

/* The part has become a line: send it. Returns 0 if it is time to return. */
static int lines_send_part(leat_stage *stage, struct lines *lines)
{
	leat_bytes part = lines->part;
	int goes_on;

	part.size = lines->length;
	part.at[part.size] = '\0';
	lines_add(lines, part);
	goes_on = lines_send(stage, lines, part.block_);
	leat_bytes_drop(&lines->part);
	lines->length = 0;
	return goes_on;
}

/* ----------------------------------------------------------------------------------------------- the lines -- */

/* Cut a block, which no other thread can see, from `at` on. A line that is too long becomes a part, and so fails, when
 * the lines before it have been sent. Returns 0 if it is time to return. */
static int lines_cut(leat_stage *stage, struct lines *lines, const leat_bytes *block, unsigned char *at)
{
	unsigned char *end = block->at + block->size, *newline;

	while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (lines_too_long(lines, (size_t)(newline - at)))
			break;
		*newline = '\0';
		lines_add(lines, (leat_bytes){ at, (size_t)(newline - at), block->block_ });
		at = newline + 1;
		if (lines->count == LINES_AT_ONCE && !lines_send(stage, lines, block->block_))
			return 0;
	}
	return lines_send(stage, lines, block->block_) && lines_keep(stage, lines, at, (size_t)(end - at));
}

/* The part ends at the first newline, if the block has one. Returns 0 if it is time to return. */
static int lines_of_block(leat_stage *stage, struct lines *lines, leat_bytes *block)
{
	unsigned char *newline;

	if (!block->size)
		return 1;
	if (!lines->length)
		return lines_cut(stage, lines, block, block->at);
	newline = memchr(block->at, '\n', block->size);
	if (!newline)
		return lines_keep(stage, lines, block->at, block->size);
	return lines_keep(stage, lines, block->at, (size_t)(newline - block->at)) && lines_send_part(stage, lines) &&
	       lines_cut(stage, lines, block, newline + 1);
}

/* After the last line of a file comes the end of the file. */
static int lines_end_file(leat_stage *stage, struct lines *lines, const leat_piece *end)
{
	leat_piece last = *end;

	if (lines->length && !lines_send_part(stage, lines))
		return 0;
	last.number = lines->line.number;
	leat_keep(stage);
	return leat_emit(stage, &last);
}

/* The stream may end within a file: then the last line needs the path, and no piece is left that has it. */
static void lines_keep_path(struct lines *lines, const leat_piece *piece)
{
	leat_block_share_(piece->kept_, 1);
	leat_block_drop_(lines->line.kept_);
	lines->line.path = piece->path;
	lines->line.kept_ = piece->kept_;
}

static int lines_of_piece(leat_stage *stage, struct lines *lines, leat_piece *piece)
{
	if (piece->number == 0)
		lines->line.number = 0;
	lines_keep_path(lines, piece);
	if (piece->end)
		return lines_end_file(stage, lines, piece);
	return lines_of_block(stage, lines, &piece->bytes);
}

static void lines_body(leat_stage *stage, void *of_lines)
{
	struct lines *lines = of_lines;
	int goes_on = 1;

	for (void *in; goes_on && (in = leat_next(stage)) != NULL;) {
		if (leat_bytes_own(in) < 0)
			leat_fail(stage, ENOMEM);
		else if (lines->size == sizeof(leat_bytes))
			goes_on = lines_of_block(stage, lines, in);
		else
			goes_on = lines_of_piece(stage, lines, in);
	}
	if (goes_on && lines->length)
		(void)lines_send_part(stage, lines); /* the last line has no newline */
}

leat_rx (leat_lines)(leat_rx done, leat_rx in, size_t longest)
{
	static const leat_type memory = { "lines", sizeof(struct lines), NULL, lines_release };
	leat_type of_in = leat_type_of(in);
	const leat_type *type = leat_same_type(&of_in, &leat_piece_type) ? &leat_piece_type : &leat_bytes_type;
	struct lines lines = { .longest = longest, .size = type->size };

	return leat_buffer(leat_stage_start(&(leat_plan){
		.name = "lines",
		.done = done,
		.in = &in,
		.ins = 1,
		.in_type = type,
		.type = type,
		.body = lines_body,
		.arg = &lines,
		.arg_type = &memory,
	}), LINES_ROOM);
}
