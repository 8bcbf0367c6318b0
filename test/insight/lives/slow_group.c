/* SPDX-License-Identifier: 0BSD
 *
 * slow_group - main waits for a wait group whose workers nap, and waits for room in an error group with a limit.
 */
#include "../insight.h"

static void work(void *arg)
{
	(void)arg;
	nap();
}

static int task(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	nap();
	return 0;
}

int main(void)
{
	leat_waitgroup workers = { 0 };
	leat_errgroup *tasks = leat_errgroup_make(LEAT_NIL);

	must(leat_waitgroup_go(&workers, work, NULL) > 0 && leat_waitgroup_wait(&workers, LEAT_NEVER) > 0);
	must(leat_errgroup_set_limit(tasks, 1) > 0);
	must(leat_errgroup_go(tasks, task, NULL) > 0 && leat_errgroup_go(tasks, task, NULL) > 0);
	must(leat_errgroup_wait(tasks) == 0);
	return 0;
}
