/* SPDX-License-Identifier: 0BSD
 *
 * files.c - leat_files finds what is in trees, in order if asked. What cannot be read is a value with an error, and the
 * walk goes on.
 */
#include "../test.h"

#include <fcntl.h>
#include <sys/stat.h>

static const leat_rx nil;
static char tree[] = "/tmp/leat-files-XXXXXX";

enum { ALL = LEAT_FILE | LEAT_DIRECTORY | LEAT_LINK | LEAT_OTHER };

/* The tree is the present directory, so that paths are short. */
static void make_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static void make_tree(void)
{
	check(mkdtemp(tree) && chdir(tree) == 0);
	check(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0 && mkdir("a/empty", 0700) == 0);
	make_file("a/b/deep", "12345");
	make_file("a/b.c", "");
	make_file("a/b-c", "1");
	make_file("a/z", "12");
	check(symlink("z", "a/link") == 0 && symlink("../../a", "a/b/up") == 0 && symlink("nowhere", "a/lost") == 0);
	check(mkfifo("a/fifo", 0600) == 0);
}

static void remove_tree(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf '%s'", tree);
	check(chdir("/") == 0 && system(command) == 0);
}

static leat_rx walk(const char *root, int kinds, int follow, int sorted)
{
	return leat_buffer(leat_files(nil, LEAT_PATHS(root), &(leat_walk){ kinds, follow, sorted }), capacity);
}

/* The next entries are these, and then the stream is over. Each is told as PATH, or PATH!ERROR. */
static void must_find(leat_rx files, const char *expected)
{
	char found[1000] = "";
	size_t length = 0;

	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file)) {
		length += (size_t)snprintf(found + length, sizeof found - length, "%s%s", length ? " " : "", file.path);
		if (file.error)
			length += (size_t)snprintf(found + length, sizeof found - length, "!%d", file.error);
	}
	if (strcmp(found, expected) != 0)
		fprintf(stderr, "found    %s\nexpected %s\n", found, expected);
	check(strcmp(found, expected) == 0);
	check(leat_cause(files) == 0);
	leat_drop(files);
}

static const char *with_errors(const char *format, int error, int other)
{
	static char text[1000];

	snprintf(text, sizeof text, format, error, other);
	return text;
}

static void they_come_in_the_order_of_strcmp(void)
{
	must_find(walk("a", 0, 0, 1), "a/b-c a/b.c a/b/deep a/z");
	must_find(walk("a/", 0, 0, 1), "a/b-c a/b.c a/b/deep a/z");
	must_find(walk("a", ALL, 0, 1),
	          "a a/b a/b-c a/b.c a/b/deep a/b/up a/empty a/fifo a/link a/lost a/z");
	must_find(walk("a", LEAT_DIRECTORY, 0, 1), "a a/b a/empty");
	must_find(walk("a", LEAT_LINK | LEAT_OTHER, 0, 1), "a/b/up a/fifo a/link a/lost");
}

static void without_order_the_same_ones_come(void)
{
	leat_rx files = walk("a", 0, 0, 0);
	uint64_t size = 0;
	int count = 0;

	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file), count++) {
		check(file.kind == LEAT_FILE && !file.link && !file.error);
		size += file.size;
	}
	check(count == 4 && size == 8);
	leat_drop(files);
}

static void roots_come_in_their_order(void)
{
	must_find(leat_files(nil, LEAT_PATHS("a/z", "a/b", "a/b-c"), NULL), "a/z a/b/deep a/b-c");
}

static void links_are_followed_if_asked(void)
{
	must_find(walk("a", LEAT_FILE, 1, 1),
	          with_errors("a/b-c a/b.c a/b/deep a/b/up!%d a/link a/lost!%d a/z", ELOOP, ENOENT));
	must_find(walk("a/b/up/", 0, 0, 1), "a/b/up/b-c a/b/up/b.c a/b/up/b/deep a/b/up/z");
}

static void a_link_to_a_directory_is_a_directory(void)
{
	leat_rx files = walk("a/b/up", LEAT_DIRECTORY, 1, 1);
	leat_file file;

	check(leat_recv(files, &file) == 1);
	check(strcmp(file.path, "a/b/up") == 0 && file.kind == LEAT_DIRECTORY && file.link && !file.error);
	leat_file_drop(&file);
	check(!file.path);
	leat_drop(files);
}

static void a_wrong_root_is_a_value(void)
{
	must_find(leat_files(nil, LEAT_PATHS("none", "a/link", "a/z"), NULL),
	          with_errors("none!%d a/link!%d a/z", ENOENT, EINVAL));
}

/* A directory whose path is too long cannot be opened, even by root. */
static void an_unreadable_directory_is_a_value(void)
{
	char name[201];
	int up = open(".", O_RDONLY | O_DIRECTORY), before = 0, after = 0, wrong = 0;
	leat_rx files;

	memset(name, 'n', 200);
	name[200] = '\0';
	check(mkdir("long", 0700) == 0 && chdir("long") == 0);
	for (int i = 0; i < 25; i++)
		check(mkdir(name, 0700) == 0 && chdir(name) == 0);
	check(fchdir(up) == 0 && close(up) == 0);
	make_file("long/a", "");
	make_file("long/z", "");
	files = walk("long", 0, 0, 1);
	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file)) {
		before += strcmp(file.path, "long/a") == 0;
		after += strcmp(file.path, "long/z") == 0;
		wrong += file.error == ENAMETOOLONG && file.path[strlen(file.path) - 1] == 'n';
	}
	check(before == 1 && after == 1 && wrong == 1 && leat_cause(files) == 0);
	leat_drop(files);
}

static void a_forbidden_directory_is_a_value(void)
{
	if (geteuid() == 0)
		return; /* root may read it */
	check(chmod("a/b", 0) == 0);
	must_find(walk("a", 0, 0, 1), with_errors("a/b-c a/b.c a/b!%d a/z", EACCES, 0));
	check(chmod("a/b", 0700) == 0);
}

static void a_path_can_be_looked_at(void)
{
	leat_file file, copy;

	check(leat_file_look(&file, "a/link") == 0 && file.kind == LEAT_FILE && file.size == 2 && file.link == 1);
	check(leat_file_type.copy(&copy, &file) == 0 && copy.path == file.path);
	leat_file_drop(&file);
	check(strcmp(copy.path, "a/link") == 0);
	leat_file_drop(&copy);
	check(leat_file_look(&file, "none") == 0 && file.error == ENOENT && file.kind == 0);
	leat_file_drop(&file);
	check(leat_file_look(&file, "a/lost") == 0 && file.error == ENOENT && file.kind == LEAT_LINK);
	leat_file_drop(&file);
}

/* Without an end, the walk below / would take long. */
static void done_ends_the_walk(void)
{
	leat_chan done = leat_make_unit();
	leat_rx files = leat_files(done.rx, LEAT_PATHS("/"), NULL);
	leat_file file;

	check(leat_recv(files, &file) == 1);
	leat_file_drop(&file);
	leat_close(done.tx);
	check(leat_drain(files) == ECANCELED);
	leat_drop(done);
}

static void a_consumer_that_leaves_ends_the_walk(void)
{
	leat_rx files = leat_files(nil, LEAT_PATHS("/"), NULL);
	leat_file file;

	check(leat_recv(files, &file) == 1);
	leat_file_drop(&file);
	leat_drop(files);
}

static void bad_arguments_are_told(void)
{
	check(leat_drain(leat_files(nil, NULL, 1, NULL)) == EINVAL);
	check(leat_drain(leat_files(nil, LEAT_PATHS("a"), NULL)) == 0);
	check(leat_drain((leat_files)(nil, (const char *[]){ "a" }, 0, NULL)) == EINVAL);
	check(leat_drain(leat_files(nil, LEAT_PATHS("a", NULL), NULL)) == EINVAL);
}

/* The walk looks at all roots first. Then it waits for us, before it enters the last. */
static void a_root_that_is_removed_is_no_link(void)
{
	const char *roots[64];
	leat_file file;
	leat_rx files;

	for (int i = 0; i < 64; i++)
		roots[i] = i < 63 ? "a" : "gone";
	check(mkdir("gone", 0700) == 0);
	files = leat_files(nil, roots, 64, &(leat_walk){ .kinds = ALL });
	check(leat_recv(files, &file) == 1 && rmdir("gone") == 0);
	while (strcmp(file.path, "gone") != 0 || !file.error) {
		leat_file_drop(&file);
		check(leat_recv(files, &file) == 1);
	}
	check(file.kind == LEAT_DIRECTORY && file.error == ENOENT && !file.link);
	leat_file_drop(&file);
	check(leat_drain(files) == 0);
}

int main(int argc, char **argv)
{
	int result;

	make_tree();
	result = RUN(they_come_in_the_order_of_strcmp, without_order_the_same_ones_come, roots_come_in_their_order,
	             links_are_followed_if_asked, a_link_to_a_directory_is_a_directory,
	             a_root_that_is_removed_is_no_link, a_wrong_root_is_a_value,
	             an_unreadable_directory_is_a_value, a_forbidden_directory_is_a_value, a_path_can_be_looked_at,
	             done_ends_the_walk, a_consumer_that_leaves_ends_the_walk, bad_arguments_are_told);
	remove_tree();
	return result;
}
