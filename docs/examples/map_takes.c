/* SPDX-License-Identifier: 0BSD
 *
 * map_takes - pass on what a value owns, without a copy: leat_map_with, whose function takes its input over.
 *
 * A stage owns the value that it gives to its function, and releases it afterwards. So a function that wants to keep
 * the path in its result would have to copy it. With `takes` the function owns the path. It puts it into its result,
 * or frees it.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry { char *path; size_t depth; };

static void entry_release(void *entry)
{
	free(((struct entry *)entry)->path);
}

static const leat_type entry_type = { "entry", sizeof(struct entry), NULL, entry_release };

/* Counts the folders above the file. Leaves out hidden files. */
static int to_entry(void *arg, const void *in, void *out)
{
	char *path = *(char *const *)in;
	struct entry *entry = out;

	(void)arg;
	if (strstr(path, "/.")) {
		free(path);
		return 0;
	}
	*entry = (struct entry){ path, 0 };
	for (const char *at = path; (at = strchr(at, '/')) != NULL; at++)
		entry->depth++;
	return 1;
}

static int next_path(void *next, void *out)
{
	static const char *const paths[] = { "README.md", "lib/ring.h", "lib/insight/top.c", "lib/.hidden", NULL };
	const char *path = paths[(*(int *)next)++];

	if (!path)
		return 0;
	*(char **)out = malloc(strlen(path) + 1);
	if (!*(char **)out)
		return -ENOMEM;
	strcpy(*(char **)out, path);
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	int next = 0, cause;
	leat_rx paths = leat_repeat_fn_of(done.rx, &leat_string_type, next_path, &next);
	leat_workers how = { .takes = 1 };
	leat_rx entries = leat_map_with_of(done.rx, leat_buffer(paths, 128), &entry_type, to_entry, NULL, &how);

	for (struct entry entry; leat_recv(entries, &entry) > 0; entry_release(&entry))
		printf("%zu %s\n", entry.depth, entry.path);

	cause = leat_cause(entries);
	if (cause)
		fprintf(stderr, "map_takes: %s\n", leat_strerror(cause));
	leat_drop(entries);
	leat_drop(done);
	(void)leat_wait_all(LEAT_NEVER);
	return cause != 0;
}
