/* SPDX-License-Identifier: 0BSD
 *
 * tree DIR - the SHA-256 of each file under a directory, in the order of their paths, as sha256sum prints them.
 *
 *     walk -> files -> hash (a worker for each processor) -> lines, in the order of the paths -> main prints
 *
 * Needs openssl/evp.h.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <leat.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 64 << 10,
	QUEUE = 4096, /* the files that may wait, so that the walk seldom does */
	SIZE = 32,   /* of a hash */
};

/* ------------------------------------------------------------------------------------------------ hash -- */

/* Returns 0 or an errno value. */
static int hash_bytes(EVP_MD_CTX *context, int file)
{
	char block[BLOCK];
	ssize_t got;

	while ((got = read(file, block, sizeof block)) > 0)
		if (!EVP_DigestUpdate(context, block, (size_t)got))
			return ENOMEM;
	return got < 0 ? errno : 0;
}

static int hash_file(EVP_MD_CTX *context, const char *path, unsigned char *hash)
{
	int file = open(path, O_RDONLY | O_CLOEXEC), error = file < 0 ? errno : 0;

	if (!error && !EVP_DigestInit_ex(context, NULL, NULL)) /* the same function as before */
		error = ENOMEM;
	if (!error)
		error = hash_bytes(context, file);
	if (!error && !EVP_DigestFinal_ex(context, hash, NULL))
		error = ENOMEM;
	if (file >= 0)
		close(file);
	return error;
}

/* Each worker has a context of its own. */
static int begin(void *unused, void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	(void)unused;
	*state = context;
	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		return 1;
	EVP_MD_CTX_free(context);
	return -ENOMEM;
}

static void end(void *context)
{
	EVP_MD_CTX_free(context);
}

/* A leat_map_fn that makes a line of each path: the hash, two spaces, and the path. */
static int line_of(void *context, const void *in, void *out)
{
	static const char digits[] = "0123456789abcdef";
	const leat_file *file = in;
	unsigned char hash[SIZE];
	int error = file->error ? file->error : hash_file(context, file->path, hash);
	char *line = error ? NULL : malloc(2 * SIZE + sizeof "  \n" + strlen(file->path));

	*(char **)out = line;
	if (!line)
		return error ? -error : -ENOMEM;
	for (int i = 0; i < SIZE; i++) {
		*line++ = digits[hash[i] >> 4];
		*line++ = digits[hash[i] & 15];
	}
	sprintf(line, "  %s\n", file->path);
	return 1;
}

/* ------------------------------------------------------------------------------------------------ main -- */

static int print_tree(const char *tree)
{
	leat_rx files = leat_buffer(leat_files(LEAT_NIL, LEAT_PATHS(tree), &(leat_walk){ .sorted = 1 }), QUEUE);
	leat_rx lines = leat_map_with_of(LEAT_NIL, files, &leat_string_type, line_of, NULL,
	                                 &(leat_workers){ .count = leat_cpus(), .ordered = 1, .init = begin, .end = end });
	int error;

	for (char *line; leat_recv(lines, &line) > 0; free(line))
		fputs(line, stdout);
	error = leat_cause(lines);
	leat_drop(lines);
	return error ? error : fflush(stdout) ? errno : 0;
}

int main(int argc, char **argv)
{
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: tree DIR\n");
		return 2;
	}
	error = print_tree(argv[1]);
	if (error)
		fprintf(stderr, "tree: %s\n", leat_strerror(error));
	return error != 0;
}
