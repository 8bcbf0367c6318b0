/* SPDX-License-Identifier: 0BSD
 *
 * output.c - where the reports of the watching thread go: to stderr, or to the end of the file LEAT_REPORT_FILE.
 *
 * A report is written into memory and leaves by as few calls of write as possible, so that the text of other threads
 * and processes does not stand in its middle. It uses no stream of the program: a stuck thread may hold its lock.
 */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char report_file[4096]; /* "": stderr */

void leati_set_report_file(const char *path)
{
	(void)snprintf(report_file, sizeof report_file, "%s", path); /* the system takes no longer path */
}

/* Nobody is left to tell if this fails. */
static void write_out(int to, const char *text, size_t size)
{
	for (ssize_t written; size > 0; text += written, size -= (size_t)written) {
		written = write(to, text, size);
		if (written < 0 && errno == EINTR)
			written = 0;
		if (written < 0)
			return;
	}
}

static void complain(const char *about, int error)
{
	char line[sizeof report_file + 128];
	int length = snprintf(line, sizeof line, "leat: %s: %s\n", about, leat_strerror(error));

	write_out(STDERR_FILENO, line, length < 0 ? 0 : (size_t)length);
}

/* The file is opened for each report, so that another program may move it away meanwhile. */
static void put_out(const char *text, size_t size)
{
	int to = STDERR_FILENO;

	if (report_file[0])
		to = open(report_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (to < 0) {
		complain(report_file, errno);
		to = STDERR_FILENO;
	}
	write_out(to, text, size);
	if (to != STDERR_FILENO && close(to) != 0)
		complain(report_file, errno);
}

void leati_put_out(int (*write_report)(FILE *to, void *arg), void *arg)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int error = ENOMEM;

	if (to) {
		error = write_report(to, arg);
		if (ferror(to))
			error = ENOMEM;
		if (fclose(to) != 0)
			error = ENOMEM;
	}
	if (text)
		put_out(text, size);
	if (error)
		complain("a report is not complete", error);
	free(text);
}
