/* SPDX-License-Identifier: 0BSD
 *
 * atomic_files - write files that are whole or absent, whenever the process ends.
 *
 * A stage writes each file under another name and waits until it is on the disk. Then it gives the file its own name,
 * which is one step.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 3 };

/* Write all of the text, and wait until it is on the disk. */
static int write_through(int fd, const char *text)
{
	for (size_t left = strlen(text); left > 0;) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			left -= (size_t)written;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600), error;

	if (fd < 0)
		return -errno;
	error = write_through(fd, text);
	if (close(fd) < 0 && !error)
		error = -errno;
	return error;
}

/* Two workers must not write the same file, because they would share the other name. */
static int write_page(void *dir, const void *in, void *out)
{
	char unfinished[64], text[64], *name = out;
	int number = *(const int *)in, error;

	(void)snprintf(name, 64, "%s/page%d", (const char *)dir, number); /* short enough */
	(void)snprintf(unfinished, sizeof unfinished, "%s.new", name);
	(void)snprintf(text, sizeof text, "this is page %d\n", number);
	error = write_file(unfinished, text);
	if (!error && rename(unfinished, name) < 0)
		error = -errno;
	if (error)
		(void)unlink(unfinished); /* a remaining temporary file does no harm */
	return error ? error : 1;
}

static void show(const char *name)
{
	FILE *file = fopen(name, "r");
	char line[64];

	if (file && fgets(line, sizeof line, file))
		printf("%s: %s", strrchr(name, '/') + 1, line);
	if (file)
		(void)fclose(file); /* read only: nothing to lose */
}

int main(void)
{
	typedef struct { char name[64]; } path;
	char dir[] = "/tmp/pages.XXXXXX";
	leat_rx none = LEAT_NIL, pages;
	int cause;

	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	pages = leat_generator(none, LEAT_VALUES(int, 1, 2, 3, 4, 5));
	pages = leat_map_ordered(none, pages, WORKERS, path, write_page, dir);
	for (path page; leat_recv(pages, &page) > 0;) {
		show(page.name);
		(void)unlink(page.name); /* if this fails, rmdir fails too */
	}
	cause = leat_cause(pages);
	leat_drop(pages);
	if (cause)
		fprintf(stderr, "pages: %s\n", leat_strerror(cause));
	if (rmdir(dir) < 0)
		perror(dir);
	return cause != 0;
}
