/* SPDX-License-Identifier: 0BSD
 *
 * fetch - several workers take names from one stream and fetch the first 1024 bytes of the files with these names.
 *
 * The results come in the order in which they are ready, so each one has its name. At the end the program sorts them.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILES = 3, WORKERS = 2, MOST = 1024 };

struct source { int number; char path[32]; };
struct fetched { int number; size_t length; char bytes[MOST]; };

/* Makes a file in which the line is `repeated`. */
static int make_file(struct source *source, int number, int repeated)
{
	FILE *file;
	int fd;

	*source = (struct source){ number, "/tmp/leat-fetch-XXXXXX" };
	fd = mkstemp(source->path);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -1;
	for (int i = 0; i < repeated; i++)
		fprintf(file, "page %d\n", number);
	return fclose(file);
}

static int get_1024_bytes(void *arg, const void *in, void *out)
{
	const struct source *source = in;
	struct fetched *fetched = out;
	FILE *file = fopen(source->path, "r");

	(void)arg;
	if (!file)
		return -errno;
	fetched->number = source->number;
	fetched->length = fread(fetched->bytes, 1, MOST, file);
	return fclose(file) ? -EIO : 1;
}

static int fetch_all(const struct source *sources, struct fetched *pages)
{
	leat_rx never = LEAT_NIL;
	leat_rx names = leat_generator(never, sizeof *sources, sources, FILES);
	leat_rx fetched = leat_map_n(never, leat_buffer(names, 128), WORKERS, struct fetched, get_1024_bytes, NULL);
	int cause;

	for (struct fetched page; leat_recv(fetched, &page) > 0;)
		pages[page.number] = page;
	cause = leat_cause(fetched);
	if (cause)
		fprintf(stderr, "fetch: %s\n", leat_strerror(cause));
	leat_drop(fetched);
	return cause;
}

int main(void)
{
	static struct source sources[FILES];
	static struct fetched pages[FILES];
	int failed = 0;

	for (int i = 0; i < FILES; i++)
		failed |= make_file(&sources[i], i, 1 + 100 * i) != 0;
	failed = failed || fetch_all(sources, pages) != 0;
	for (int i = 0; i < FILES; i++) {
		printf("%zu bytes: %.6s ...\n", pages[i].length, pages[i].bytes);
		(void)unlink(sources[i].path);
	}
	return failed;
}
