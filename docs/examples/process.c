/* SPDX-License-Identifier: 0BSD
 *
 * process - other programs as stages: sort gets a stream, and uniq gets what sort prints. Then three ends of a program.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const leat_rx never;

static int to_bytes(void *arg, const void *in, void *out)
{
	const char *const *text = in;

	(void)arg;
	return leat_bytes_copy(out, *text, strlen(*text)) < 0 ? -errno : 1;
}

static int count_names(void)
{
	leat_rx texts = leat_generator(never, LEAT_VALUES(const char *, "rill", "brook", "rill", "leat", "brook", "rill"));
	leat_rx names = leat_map_of(never, texts, &leat_bytes_type, to_bytes, NULL);
	leat_rx sorted = leat_process(never, names, &(leat_command){ .argv = LEAT_ARGV("sort"), .lines = 1 });
	leat_rx counted = leat_process(never, sorted, &(leat_command){ .argv = LEAT_ARGV("uniq", "-d") });

	return leat_write(never, counted, STDOUT_FILENO);
}

/* Tell how it has ended. When `done` comes, the program gets SIGTERM. */
static void run(const char *script, leat_rx done)
{
	int status = 0, cause = leat_drain(leat_process(done, never, &(leat_command){
		.argv = LEAT_ARGV("sh", "-c", script), .status = &status }));

	printf("%s: %s", script, leat_strerror(cause));
	if (WIFSIGNALED(status))
		printf(", by signal %d\n", WTERMSIG(status));
	else
		printf(", status %d\n", WEXITSTATUS(status));
}

int main(void)
{
	leat_rx soon = leat_after(LEAT_MS(20));

	if (count_names() != 0)
		return 1;
	run("true", never);
	run("exit 3", never);
	run("exec sleep 1000", soon);
	leat_drop(soon);
	return 0;
}
