/* SPDX-License-Identifier: 0BSD
 *
 * chunks.c - leat_chunks and leat_file_chunks: what can be read comes in blocks, cut where it is asked, and all of it.
 * done, and a consumer that leaves, end a wait for a silent pipe.
 */
#include "../test.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/socket.h>

static const leat_rx nil;
static char path[] = "/tmp/leat-chunks-XXXXXX";

static void fill(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	check(fd >= 0 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
}

static int open_it(void)
{
	int fd = open(path, O_RDONLY);

	check(fd >= 0);
	return fd;
}

/* The blocks are these, with | between them. */
static void must_come(leat_rx in, const char *expected, int cause)
{
	char got[400] = "";
	size_t length = 0;

	for (leat_bytes block; leat_recv(in, &block) > 0; leat_bytes_drop(&block)) {
		check(block.size > 0 && block.at[block.size] == 0);
		length += (size_t)snprintf(got + length, sizeof got - length, "%s%s", length ? "|" : "", block.at);
	}
	if (strcmp(got, expected) != 0)
		fprintf(stderr, "got      %s\nexpected %s\n", got, expected);
	check(strcmp(got, expected) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

static leat_rx chunks_of(const char *text, size_t size, int (*ends)(int))
{
	fill(text, strlen(text));
	return leat_buffer(leat_chunks(nil, open_it(), &(leat_blocks){ .size = size, .ends = ends, .close = 1 }), capacity);
}

static void a_file_comes_in_blocks(void)
{
	must_come(chunks_of("abcdefgh", 3, NULL), "abc|def|gh", 0);
	must_come(chunks_of("abcdef", 3, NULL), "abc|def", 0);
	must_come(chunks_of("abcdef", 0, NULL), "abcdef", 0);
	must_come(chunks_of("abc", 1, NULL), "a|b|c", 0);
	must_come(chunks_of("", 3, NULL), "", 0);
}

static void blocks_are_cut_where_asked(void)
{
	must_come(chunks_of("a\nbb\nccc", 6, leat_is_newline), "a\nbb\n|ccc", 0);
	must_come(chunks_of("a\nbb\nccc\n", 5, leat_is_newline), "a\nbb\n|ccc\n", 0);
	must_come(chunks_of("abcdefgh\ni", 3, leat_is_newline), "abcdefgh\ni", 0);
	must_come(chunks_of("ab cd\tef", 4, isspace), "ab |cd\t|ef", 0);
	must_come(chunks_of("\n\n\n", 1, leat_is_newline), "\n|\n|\n", 0);
	must_come(chunks_of("abc", 1, leat_is_newline), "abc", 0);
}

/* Cut anywhere, the blocks make up the text. */
static void nothing_is_lost_or_doubled(void)
{
	char text[300];
	unsigned seed = 1;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "abc\n"[random_below(&seed, 4)];
	fill(text, sizeof text);
	for (size_t size = 1; size < 20; size++) {
		leat_rx in = leat_chunks(nil, open_it(), &(leat_blocks){ size, 0, leat_is_newline, 0, 1 });
		size_t at = 0;

		for (leat_bytes block; leat_recv(in, &block) > 0; leat_bytes_drop(&block)) {
			check(memcmp(block.at, text + at, block.size) == 0);
			at += block.size;
			check(at == sizeof text || text[at - 1] == '\n');
		}
		check(at == sizeof text);
		leat_drop(in);
	}
}

static void the_descriptor_stays_open_unless_taken(void)
{
	int fd;

	fill("abc", 3);
	fd = open_it();
	check(lseek(fd, 1, SEEK_SET) == 1);
	must_come(leat_chunks(nil, fd, NULL), "bc", 0);
	must_be_clean();
	check(lseek(fd, 0, SEEK_SET) == 0);
	must_come(leat_chunks(nil, fd, &(leat_blocks){ .close = 1 }), "abc", 0);
	must_be_clean();
	check(fcntl(fd, F_GETFD) == -1);
}

static void say(int fd, const char *text)
{
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void must_say(leat_rx in, const char *text)
{
	leat_bytes block;

	check(leat_recv(in, &block) == 1 && strcmp((char *)block.at, text) == 0);
	leat_bytes_drop(&block);
}

/* What has come goes out before the next bytes come. But with `ends` or `full` a block must be whole. */
static void a_pipe_gives_what_it_has(void)
{
	int ends[2];
	leat_rx in;

	check(pipe(ends) == 0);
	in = leat_chunks(nil, ends[0], NULL);
	say(ends[1], "ab");
	must_say(in, "ab");
	say(ends[1], "c");
	must_say(in, "c");
	close(ends[1]);
	must_come(in, "", 0);
	close(ends[0]);

	check(pipe(ends) == 0);
	in = leat_chunks(nil, ends[0], &(leat_blocks){ .ends = leat_is_newline });
	say(ends[1], "ab\nc");
	must_say(in, "ab\n");
	say(ends[1], "d\ne");
	must_say(in, "cd\n");
	close(ends[1]);
	must_come(in, "e", 0);
	close(ends[0]);

	check(pipe(ends) == 0);
	in = leat_chunks(nil, ends[0], &(leat_blocks){ .size = 3, .full = 1, .close = 1 });
	say(ends[1], "a");
	check(leat_wait_ready_by(in, leat_in(LEAT_MS(5))) == -1);
	say(ends[1], "bcd");
	must_say(in, "abc");
	close(ends[1]);
	must_come(in, "d", 0);
}

static void a_non_blocking_socket_is_waited_for(void)
{
	int ends[2];
	leat_rx in;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	in = leat_chunks(nil, ends[0], &(leat_blocks){ .close = 1 });
	check(leat_wait_ready_by(in, leat_in(LEAT_MS(5))) == -1);
	say(ends[1], "x");
	must_say(in, "x");
	close(ends[1]);
	must_come(in, "", 0);
}

static void done_ends_a_wait_for_a_silent_pipe(void)
{
	leat_chan done = leat_make_unit();
	int ends[2];
	leat_rx in;

	check(pipe(ends) == 0);
	in = leat_chunks(done.rx, ends[0], NULL);
	say(ends[1], "a");
	must_say(in, "a");
	leat_close(done.tx);
	check(leat_drain(in) == ECANCELED);
	leat_drop(done);
	close(ends[0]);
	close(ends[1]);
}

/* must_be_clean waits until the stage has ended. */
static void a_consumer_that_leaves_ends_a_wait(void)
{
	int ends[2];
	leat_rx in;

	check(pipe(ends) == 0);
	in = leat_chunks(nil, ends[0], NULL);
	say(ends[1], "a");
	must_say(in, "a");
	leat_drop(in);
	must_be_clean();
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void errors_are_causes(void)
{
	int fd = open("/", O_RDONLY);

	check(leat_drain(leat_chunks(nil, -1, NULL)) == EBADF);
	check(fd >= 0 && leat_drain(leat_chunks(nil, fd, &(leat_blocks){ .close = 1 })) == EISDIR);
	must_be_clean();
	check(leat_drain(leat_chunks(nil, 1 << 20, NULL)) == EBADF); /* it is not open */
	fd = open(path, O_WRONLY);
	check(leat_drain(leat_chunks(nil, fd, &(leat_blocks){ .close = 1 })) == EBADF);
}

/* ------------------------------------------------------------------------------------------------ of files -- */

static void must_be_piece(leat_rx in, const char *text, uint64_t number, int end, int error)
{
	leat_piece piece, copy;

	check(leat_recv(in, &piece) == 1);
	check(leat_piece_type.copy(&copy, &piece) == 0);
	leat_piece_drop(&piece);
	check(!piece.path && !piece.bytes.at);
	check(copy.number == number && copy.end == end && copy.error == error);
	check(end ? !copy.bytes.size : strcmp((char *)copy.bytes.at, text) == 0);
	leat_piece_drop(&copy);
}

static void each_file_has_its_blocks_and_an_end(void)
{
	leat_rx in;

	fill("abcde", 5);
	in = leat_files(nil, LEAT_PATHS(path, "/nowhere", "/dev/null", path), &(leat_walk){ .kinds = LEAT_FILE | LEAT_OTHER });
	in = leat_buffer(leat_file_chunks(nil, in, &(leat_blocks){ .size = 4 }), capacity);
	must_be_piece(in, "abcd", 0, 0, 0);
	must_be_piece(in, "e", 1, 0, 0);
	must_be_piece(in, "", 2, 1, 0);
	must_be_piece(in, "", 0, 1, ENOENT);
	must_be_piece(in, "", 0, 1, 0);
	must_be_piece(in, "abcd", 0, 0, 0);
	leat_drop(in);
}

/* A file is opened after the walk has seen it. It may have become something else. */
static void a_file_that_has_become_a_link_is_not_read(void)
{
	leat_chan files = leat_make_of(&leat_file_type, 3);
	leat_rx in = leat_file_chunks(nil, files.rx, NULL);
	char link[40];
	leat_file file;

	fill("abc", 3);
	snprintf(link, sizeof link, "%s.link", path);
	check(symlink(path, link) == 0 && leat_file_look(&file, link) == 0 && file.link);
	check(leat_send(files.tx, &file) == 1);
	must_be_piece(in, "abc", 0, 0, 0);
	must_be_piece(in, "", 1, 1, 0);
	check(leat_file_look(&file, link) == 0);
	file.link = 0;
	check(leat_send(files.tx, &file) == 1);
	must_be_piece(in, "", 0, 1, ELOOP);
	check(unlink(link) == 0 && leat_file_look(&file, "/") == 0 && leat_send(files.tx, &file) == 1);
	must_be_piece(in, "", 0, 1, EISDIR);
	leat_drop(files.tx);
	check(leat_drain(in) == 0);
	check(leat_drain(leat_file_chunks(nil, numbers(0, 3), NULL)) == EINVAL);
}

int main(int argc, char **argv)
{
	int fd = mkstemp(path), result;

	check(fd >= 0 && close(fd) == 0);
	result = RUN(a_file_comes_in_blocks, blocks_are_cut_where_asked, nothing_is_lost_or_doubled,
	             the_descriptor_stays_open_unless_taken, a_pipe_gives_what_it_has, a_non_blocking_socket_is_waited_for,
	             done_ends_a_wait_for_a_silent_pipe, a_consumer_that_leaves_ends_a_wait, errors_are_causes,
	             each_file_has_its_blocks_and_an_end, a_file_that_has_become_a_link_is_not_read);
	check(unlink(path) == 0);
	return result;
}
