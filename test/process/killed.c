/* SPDX-License-Identifier: 0BSD
 *
 * killed.c - a process is killed while its stages write. A stage may write each file under another name and then rename
 * it, as docs/examples/atomic_files.c does. Such a file is whole or absent. A reader of a pipe to which a stage writes
 * sees whole records, and then the end. leat promises nothing about files. But it leaves nothing behind that would keep
 * a descriptor open.
 */
#include "../test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static const leat_rx nil;

/* Kill the child some time after it has reported that it works. */
static void kill_at_work(pid_t child, int said, long microseconds)
{
	struct timespec time = { 0, microseconds * 1000 };
	char byte;
	int status;

	check(read(said, &byte, 1) == 1);
	nanosleep(&time, NULL);
	check(kill(child, SIGKILL) == 0);
	check(waitpid(child, &status, 0) == child);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int endless(void *of_int, void *out)
{
	*(int *)out = (*(int *)of_int)++;
	return 1;
}

/* --------------------------------------------------------------------------------------------------------- files -- */

enum { FILES = 20, SIZE = 20000, PATH = 256 };

static char dir[PATH - 50];
static int said[2];

static void name_of(char name[PATH], const char *file)
{
	check(snprintf(name, PATH, "%s/%.40s", dir, file) < PATH);
}

/* Write in pieces, so that the kill is likely to come in between. */
static void write_pieces(int fd, unsigned char content)
{
	unsigned char piece[SIZE / 10];

	memset(piece, content, sizeof piece);
	for (int i = 0; i < 10; i++) {
		check(write(fd, piece, sizeof piece) == sizeof piece);
		sched_yield();
	}
}

/* Write a file with other content each time. Two workers may write to the same file. */
static int write_one(void *arg, const void *in)
{
	int number = *(const int *)in, fd;
	char unfinished[PATH], name[PATH], file[40];

	(void)arg;
	check(snprintf(file, sizeof file, "%d", number % FILES) > 0);
	name_of(name, file);
	check(snprintf(file, sizeof file, "new%d", number) > 0);
	name_of(unfinished, file);
	fd = open(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0600);
	check(fd >= 0);
	write_pieces(fd, (unsigned char)(number % 251));
	check(close(fd) == 0 && rename(unfinished, name) == 0);
	if (number == FILES)
		check(write(said[1], "x", 1) == 1);
	return 0;
}

static void write_for_ever(void)
{
	int first = 0;
	leat_rx in = leat_buffer(leat_repeat_fn_of(nil, LEAT_TYPE(int), endless, &first), capacity);

	(void)leat_each(nil, in, 3, write_one, NULL);
	_exit(1); /* not reached: the stage does not end */
}

/* The file consists of its first byte, repeated over its whole size. */
static void must_be_whole(const char *name)
{
	unsigned char content[SIZE + 1];
	int fd = open(name, O_RDONLY);

	check(fd >= 0);
	check(read(fd, content, sizeof content) == SIZE);
	for (int i = 1; i < SIZE; i++)
		check(content[i] == content[0]);
	check(close(fd) == 0);
}

/* Check the files that have their final name. Remove all files. Returns how many were whole. */
static int look_at_files(void)
{
	DIR *files = opendir(dir);
	int whole = 0;
	char name[PATH];

	check(files);
	for (const struct dirent *each; (each = readdir(files)) != NULL;) {
		if (each->d_name[0] == '.')
			continue;
		name_of(name, each->d_name);
		if (strncmp(each->d_name, "new", 3) != 0) {
			must_be_whole(name);
			whole++;
		}
		check(unlink(name) == 0);
	}
	check(closedir(files) == 0);
	return whole;
}

static void files_are_whole_or_absent(void)
{
	const char *parent = getenv("TMPDIR");
	unsigned random = 1;

	check(snprintf(dir, sizeof dir, "%s/leat-killed.XXXXXX", parent ? parent : "/tmp") < (int)sizeof dir);
	check(mkdtemp(dir));
	for (int i = 0; i < 10; i++) {
		pid_t child;

		check(pipe(said) == 0);
		child = fork();
		check(child >= 0);
		if (child == 0)
			write_for_ever();
		kill_at_work(child, said[0], (long)random_below(&random, 3000));
		check(close(said[0]) == 0 && close(said[1]) == 0);
		check(look_at_files() >= 1);
	}
	check(rmdir(dir) == 0);
}

/* --------------------------------------------------------------------------------------------------------- pipes -- */

typedef struct { int number, twice, filling[14]; } record;

static int records[2];

static int write_record(void *arg, const void *in)
{
	record one = { *(const int *)in, 2 * *(const int *)in, { 0 } };

	(void)arg;
	check(write(records[1], &one, sizeof one) == sizeof one); /* a write below PIPE_BUF is atomic */
	return 0;
}

/* Read whole records until the end, and report it. */
static void read_records(void)
{
	record one;
	ssize_t got;

	check(close(records[1]) == 0);
	for (int i = 0; (got = read(records[0], &one, sizeof one)) == sizeof one; i++) {
		check(one.number == i && one.twice == 2 * i);
		if (i == 10)
			check(write(said[1], "x", 1) == 1);
	}
	check(got == 0 && write(said[1], "e", 1) == 1);
	_exit(0);
}

/* The child holds the other end of the pipe. */
static void write_to_child(void)
{
	int first = 0;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0)
		read_records();
	check(close(records[0]) == 0 && close(said[1]) == 0);
	(void)leat_each(nil, leat_buffer(leat_repeat_fn_of(nil, LEAT_TYPE(int), endless, &first), capacity), 1,
	                write_record, NULL);
	_exit(1); /* not reached: the stage does not end */
}

static void who_reads_sees_the_end(void)
{
	unsigned random = 1;

	for (int i = 0; i < 10; i++) {
		pid_t child;
		char byte;

		check(pipe(said) == 0 && pipe(records) == 0);
		child = fork();
		check(child >= 0);
		if (child == 0)
			write_to_child();
		check(close(records[0]) == 0 && close(records[1]) == 0 && close(said[1]) == 0);
		kill_at_work(child, said[0], (long)random_below(&random, 2000));
		check(read(said[0], &byte, 1) == 1 && byte == 'e');
		check(read(said[0], &byte, 1) == 0 && close(said[0]) == 0);
	}
}

int main(int argc, char **argv)
{
	return RUN(files_are_whole_or_absent, who_reads_sees_the_end);
}
