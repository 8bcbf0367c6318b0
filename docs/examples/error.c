/* SPDX-License-Identifier: 0BSD
 *
 * error - wrap an error where it leaves a module, with a text for the user: leat_error_wrap, leat_error_with.
 *
 * The number in the user's text finds the error in the log. There leat_error_format would add the time, the place in
 * the source, the host and the stack.
 * The book's program logs the whole structs in one line, as Go prints them. Here each error of the chain has a line and
 * a number. The user's text has the number of the innermost error, which is the cause.
 * The book: P05, fig-error-propagation-corrected.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char low_level[] = "low level", intermediate[] = "intermediate";

/* The lower module. */
static leat_error *is_globally_executable(const char *path, int *is)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return leat_error_new(low_level, errno, "stat %s: %s", path, strerror(errno));
	*is = (info.st_mode & 0100) != 0;
	return NULL;
}

/* The upper module: it knows the task. */
static leat_error *run_job(const char *id)
{
	const char *binary = "/bad/job/binary";
	int is_executable = 0;
	leat_error *error = is_globally_executable(binary, &is_executable);

	if (!error && is_executable)
		return NULL;
	error = error ? leat_error_wrap(error, intermediate, 0, "running job \"%s\"", id) :
	                leat_error_new(intermediate, EACCES, "running job \"%s\"", id);
	return leat_error_with(error, LEAT_ERROR_HOST | LEAT_ERROR_TRACE,
	                       "cannot run job \"%s\": requisite binaries not available", id);
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
