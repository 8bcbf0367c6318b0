/* leat_waitgroup - waits until everything that was begun is done.
 *
 *     add 3    [f] -- done --\
 *              [f] -- done ---> [wait] -> all done
 *              [f] -- done --/
 *
 * The thread that brings the counter to zero wakes all waiters before another thread can add again. So each waiter is
 * woken by the end of its own round, whatever the counter is when it runs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

/* The caller is inside the monitor. Returns 0 and leaves the counter alone if the sum would be negative or too
 * large. */
static int waitgroup_count(leat_waitgroup *group, long n)
{
	if (n < 0 ? group->count_ + n < 0 : group->count_ > LONG_MAX - n)
		return 0;
	group->count_ += n;
	while (group->count_ == 0 && leat_monitor_wake(&group->monitor_))
		;
	return 1;
}

/* The last call of done wakes a waiter that may free the group. So nothing of it is used after leaving. */
void leat_waitgroup_add_(leat_waitgroup *group, long n, const char *where)
{
	int counted;

	leat_monitor_enter(&group->monitor_);
	counted = waitgroup_count(group, n);
	leat_monitor_leave(&group->monitor_);
	if (!counted)
		leat_panic_(where, "%s counter of a wait group", n < 0 ? "negative" : "too large a");
}

int leat_waitgroup_wait(leat_waitgroup *group, leat_time t)
{
	int result = 1;

	leat_monitor_enter(&group->monitor_);
	if (group->count_ > 0)
		result = leat_monitor_wait_until_(&group->monitor_, group, (leat_until_){ .what = "a wait group" }, t);
	leat_monitor_leave(&group->monitor_);
	return result;
}

/* -------------------------------------------------------------------------------- functions of the group -- */

struct waitgroup_job { leat_waitgroup *group; void (*fn)(void *arg); void *arg; };

static void waitgroup_end_job(void *of_group)
{
	leat_waitgroup *group = of_group;

	leat_waitgroup_done(group);
}

static void waitgroup_run(void *of_job)
{
	struct waitgroup_job job = *(struct waitgroup_job *)of_job;

	free(of_job);
	pthread_cleanup_push(waitgroup_end_job, job.group);
	job.fn(job.arg);
	pthread_cleanup_pop(1);
}

/* The caller adds, not the new thread, which may begin only after another thread has waited. */
int leat_waitgroup_go_as_(const char *name, leat_waitgroup *group, void (*fn)(void *arg), void *arg, const char *where)
{
	struct waitgroup_job *job;
	int error;

	if (!fn)
		return leat_refuse(EINVAL);
	if (!(job = malloc(sizeof *job)))
		return leat_refuse(ENOMEM);
	*job = (struct waitgroup_job){ group, fn, arg };
	leat_waitgroup_add(group, 1);
	if (leat_go_as_(name, waitgroup_run, job, where) > 0)
		return 1;
	error = errno;
	leat_waitgroup_done(group);
	free(job);
	return leat_refuse(error);
}

int (leat_waitgroup_go)(leat_waitgroup *group, void (*fn)(void *arg), void *arg)
{
	return leat_waitgroup_go_as_("leat", group, fn, arg, NULL);
}
