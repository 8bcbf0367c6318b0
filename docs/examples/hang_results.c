/* SPDX-License-Identifier: 0BSD
 *
 * hang_results - wrong on purpose: main waits for its workers before it receives their results.
 *
 * A worker cannot end before somebody has received its result. The cures: receive first and wait then, or give the
 * channel room for all results.
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 */
#include <leat.h>
#include <stdio.h>

enum { WORKERS = 3 };

static void work(void *results)
{
	(void)leat_send(*(leat_tx *)results, &(int){ 42 });
}

int main(void)
{
	leat_chan results = leat_make(int, 0);

	leat_name(results, "results");
	for (int i = 0; i < WORKERS; i++)
		if (leat_go(work, &results.tx) < 0)
			return 1;
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	for (int i = 0, result; i < WORKERS && leat_recv(results.rx, &result) > 0; i++)
		printf("%d\n", result);
	leat_drop(results);
	return 0;
}
