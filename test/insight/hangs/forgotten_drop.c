/* SPDX-License-Identifier: 0BSD
 *
 * forgotten_drop - each worker gets a sending end of its own, and drops it at its end. Main receives until all are
 * dropped, but it still holds the first one itself. (Newcomers to Rust ask about this often.)
 */
#include "../insight.h"

static void work(void *results)
{
	leat_tx out = *(leat_tx *)results;

	(void)leat_send(out, &(int){ 42 });
	leat_drop(out);
}

int main(void)
{
	leat_chan results = leat_make(int, 0);
	leat_tx out[3];

	leat_name(results, "results");
	for (size_t i = 0; i < 3; i++) {
		out[i] = leat_dup(results.tx);
		start(work, &out[i]);
	}
	for (int result; leat_recv(results.rx, &result) > 0;)
		;
	leat_drop(results);
	return 1;
}

/* status: 2
 * report: main waits to receive from results; results is held by main
 */
