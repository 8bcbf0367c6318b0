/* leat_errgroup - functions in threads of their own; the first that fails cancels the others.
 * Needs after_func.c.
 *
 *     go(a) go(b) go(c) -> [a]   0 ----+
 *                          [b] -EIO ---+--> wait: EIO
 *                          [c] <- done +
 *
 * The first error is kept where it is seen by all: done can be closed once, with one cause.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

struct leat_errgroup {
	leat_monitor monitor;      /* its line: those who wait for a place */
	long limit, running;       /* so many may run, if not negative; do */
	int failed;                /* some function has */
	leat_chan done;
	leat_chan members;         /* nothing is sent: its receivers are the functions that run, and us */
	leat_rx parent;            /* the done that we were given */
	leat_tx stop;              /* of the wait for that; nil: nobody waits for it */
	leat_chan watch;           /* nothing is sent: its receiver is who waits for that */
};

struct errgroup_member { leat_errgroup *group; leat_errgroup_fn *fn; void *arg; int result; };

/* ------------------------------------------------------------------------------------------- one function -- */

/* Inside: places to those who wait for one, as many as there are. */
static void errgroup_admit(leat_errgroup *group)
{
	while ((group->limit < 0 || group->running < group->limit) && leat_monitor_wake(&group->monitor))
		group->running++;
}

/* 1: there was a place, or came to be one until t. */
static int errgroup_enter(leat_errgroup *group, leat_time t)
{
	int result = 1;

	leat_monitor_enter(&group->monitor);
	if (!leat_monitor_first(&group->monitor) && (group->limit < 0 || group->running < group->limit))
		group->running++;
	else
		result = leat_monitor_wait(&group->monitor, group, LEAT_NIL, t);
	leat_monitor_leave(&group->monitor);
	return result;
}

static void errgroup_leave(leat_errgroup *group, int failed)
{
	leat_monitor_enter(&group->monitor);
	group->running--;
	group->failed |= failed;
	errgroup_admit(group);
	leat_monitor_leave(&group->monitor);
}

/* The place in members is the last thing to go: without one, the group may be gone. */
static void errgroup_end(void *of_member)
{
	const struct errgroup_member *member = of_member;
	leat_rx place = member->group->members.rx;

	if (member->result < 0)
		(void)leat_close_with(member->group->done.tx, -member->result); /* 0: it was not the first */
	errgroup_leave(member->group, member->result < 0);
	leat_drop(place);
}

/* The result is what it would be if the function left by pthread_exit. */
static void errgroup_run(void *of_member)
{
	struct errgroup_member member = *(struct errgroup_member *)of_member;

	free(of_member);
	pthread_cleanup_push(errgroup_end, &member);
	member.result = member.fn(member.group->done.rx, member.arg);
	pthread_cleanup_pop(1);
}

/* Who calls has a place in members, as the group's owner or as one of its functions. */
static int errgroup_start(leat_errgroup *group, leat_errgroup_fn *fn, void *arg, leat_time t)
{
	struct errgroup_member *member = group && fn ? malloc(sizeof *member) : NULL;
	int error;

	if (!member || errgroup_enter(group, t) < 0) {
		error = !group || !fn ? EINVAL : member ? errno : ENOMEM;
	} else {
		*member = (struct errgroup_member){ group, fn, arg, -EOWNERDEAD };
		(void)leat_dup(group->members.rx); /* the same handle, once more */
		if (leat_go(errgroup_run, member) == 1)
			return 1;
		error = errno;
		errgroup_leave(group, 0);
		leat_drop(group->members.rx);
	}
	free(member);
	errno = error;
	return -1;
}

int leat_errgroup_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg)
{
	return errgroup_start(group, fn, arg, LEAT_NEVER);
}

int leat_errgroup_try_go(leat_errgroup *group, leat_errgroup_fn *fn, void *arg)
{
	return errgroup_start(group, fn, arg, LEAT_NOW);
}

/* ------------------------------------------------------------------------------------------------ the group -- */

int leat_errgroup_set_limit(leat_errgroup *group, long n)
{
	int error = group ? 0 : EINVAL;

	if (!error) {
		leat_monitor_enter(&group->monitor);
		if (group->running > 0)
			error = EBUSY;
		else
			group->limit = n;
		errgroup_admit(group);
		leat_monitor_leave(&group->monitor);
	}
	if (error)
		errno = error;
	return error ? -1 : 1;
}

static void errgroup_cancel(leat_errgroup *group)
{
	int cause = leat_cause(group->parent);

	(void)leat_close_with(group->done.tx, cause ? cause : ECANCELED); /* 0: an error came first */
}

/* In the thread that waited for it. */
static void errgroup_parent_is_over(void *of_group)
{
	leat_errgroup *group = of_group;
	leat_rx watching = group->watch.rx;

	errgroup_cancel(group);
	leat_drop(watching); /* the last thing: then the group may be gone */
}

/* 0 or an errno value. What is over already needs no thread. */
static int errgroup_watch(leat_errgroup *group)
{
	if (leat_is_nil(group->parent))
		return 0;
	if (leat_wait_by(group->parent, LEAT_NOW) >= 0) {
		errgroup_cancel(group);
		return 0;
	}
	group->watch = leat_make_unit();
	if (leat_never_started(group->watch))
		return ENOMEM;
	return leat_after_func(leat_dup(group->parent), errgroup_parent_is_over, group, &group->stop) == 1 ? 0 : errno;
}

static void errgroup_unwatch(leat_errgroup *group)
{
	if (leat_is_nil(group->stop))
		return;
	if (leat_signal(group->stop) == 1)
		leat_drop(group->watch.rx);
	else
		(void)leat_wait_gone(group->watch.tx, LEAT_NEVER); /* it is at work, for an instant */
}

static void errgroup_free(leat_errgroup *group)
{
	leat_drop(group->done);
	leat_drop(group->members.tx);
	leat_drop(group->parent);
	leat_drop(group->stop);
	leat_drop(group->watch.tx);
	free(group);
}

leat_errgroup *leat_errgroup_make(leat_rx done)
{
	leat_errgroup *group = malloc(sizeof *group);
	int error = ENOMEM;

	if (group) {
		*group = (leat_errgroup){ .limit = -1, .done = leat_make_unit(), .members = leat_make_unit(),
		                          .parent = leat_dup(done) };
		if (!leat_never_started(group->done) && !leat_never_started(group->members))
			error = errgroup_watch(group);
		if (!error)
			return group;
		leat_drop(group->members.rx);
		leat_drop(group->watch.rx);
		errgroup_free(group);
	}
	errno = error;
	return NULL;
}

leat_rx leat_errgroup_done(leat_errgroup *group)
{
	return group ? group->done.rx : leat_ended(EINVAL);
}

/* Whoever still works for a function that has returned is told to stop, as by an error. */
int leat_errgroup_wait(leat_errgroup *group)
{
	int error;

	if (!group)
		return EINVAL;
	leat_drop(group->members.rx);
	(void)leat_wait_gone(group->members.tx, LEAT_NEVER);
	errgroup_unwatch(group);
	error = group->failed ? leat_cause(group->done) : 0;
	(void)leat_close_with(group->done.tx, ECANCELED); /* 0: it was over */
	errgroup_free(group);
	return error;
}
