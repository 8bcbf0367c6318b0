/* SPDX-License-Identifier: 0BSD
 *
 * error_leaky - how not to do it: an error of the lower module leaves the upper module unchanged.
 *
 * The user can make nothing of it, and is told that this is a bug. It is one: see error.c.
 * The book's program logs the whole structs, as Go prints them.
 * The book: P06, fig-error-propagation.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char low_level[] = "low level";

/* The lower module. */
static leat_error *is_globally_executable(const char *path, int *is)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return leat_error_new(low_level, errno, "stat %s: %s", path, strerror(errno));
	*is = (info.st_mode & 0100) != 0;
	return NULL;
}

/* The upper module: it does not say what the task was. */
static leat_error *run_job(const char *id)
{
	int is_executable = 0;

	(void)id;
	return is_globally_executable("/bad/job/binary", &is_executable);
}

int main(void)
{
	leat_error *error = run_job("1");
	char line[200];

	for (const leat_error *log = error; log; log = log->inner)
		printf("[logID: %d]: %s: %s\n", (int)log->id, log->kind, log->message);
	(void)leat_error_format_user(error, line, sizeof line); /* a longer one is cut */
	printf("%s\n", line);
	leat_error_drop(error);
	return 0;
}
