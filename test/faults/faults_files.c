/* SPDX-License-Identifier: 0BSD
 *
 * faults_files.c - allocations and thread starts fail while trees are walked, blocks are read and lines are cut. Each
 * failure is a cause, or the error of a file. What came before it came in order, and no descriptor is left open.
 */
#include "faults.h"

#include <fcntl.h>
#include <sys/stat.h>

static const leat_rx nil;
static char path[] = "/tmp/leat-faults-XXXXXX";
static char tree[] = "/tmp/leat-faults-XXXXXX";
static const char text[] = "one\ntwo\nthree\nfour\n";

static int lowest_descriptor(void)
{
	int fd = dup(0);

	check(fd >= 0 && close(fd) == 0);
	return fd;
}

/* Receive lines. They are those of the text, from its begin on; all of them, unless there is a cause. */
static int receive_lines(leat_rx lines)
{
	const char *at = text;
	int cause;

	for (leat_bytes line; leat_recv(lines, &line) > 0; leat_bytes_drop(&line)) {
		check(memcmp(line.at, at, line.size) == 0);
		at += line.size + 1;
	}
	cause = leat_cause(lines);
	check(cause || *at == '\0');
	leat_drop(lines);
	return cause;
}

static int run_lines(void)
{
	int fd = open(path, O_RDONLY);

	check(fd >= 0);
	return receive_lines(leat_lines(nil, leat_chunks(nil, fd, &(leat_blocks){ .size = 3, .close = 1 }), 0));
}

static int run_whole_lines(void)
{
	int fd = open(path, O_RDONLY);

	check(fd >= 0);
	return receive_lines(leat_lines(nil, leat_chunks(nil, fd, &(leat_blocks){ 4, 0, leat_is_newline, .close = 1 }), 0));
}

/* A file that could not be read to its end has the error at its end. */
static int run_files(void)
{
	leat_rx in = leat_files(nil, LEAT_PATHS(path, path), &(leat_walk){ .sorted = 1 });
	int ends = 0, error = 0, cause;

	in = leat_lines(nil, leat_file_chunks(nil, in, &(leat_blocks){ .size = 7 }), 0);
	for (leat_piece piece; leat_recv(in, &piece) > 0; leat_piece_drop(&piece)) {
		ends += piece.end;
		error = error ? error : piece.error;
		check(!piece.end || piece.error || piece.number == 4);
	}
	cause = leat_cause(in);
	check(cause || ends == 2);
	leat_drop(in);
	return cause ? cause : error;
}

static int run_tree(void)
{
	leat_rx files = leat_files(nil, LEAT_PATHS(tree), &(leat_walk){ .sorted = 1, .kinds = 15 });
	int count = 0, cause;

	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file), count++)
		check(file.path && !file.error);
	cause = leat_cause(files);
	check(cause || count == 3);
	leat_drop(files);
	return cause;
}

static void each_failure_is_told(void)
{
	static scenario *const runs[] = { run_lines, run_whole_lines, run_files };
	int lowest;

	check(run_lines() == 0); /* the first wait of a process may open descriptors that stay */
	must_be_clean();
	lowest = lowest_descriptor();
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		check(fail_each(&allocations, ENOMEM, runs[i]) > 3);
		check(fail_each(&starts, EAGAIN, runs[i]) > 0);
		check(lowest_descriptor() == lowest);
	}
}

static void a_walk_fails_whole(void)
{
	check(fail_each(&allocations, ENOMEM, run_tree) > 3);
}

static void a_path_needs_memory(void)
{
	leat_file file;
	int failed = 0;

	for (long k = 0; k < 2; k++) {
		atomic_store(&allocations.left, k);
		failed += leat_file_look(&file, path) < 0 && errno == ENOMEM && !file.path;
		atomic_store(&allocations.left, -1);
		leat_file_drop(&file);
	}
	check(failed == 1);
}

int main(int argc, char **argv)
{
	int fd = mkstemp(path), result;

	check(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1 && close(fd) == 0);
	check(mkdtemp(tree) && chdir(tree) == 0 && mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0 && chdir("/") == 0);
	result = RUN(each_failure_is_told, a_walk_fails_whole, a_path_needs_memory);
	check(unlink(path) == 0 && chdir(tree) == 0 && rmdir("a/b") == 0 && rmdir("a") == 0 && rmdir(tree) == 0);
	return result;
}
