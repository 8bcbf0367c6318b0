/* Private to other patterns: a worker of a stage, with a state of its own if the call asks for one.
 *
 *     init(arg, &state) -> [fn(state, value) fn(state, value) ...] -> end(state)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>

static void workers_end_nothing(void *state)
{
	(void)state;
}

/* The state is ended here, before the stage ends: a caller that sees the end of the output, as leat_each does, may free
 * what the state uses. It is also ended if a function leaves by pthread_exit. */
static void workers_work(leat_stage *stage, leat_work_fn_ *loop, void *self, void *state, void (*end)(void *state))
{
	pthread_cleanup_push(end, state);
	loop(stage, self, state);
	pthread_cleanup_pop(1);
}

void leat_work_(leat_stage *stage, const leat_workers *how, void *arg, leat_work_fn_ *loop, void *self)
{
	void *state = arg;
	int result = how->init ? how->init(arg, &state) : 0;

	if (result < 0)
		leat_fail(stage, leat_errno_of_(result));
	else
		workers_work(stage, loop, self, state, how->end ? how->end : workers_end_nothing);
}

leat_workers leat_workers_or_one_(const leat_workers *how)
{
	leat_workers workers = how ? *how : (leat_workers){ 0 };

	if (workers.count == 0)
		workers.count = 1;
	return workers;
}
