/* SPDX-License-Identifier: 0BSD
 *
 * lines.c - leat_lines: the same lines come wherever the blocks are cut, also long ones and ones with a 0.
 */
#include "../test.h"

#include <fcntl.h>

static const leat_rx nil;

/* A stream of the text in blocks of `size` bytes. */
static leat_rx blocks(const char *text, size_t length, size_t size)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, length / size + 1);
	leat_bytes block;

	for (size_t at = 0; at < length; at += size) {
		check(leat_bytes_copy(&block, text + at, length - at < size ? length - at : size) == 0);
		check(leat_send(chan.tx, &block) == 1);
	}
	leat_drop(chan.tx);
	return chan.rx;
}

/* The next line of a text that has `length` bytes left. */
static size_t line_length(const char *text, size_t length)
{
	const char *newline = memchr(text, '\n', length);

	return newline ? (size_t)(newline - text) : length;
}

static void must_be_lines_of(leat_rx lines, const char *text, size_t length)
{
	size_t at = 0;

	for (leat_bytes line; leat_recv(lines, &line) > 0; leat_bytes_drop(&line)) {
		check(at < length && line.size == line_length(text + at, length - at));
		check(memcmp(line.at, text + at, line.size) == 0 && line.at[line.size] == 0);
		at += line.size + 1;
	}
	check(at == length || at == length + 1);
	check(leat_cause(lines) == 0);
	leat_drop(lines);
}

static void lines_are_the_same_wherever_blocks_end(void)
{
	static const char *const texts[] = {
		"", "\n", "\n\n", "a", "a\n", "a\nb", "ab\n\ncd\n", "a long line\n\n\nb", "\na",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t size = 1; size < 14; size++)
			must_be_lines_of(leat_buffer(leat_lines(nil, blocks(texts[i], strlen(texts[i]), size), 0), capacity),
			                 texts[i], strlen(texts[i]));
}

static void zeros_pass(void)
{
	for (size_t size = 1; size < 9; size++)
		must_be_lines_of(leat_lines(nil, blocks("\0a\n\0\nb\0", 7, size), 0), "\0a\n\0\nb\0", 7);
}

static void many_and_long_lines_come(void)
{
	static char text[20000];
	unsigned seed = 7;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = random_below(&seed, i < 10000 ? 3 : 3000) ? 'x' : '\n';
	for (size_t size = 1; size < sizeof text; size = 3 * size + 1)
		must_be_lines_of(leat_lines(nil, blocks(text, sizeof text, size), 0), text, sizeof text);
}

/* A block that others hold too is copied: its newlines stay as they are. */
static void shared_blocks_are_not_changed(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_bytes block, sent;

	check(leat_bytes_copy(&block, "a\nb", 3) == 0);
	sent = leat_bytes_slice(&block, 0, 3);
	check(leat_send(chan.tx, &sent) == 1);
	leat_drop(chan.tx);
	must_be_lines_of(leat_lines(nil, chan.rx, 0), "a\nb", 3);
	check(memcmp(block.at, "a\nb", 3) == 0);
	leat_bytes_drop(&block);
}

/* The lines before it come first. */
static void a_line_may_be_too_long(void)
{
	for (size_t size = 1; size < 9; size++) {
		leat_rx lines = leat_lines(nil, blocks("ab\ncde\nf\n", 9, size), 2);
		leat_bytes line;

		check(leat_recv(lines, &line) == 1 && line.size == 2);
		leat_bytes_drop(&line);
		check(leat_recv(lines, &line) == 0 && leat_cause(lines) == EMSGSIZE);
		leat_drop(lines);
	}
	must_be_lines_of(leat_lines(nil, blocks("ab\ncd", 5, 1), 2), "ab\ncd", 5);
}

static void the_last_line_comes_before_a_cause(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_rx lines = leat_lines(nil, chan.rx, 0);
	leat_bytes block;

	check(leat_bytes_copy(&block, "cut o", 5) == 0 && leat_send(chan.tx, &block) == 1);
	check(leat_close_with(chan.tx, EIO) == 1);
	leat_drop(chan.tx);
	check(leat_recv(lines, &block) == 1 && strcmp((char *)block.at, "cut o") == 0);
	leat_bytes_drop(&block);
	check(leat_drain(lines) == EIO);
}

static void a_line_comes_when_it_is_there(void)
{
	int ends[2];
	leat_rx lines;
	leat_bytes line;

	check(pipe(ends) == 0);
	lines = leat_lines(nil, leat_chunks(nil, ends[0], NULL), 0);
	check(write(ends[1], "a\nb", 3) == 3);
	check(leat_recv(lines, &line) == 1 && strcmp((char *)line.at, "a") == 0);
	leat_bytes_drop(&line);
	leat_drop(lines);
	must_be_clean(); /* the pipe is silent, but nobody waits for it any more */
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* ------------------------------------------------------------------------------------------------ of files -- */

static void must_be_piece(leat_rx in, const char *text, uint64_t number, int error)
{
	leat_piece piece;

	check(leat_recv(in, &piece) == 1);
	check(piece.number == number && piece.end == !text && piece.error == error && piece.path);
	check(text ? strcmp((char *)piece.bytes.at, text) == 0 : !piece.bytes.size);
	leat_piece_drop(&piece);
}

/* A line never goes on in the next file. */
static void each_file_has_its_lines_and_an_end(void)
{
	char path[] = "/tmp/leat-lines-XXXXXX";
	int fd = mkstemp(path);

	check(fd >= 0 && write(fd, "one\ntwo", 7) == 7 && close(fd) == 0);
	for (size_t size = 1; size < 9; size++) {
		leat_rx in = leat_files(nil, LEAT_PATHS(path, "/nowhere", path), NULL);

		in = leat_buffer(leat_lines(nil, leat_file_chunks(nil, in, &(leat_blocks){ .size = size }), 0), capacity);
		must_be_piece(in, "one", 0, 0);
		must_be_piece(in, "two", 1, 0);
		must_be_piece(in, NULL, 2, 0);
		must_be_piece(in, NULL, 0, ENOENT);
		must_be_piece(in, "one", 0, 0);
		must_be_piece(in, "two", 1, 0);
		must_be_piece(in, NULL, 2, 0);
		check(leat_drain(in) == 0);
	}
	check(unlink(path) == 0);
}

/* done may cut the stream off, so that no end of the file comes. */
static void the_last_line_has_a_path_without_an_end(void)
{
	leat_chan chan = leat_make_of(&leat_piece_type, 1);
	leat_rx lines = leat_lines(nil, chan.rx, 0);
	leat_piece piece = { 0 };
	leat_file file;

	check(leat_file_look(&file, "some path") == 0 && leat_bytes_copy(&piece.bytes, "cut", 3) == 0);
	piece.path = file.path;
	piece.kept_ = file.kept_;
	check(leat_send(chan.tx, &piece) == 1);
	leat_drop(chan.tx);
	check(leat_recv(lines, &piece) == 1 && strcmp(piece.path, "some path") == 0);
	check(strcmp((char *)piece.bytes.at, "cut") == 0);
	leat_piece_drop(&piece);
	check(leat_drain(lines) == 0);
}

static void only_bytes_have_lines(void)
{
	check(leat_drain(leat_lines(nil, numbers(0, 3), 0)) == EINVAL);
	check(leat_drain(leat_lines(nil, nil, 0)) == EINVAL);
	check(leat_drain(leat_lines(nil, leat_ended(EIO), 0)) == EIO);
}

int main(int argc, char **argv)
{
	return RUN(lines_are_the_same_wherever_blocks_end, zeros_pass, many_and_long_lines_come,
	           shared_blocks_are_not_changed, a_line_may_be_too_long, the_last_line_comes_before_a_cause,
	           a_line_comes_when_it_is_there, each_file_has_its_lines_and_an_end,
	           the_last_line_has_a_path_without_an_end, only_bytes_have_lines);
}
