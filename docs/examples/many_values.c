/* SPDX-License-Identifier: 0BSD
 *
 * many_values - a body that has many values in its hands sends them in one call: leat_emit_n. leat_next_n gives the
 * next body all values that the stage can have at once. They are still single values of a channel, so a stage that
 * takes them one by one can receive them too.
 *
 * The source makes numbers in blocks. The stage behind it drops those that follow an equal one.
 */
#include <leat.h>
#include <stdio.h>

enum { BLOCK = 64, BLOCKS = 100 };

static void numbers_body(leat_stage *stage, void *arg)
{
	int block[BLOCK];

	(void)arg;
	for (int i = 0; i < BLOCKS; i++) {
		for (int j = 0; j < BLOCK; j++)
			block[j] = (i * BLOCK + j) / 3; /* 0 0 0 1 1 1 2 2 2 ... */
		if (!leat_emit_n(stage, block, BLOCK))
			return; /* it is time to return */
	}
}

static void changes_body(leat_stage *stage, void *arg)
{
	int last = -1;
	void *values;

	(void)arg;
	for (size_t n; (n = leat_next_n(stage, &values, BLOCK)) > 0;) {
		int changed[BLOCK];
		size_t count = 0;

		for (const int *value = values; value < (int *)values + n; last = *value++)
			if (*value != last)
				changed[count++] = *value;
		if (!leat_emit_n(stage, changed, count))
			return;
	}
}

int main(void)
{
	leat_rx numbers = leat_stage_start(&(leat_plan){
		.name = "numbers", .type = LEAT_TYPE(int), .body = numbers_body });
	leat_rx in = leat_buffer(numbers, 2 * BLOCK);
	leat_rx changes = leat_stage_start(&(leat_plan){
		.name = "changes", .in = &in, .ins = 1, .body = changes_body });
	long count = 0, sum = 0;

	for (int n; leat_recv(changes, &n) > 0; count++)
		sum += n;
	printf("%ld different numbers, sum %ld\n", count, sum);
	leat_drop(changes);
	return 0;
}
