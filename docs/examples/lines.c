/* SPDX-License-Identifier: 0BSD
 *
 * lines - the lines of what can be read, here of a pipe: leat_lines cuts the blocks of leat_chunks. A line comes as
 * soon as it is there.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <unistd.h>

/* Writes lines in pieces that end anywhere. */
static void talk(void *of_end)
{
	int end = *(int *)of_end;

	dprintf(end, "first\nsec");
	dprintf(end, "ond\n\nthe last one has no newline");
	close(end);
}

int main(void)
{
	leat_rx done = LEAT_NIL, lines;
	int ends[2], number = 0;

	if (pipe(ends) < 0 || leat_go(talk, &ends[1]) < 0)
		return 1;
	lines = leat_lines(done, leat_chunks(done, ends[0], &(leat_blocks){ .close = 1 }), 0);
	for (leat_bytes line; leat_recv(lines, &line) > 0; leat_bytes_drop(&line))
		printf("%d %s\n", ++number, (char *)line.at);
	leat_drop(lines);
	return 0;
}
