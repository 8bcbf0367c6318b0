/* SPDX-License-Identifier: 0BSD
 *
 * errgroup_done - a function of an error group works until `done` comes. That comes when another one fails, and no
 * other one is left. Main waits for the group.
 */
#include "../insight.h"

static int watch(leat_rx done, void *arg)
{
	(void)arg;
	(void)leat_wait(done);
	return 0;
}

static int succeed(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	return 0;
}

int main(void)
{
	leat_errgroup *group = leat_errgroup_make(LEAT_NIL);

	must(leat_errgroup_go(group, watch, NULL) > 0 && leat_errgroup_go(group, succeed, NULL) > 0);
	return leat_errgroup_wait(group) == 0;
}

/* status: 2
 * report: main waits to see all receivers leave
 * report: watch waits to receive from
 */
