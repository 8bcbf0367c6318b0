/* SPDX-License-Identifier: 0BSD
 *
 * waitgroup_never - a worker that fails returns without leat_waitgroup_done. So main waits for ever.
 */
#include "../insight.h"

static leat_waitgroup group;

static void work(void *fails)
{
	if (*(int *)fails)
		return;
	leat_waitgroup_done(&group);
}

int main(void)
{
	int fails[] = { 0, 1 };

	leat_waitgroup_add(&group, 2);
	start(work, &fails[0]);
	start(work, &fails[1]);
	return leat_waitgroup_wait(&group, LEAT_NEVER);
}

/* status: 2
 * report: main waits for a wait group
 */
