/* SPDX-License-Identifier: 0BSD
 *
 * forgotten_receiver - main waits for the workers before it receives their results. A worker cannot end before main has
 * received its result.
 */
#include "../insight.h"

static void work(void *results)
{
	(void)leat_send(*(leat_tx *)results, &(int){ 42 });
}

int main(void)
{
	leat_chan results = leat_make(int, 1);

	leat_name(results, "results");
	for (int i = 0; i < 3; i++)
		start(work, &results.tx);
	must(leat_wait_all(LEAT_NEVER) > 0);
	for (int i = 0, result; i < 3; i++)
		(void)leat_recv(results.rx, &result);
	return 1;
}

/* status: 2
 * report: main waits for the end of all functions
 * report: waits to send to results; results is held by the program
 */
