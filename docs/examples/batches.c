/* SPDX-License-Identifier: 0BSD
 *
 * batches - do many small things as a few large ones: leat_batch.
 *
 * The book measures this with writes. A write for every byte costs about three times as much as one for every buffer.
 * Here 100 lines are written in 7 calls; the last batch has the rest. Give a time instead of LEAT_NEVER, and no line
 * waits longer than that for its batch to become full. With a queue behind the source, the batch takes many lines at a
 * time. If one function can make whole batches, see batch_from.c.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 100, LINE = 24 };

struct line { char text[LINE]; };

static int next_line(void *arg, void *out)
{
	int *number = arg;
	struct line *line = out;

	if (*number == LINES)
		return 0;
	snprintf(line->text, sizeof line->text, "line %d\n", ++*number);
	return 1;
}

/* Like write(2): one call for the whole batch. */
static int write_all(FILE *file, const leat_batched *batch)
{
	const struct line *lines = batch->values;
	char text[16 * LINE] = "";

	for (size_t i = 0; i < batch->count; i++)
		strcat(text, lines[i].text);
	return fwrite(text, strlen(text), 1, file) == 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	int number = 0, calls = 0, cause;
	leat_rx lines = leat_repeat_fn(done.rx, struct line, next_line, &number);
	leat_rx batches = leat_batch(done.rx, leat_buffer(lines, 128), 16, LEAT_NEVER);
	FILE *file = tmpfile();

	for (leat_batched *batch; file && leat_recv(batches, &batch) > 0; leat_batched_free(batch)) {
		calls += write_all(file, batch);
		if (batch->count < 16)
			printf("the last batch has %zu\n", batch->count);
	}
	printf("%d lines, %d writes, %ld bytes\n", number, calls, file ? ftell(file) : 0L);

	cause = file ? leat_cause(batches) : EIO;
	if (cause)
		fprintf(stderr, "batches: %s\n", leat_strerror(cause));
	if (file)
		(void)fclose(file); /* it is freed in any case */
	leat_drop(batches);
	leat_drop(done);
	(void)leat_wait_all(LEAT_NEVER);
	return cause != 0;
}
