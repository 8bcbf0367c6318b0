/* SPDX-License-Identifier: 0BSD
 *
 * checksum - the SHA-256 of each file of the trees, in the order of their paths, as sha256sum prints it.
 *
 *     walk -> files -> hash (a worker for each processor) -> lines, in the order of the files -> main prints
 *
 *     checksum DIR | sha256sum --check
 *
 * Status 1: a file could not be read; the others are printed. 2: there is no result.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sha256.h"

enum { QUEUE = 1024, READ = 64 << 10 };

/* A file, and its hash. */
struct sum { leat_file file; unsigned char hash[SHA256_SIZE]; };

static void sum_release(void *sum)
{
	leat_file_drop(&((struct sum *)sum)->file);
}

static const leat_type sum_type = { "sum", sizeof(struct sum), NULL, sum_release };

/* Returns 0 or an errno value. */
static int hash_file(const char *path, unsigned char *hash)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), error = 0;
	struct sha256 state = sha256_begin();
	unsigned char block[READ];
	ssize_t got = -1;

	while (fd >= 0 && (got = read(fd, block, sizeof block)) > 0)
		sha256_add(&state, block, (size_t)got);
	if (got < 0)
		error = errno;
	else
		sha256_end(&state, hash);
	if (fd >= 0)
		close(fd);
	return error;
}

/* A leat_map_fn in several threads. It owns the file. */
static int hash(void *unused, const void *in, void *out)
{
	struct sum *sum = out;

	(void)unused;
	sum->file = *(const leat_file *)in;
	if (!sum->file.error)
		sum->file.error = hash_file(sum->file.path, sum->hash);
	return 1;
}

/* As sha256sum: a path with a backslash or a line end is escaped, and its line begins with a backslash. */
static void print(const struct sum *sum)
{
	if (strpbrk(sum->file.path, "\\\n\r"))
		putchar('\\');
	for (int i = 0; i < SHA256_SIZE; i++)
		printf("%02x", sum->hash[i]);
	fputs("  ", stdout);
	for (const char *at = sum->file.path; *at; at++)
		*at == '\\' ? fputs("\\\\", stdout) : *at == '\n' ? fputs("\\n", stdout) :
		*at == '\r' ? fputs("\\r", stdout) : putchar(*at);
	putchar('\n');
}

int main(int argc, char **argv)
{
	leat_workers workers = { .count = leat_cpus(), .takes = 1, .ordered = 1 };
	leat_rx files = leat_files(LEAT_NIL, (const char *const *)argv + 1, (size_t)(argc - 1), &(leat_walk){ .sorted = 1 });
	leat_rx sums = leat_map_with_of(LEAT_NIL, leat_buffer(files, QUEUE), &sum_type, hash, NULL, &workers);
	int cause, status = 0;

	for (struct sum sum; leat_recv(sums, &sum) > 0; sum_release(&sum)) {
		if (!sum.file.error) {
			print(&sum);
			continue;
		}
		fprintf(stderr, "checksum: %s: %s\n", sum.file.path, leat_strerror(sum.file.error));
		status = 1;
	}
	cause = leat_cause(sums);
	leat_drop(sums);
	if (!cause && fflush(stdout) != 0)
		cause = errno;
	if (cause)
		fprintf(stderr, "checksum: %s\n", leat_strerror(cause));
	return cause ? 2 : status;
}
