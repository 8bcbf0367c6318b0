/* SPDX-License-Identifier: 0BSD
 *
 * idle_pool - the threads of a fork-join pool have nothing to do, and the threads of ended stages are kept for the next
 * ones. Main computes meanwhile.
 */
#include "../insight.h"

static void work(void *arg)
{
	(void)arg;
	compute();
}

int main(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(4);

	must(pool && leat_drain(leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3))) == 0);
	compute();
	must(leat_forkjoin_run(pool, work, NULL) > 0);
	leat_forkjoin_drop(pool);
	must(leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
