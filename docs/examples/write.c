/* SPDX-License-Identifier: 0BSD
 *
 * write - lines to a descriptor. Full disks and readers that have left are causes, as any other failure is.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int greet(void *arg, const void *in, void *out)
{
	const char *const *name = in;
	char text[64];

	(void)arg;
	snprintf(text, sizeof text, "hello, %s", *name);
	return leat_bytes_copy(out, text, strlen(text)) < 0 ? -errno : 1;
}

static void write_greetings(int fd)
{
	leat_rx names = leat_generator(LEAT_NIL, LEAT_VALUES(const char *, "spring", "brook", "river"));
	leat_rx greetings = leat_map_of(LEAT_NIL, names, &leat_bytes_type, greet, NULL);
	int error = leat_write_lines(LEAT_NIL, greetings, fd);

	printf("written: %s\n", leat_strerror(error));
	fflush(stdout);
}

int main(void)
{
	int full = open("/dev/full", O_WRONLY), left[2];

	if (full < 0 || pipe(left) < 0) {
		perror("write");
		return 1;
	}
	close(left[0]);                                 /* nobody reads: without leat, SIGPIPE would end the program */
	write_greetings(STDOUT_FILENO);
	write_greetings(full);
	write_greetings(left[1]);
	close(full);
	close(left[1]);
	return 0;
}
