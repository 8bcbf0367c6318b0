/* leat_after_func - a function called in a thread of its own when a stream is over, unless it is stopped before.
 *
 *     when --> [after_func] -> fn()
 *     stop ---------^
 *
 * The thread is there from the beginning, so nothing can fail when the time comes. The caller stops the call by a
 * rendezvous: either the thread receives the signal, or it has dropped the receiving end before it calls the function.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

struct after_func {
	void (*fn)(void *arg);
	void *arg;
	leat_rx when, stop;
};

/* Returns 1 if it is time to call fn, 0 if the call was stopped. */
static int after_func_comes(struct after_func *self)
{
	enum { WHEN, STOP };
	leat_case on[] = { [WHEN] = LEAT_READY(self->when), [STOP] = LEAT_WAIT(self->stop) };

	while (leat_select_first(on, LEAT_NEVER) == STOP) {
		if (on[STOP].ok || leat_is_nil(self->when))
			return 0;
		on[STOP] = (leat_case){ 0 }; /* nobody is left to stop it */
	}
	return 1;
}

static void after_func_end(void *of_when)
{
	leat_drop(*(leat_rx *)of_when);
}

/* `when` is dropped last, so that leat_wait_alone and leat_context_wait also wait for fn. fn may leave by
 * pthread_exit. */
static void after_func_run(void *of_self)
{
	struct after_func self = *(struct after_func *)of_self;
	int comes = after_func_comes(&self);

	free(of_self);
	leat_drop(self.stop);
	pthread_cleanup_push(after_func_end, &self.when);
	if (comes)
		self.fn(self.arg);
	pthread_cleanup_pop(1);
}

/* Takes both streams. Returns 0 or an errno value. */
static int after_func_start(struct after_func plan, const char *where)
{
	int error = plan.fn ? leat_cause(plan.stop) : EINVAL;
	struct after_func *made = error ? NULL : malloc(sizeof *made);

	leat_given_(plan.when);
	if (made) {
		*made = plan;
		if (leat_go_as_("after_func", after_func_run, made, where) > 0)
			return 0;
	}
	if (!error)
		error = made ? errno : ENOMEM;
	free(made);
	leat_drop(plan.stop);
	leat_drop(plan.when);
	return error;
}

int leat_after_func_at_(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop, const char *where)
{
	leat_chan stopping = leat_placed_chan_((leat_make_unit)(), where);
	int error = after_func_start((struct after_func){ fn, arg, when, stopping.rx }, where);

	if (stop)
		*stop = stopping.tx;
	else
		leat_drop(stopping.tx);
	return error ? leat_refuse(error) : 1;
}

int (leat_after_func)(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop)
{
	return leat_after_func_at_(when, fn, arg, stop, NULL);
}
