/* SPDX-License-Identifier: 0BSD
 *
 * chunks - a file in blocks of whole lines, so that several workers can read their lines at the same time: leat_chunks
 * with `ends`.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBERS = 50000 };

static int add(void *of_sum, const void *in)
{
	const leat_bytes *block = in;
	long sum = 0;

	for (char *at = (char *)block->at; *at;)        /* behind the block is a 0 */
		sum += strtol(at, &at, 10), at += *at == '\n';
	atomic_fetch_add((atomic_long *)of_sum, sum);
	return 0;
}

int main(void)
{
	FILE *file = tmpfile();
	atomic_long sum = 0;
	leat_rx blocks;
	int cause;

	for (int i = 1; file && i <= NUMBERS; i++)
		fprintf(file, "%d\n", i);
	if (!file || fflush(file) != 0)
		return 1;
	rewind(file);                                   /* a block is read from where the descriptor is */
	blocks = leat_chunks(LEAT_NIL, fileno(file), &(leat_blocks){ .size = 4096, .ends = leat_is_newline });
	cause = leat_each(LEAT_NIL, blocks, leat_cpus(), add, &sum);
	fclose(file);                                   /* it has stayed ours */
	printf("%ld: %s\n", sum, cause ? leat_strerror(cause) : sum == NUMBERS / 2 * (NUMBERS + 1L) ? "right" : "wrong");
	return 0;
}
