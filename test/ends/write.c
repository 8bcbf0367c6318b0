/* SPDX-License-Identifier: 0BSD
 *
 * write.c - leat_write writes all bytes of a stream, whatever the descriptor takes at once. It tells the first error, and
 * a broken pipe is one. done ends each wait for room.
 */
#include "../test.h"

#include <fcntl.h>
#include <sys/socket.h>

static const leat_rx nil;

enum { VALUES = 24, LARGEST = 66000 };

/* ----------------------------------------------------------------------------------------- what goes through -- */

static size_t size_of(int i)
{
	return i % 20 == 9 ? LARGEST : (size_t)(i * 37 % 400);
}

/* Makes values of many sizes, some of them empty, some larger than a pipe. Byte j of value i is i + j. */
static int make_bytes(void *of_count, void *out)
{
	int *count = of_count, i = *count;
	leat_bytes *made = out;

	if (i == VALUES)
		return 0;
	check(leat_bytes_make(made, size_of(i)) == 0);
	for (size_t j = 0; j < made->size; j++)
		made->at[j] = (unsigned char)((size_t)i + j);
	*count = i + 1;
	return 1;
}

static leat_rx some_bytes(int *count)
{
	*count = 0;
	return leat_buffer(leat_repeat_fn_of(nil, &leat_bytes_type, make_bytes, count), capacity);
}

/* A stream of `count` values with this text. */
static leat_rx texts(const char *text, int count)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, (size_t)count);
	leat_bytes value;

	for (int i = 0; i < count; i++) {
		check(leat_bytes_copy(&value, text, strlen(text)) == 0);
		check(leat_send(chan.tx, &value) == 1);
	}
	leat_drop(chan.tx);
	return chan.rx;
}

/* Reads to the end, and checks each byte. */
struct reader { background behind; int fd, lines; };

static void must_read(FILE *from, int byte)
{
	check(getc(from) == byte);
}

static void read_all(void *of_reader)
{
	const struct reader *self = of_reader;
	FILE *from = fdopen(self->fd, "r");

	check(from);
	for (int i = 0; i < VALUES; i++) {
		for (size_t j = 0; j < size_of(i); j++)
			must_read(from, (unsigned char)((size_t)i + j));
		if (self->lines)
			must_read(from, '\n');
	}
	check(getc(from) == EOF && !ferror(from) && fclose(from) == 0);
}

static void must_arrive(const int *ends, int lines)
{
	struct reader reader = { .fd = ends[0], .lines = lines };
	int count;

	begin(&reader.behind, read_all, &reader);
	check((lines ? leat_write_lines(nil, some_bytes(&count), ends[1]) : leat_write(nil, some_bytes(&count), ends[1]))
	      == 0);
	check(close(ends[1]) == 0);
	must_return(&reader.behind);
}

static void through_a_pipe(void)
{
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK)
		for (int lines = 0; lines < 2; lines++) {
			int ends[2];

			check(pipe(ends) == 0 && fcntl(ends[1], F_SETFL, flags) == 0);
			must_arrive(ends, lines);
		}
}

/* The socket has so little room that a write takes a part of what it is given. */
static void through_a_socket(void)
{
	int ends[2], small = 2048;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	check(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
	must_arrive(ends, 1);
}

static void into_a_file(void)
{
	char path[] = "/tmp/leat-write-XXXXXX";
	struct reader reader = { .fd = mkstemp(path) };
	int count, fd = open(path, O_WRONLY);

	check(reader.fd >= 0 && fd >= 0 && unlink(path) == 0);
	check(leat_write(nil, some_bytes(&count), fd) == 0 && close(fd) == 0);
	read_all(&reader);
}

/* ----------------------------------------------------------------------------------------------------- errors -- */

/* What the threads of leat find: no SIGPIPE that an earlier function has left pending. */
static void find_no_signal(void *arg)
{
	sigset_t pending;

	(void)arg;
	check(sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 0);
}

/* The action of SIGPIPE is the default: the signal would end the test. */
static void a_broken_pipe_is_a_cause(void)
{
	sigset_t mask, after;
	int ends[2];

	check(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, SIGPIPE) == 0);
	check(pipe(ends) == 0 && close(ends[0]) == 0);
	check(leat_write(nil, texts("lost", 5), ends[1]) == EPIPE && close(ends[1]) == 0);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[0]) == 0);
	check(leat_write(nil, texts("lost", 5), ends[1]) == EPIPE && close(ends[1]) == 0);
	for (int i = 0; i < 3; i++)
		check(leat_go(find_no_signal, NULL) == 1);
	check(pthread_sigmask(SIG_SETMASK, NULL, &after) == 0 && sigismember(&after, SIGPIPE) == 0);
}

static void a_full_disk_is_a_cause(void)
{
	int full = open("/dev/full", O_WRONLY);

	check(full >= 0 && leat_write_lines(nil, texts("a line", 3), full) == ENOSPC && close(full) == 0);
}

static void the_cause_of_the_input_passes(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_bytes value;
	char text[8];
	int ends[2];

	check(pipe(ends) == 0 && leat_bytes_copy(&value, "first", 5) == 0);
	check(leat_send(chan.tx, &value) == 1 && leat_close_with(chan.tx, EBADMSG) == 1);
	check(leat_write_lines(nil, chan.rx, ends[1]) == EBADMSG);
	check(read(ends[0], text, sizeof text) == 6 && memcmp(text, "first\n", 6) == 0);
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
	leat_drop(chan.tx);
}

static void nonsense(void)
{
	int read_only = open("/dev/null", O_RDONLY);

	check(leat_write(nil, texts("x", 1), -1) == EBADF);
	check(leat_write(nil, texts("x", 1), read_only) == EBADF && close(read_only) == 0);
	check(leat_write(nil, numbers(1, 3), 1) == EINVAL);
	check(leat_write(nil, nil, 1) == EINVAL);
	check(leat_write(nil, leat_ended(EIO), 1) == EIO);
	check(leat_write(nil, leat_ended(0), 1) == 0);
}

/* ------------------------------------------------------------------------------------------------------- done -- */

static int make_word(void *arg, void *out)
{
	(void)arg;
	check(leat_bytes_copy(out, "word", 4) == 0);
	return 1;
}

struct writing { background behind; leat_rx done; int fd, cause; };

static void write_for_ever(void *of_writing)
{
	struct writing *self = of_writing;
	leat_rx words = leat_buffer(leat_repeat_fn_of(nil, &leat_bytes_type, make_word, NULL), capacity);

	self->cause = leat_write(self->done, words, self->fd);
}

/* Nobody reads, so the writer waits for room. */
static void done_ends_the_wait_for_room(void)
{
	for (int kind = 0; kind < 3; kind++) {
		leat_chan done = leat_make_unit();
		struct writing self = { .done = done.rx };
		int ends[2];

		check((kind == 2 ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) == 0);
		check(kind != 1 || fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
		self.fd = ends[1];
		begin(&self.behind, write_for_ever, &self);
		must_block(&self.behind);
		check(leat_close_with(done.tx, EINTR) == 1);
		must_return(&self.behind);
		check(self.cause == EINTR && close(ends[0]) == 0 && close(ends[1]) == 0);
		leat_drop(done);
	}
}

/* The consumer of the stage leaves: it stops, though it waits for room, and so do the stages above it. */
static void dropping_it_stops_the_writing(void)
{
	int ends[2];
	leat_rx words = leat_repeat_fn_of(nil, &leat_bytes_type, make_word, NULL), written;

	check(pipe(ends) == 0);
	written = leat_writer(nil, words, ends[1], 0);
	check(leat_wait_by(written, leat_in(LEAT_MS(10))) == -1 && errno == ETIMEDOUT);
	leat_drop(written);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
}

int main(int argc, char **argv)
{
	return RUN(through_a_pipe, through_a_socket, into_a_file, a_broken_pipe_is_a_cause, a_full_disk_is_a_cause,
	           the_cause_of_the_input_passes, nonsense, done_ends_the_wait_for_room, dropping_it_stops_the_writing);
}
