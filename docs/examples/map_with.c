/* SPDX-License-Identifier: 0BSD
 *
 * map_with - give each worker of a stage a state of its own: leat_map_with.
 *
 * Four workers pack lines: a letter that is repeated becomes a number and the letter. Each worker has a buffer, which
 * its thread makes before the first line and frees after the last one. So no line costs an allocation but its result,
 * and no buffer needs a lock. The results come in the order of the lines.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, ROOM = 4096 };

static int make_buffer(void *arg, void **state)
{
	(void)arg;
	*state = malloc(ROOM);
	return *state ? 0 : -ENOMEM;
}

/* Writes the packed line into the worker's buffer, and makes a string of it. */
static int pack(void *buffer, const void *in, void *out)
{
	const char *line = *(const char *const *)in;
	char *packed = buffer;
	size_t used = 0;

	for (size_t run = 0; *line && used < ROOM - 24; line += run) {
		for (run = 1; line[run] == *line; run++)
			;
		if (run > 1)
			used += (size_t)sprintf(packed + used, "%zu", run);
		packed[used++] = *line;
	}
	packed[used] = '\0';
	*(char **)out = malloc(used + 1);
	if (!*(char **)out)
		return -ENOMEM;
	memcpy(*(char **)out, packed, used + 1);
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx lines = leat_generator(done.rx, LEAT_VALUES(const char *, "aaaabbb", "abc", "zzzzzzzzzzzz", "", "aab"));
	leat_workers how = { .count = WORKERS, .ordered = 1, .init = make_buffer, .end = free };
	leat_rx packed = leat_map_with_of(done.rx, leat_buffer(lines, 128), &leat_string_type, pack, NULL, &how);
	int cause;

	for (char *line; leat_recv(packed, &line) > 0; free(line))
		printf("%s\n", line);

	cause = leat_cause(packed);
	if (cause)
		fprintf(stderr, "map_with: %s\n", leat_strerror(cause));
	leat_drop(packed);
	leat_drop(done);
	return cause != 0;
}
