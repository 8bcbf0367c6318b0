/* leat_errgroup - functions in threads of their own; the first that fails cancels the others, or all errors are kept.
 *
 *     go(a) go(b) go(c) -> [a]   0 ----+
 *                          [b] -EIO ---+--> wait: EIO
 *                          [c] <- done +
 *
 * The group's done also keeps the first error: the first cause that it is given stands. It follows the done that the
 * group was given, which needs no thread.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

struct errgroup_member {
	leat_errgroup *group;
	leat_errgroup_fn *fn;
	void *arg;
	int error;                    /* that of the function, as a positive value; 0: it has not failed */
	struct errgroup_member *next; /* the one that failed after this one */
};

struct leat_errgroup {
	leat_monitor monitor;      /* protects the next five; callers of go wait for a place in its line */
	long limit, running;       /* functions: how many may run (negative: any number), how many do */
	int keeps_going;           /* 1: a failure does not cancel the others */
	struct errgroup_member *first, **last; /* those that failed, in this order */
	leat_chan done;
	leat_chan members;         /* carries nothing. The running functions and the owner have its receiving end */
	leat_follower_ *follower;  /* of the done that the group was given; or NULL */
};

/* ------------------------------------------------------------------------------------------- one function -- */

/* The caller is inside the monitor. Is there a place for another function? */
static int errgroup_has_place(const leat_errgroup *group)
{
	return group->limit < 0 || group->running < group->limit;
}

/* The caller is inside the monitor. Give the free places to those that wait. */
static void errgroup_admit(leat_errgroup *group)
{
	while (errgroup_has_place(group) && leat_monitor_wake(&group->monitor))
		group->running++;
}

/* Take a place, and wait for one until t if necessary. Returns 1, or -1 with errno. */
static int errgroup_enter(leat_errgroup *group, leat_time t)
{
	int result = 1;

	leat_monitor_enter(&group->monitor);
	if (!leat_monitor_first(&group->monitor) && errgroup_has_place(group))
		group->running++;
	else
		result = leat_monitor_wait_until_(&group->monitor, group, (leat_until_){ .what = "an error group" }, t);
	leat_monitor_leave(&group->monitor);
	return result;
}

/* Give the place back. Add the member to those that failed, unless it is NULL. */
static void errgroup_leave(leat_errgroup *group, struct errgroup_member *failed)
{
	leat_monitor_enter(&group->monitor);
	group->running--;
	if (failed) {
		*group->last = failed;
		group->last = &failed->next;
	}
	errgroup_admit(group);
	leat_monitor_leave(&group->monitor);
}

/* Leave the error in done, and close done if that cancels the others. */
static void errgroup_tell(leat_errgroup *group, int error)
{
	if (group->keeps_going)
		(void)leat_drop_with(leat_dup(group->done.tx), error); /* 0: the group has another handle */
	else
		(void)leat_close_with(group->done.tx, error); /* 0: it was not the first */
}

/* The handle of `members` is dropped last. Once no function has one, the owner may free the group. */
static void errgroup_end(void *of_member)
{
	struct errgroup_member *member = of_member;
	leat_errgroup *group = member->group;
	leat_rx membership = group->members.rx;

	if (member->error)
		errgroup_tell(group, member->error);
	errgroup_leave(group, member->error ? member : NULL);
	if (!member->error)
		free(member);
	leat_drop(membership);
}

/* The error was set to EOWNERDEAD, and stays so if the function leaves by pthread_exit. */
static void errgroup_run(void *of_member)
{
	struct errgroup_member *member = of_member;
	int result;

	pthread_cleanup_push(errgroup_end, member);
	result = member->fn(member->group->done.rx, member->arg);
	member->error = result >= 0 ? 0 : leat_errno_of_(result);
	pthread_cleanup_pop(1);
}

/* Start a function in the place that the caller has taken. The caller has a handle of `members`: it is the owner of the
 * group or one of its functions. */
static int errgroup_start(struct errgroup_member *member, const char *name, const char *where)
{
	leat_errgroup *group = member->group;
	int error;

	leat_dup(group->members.rx);
	if (leat_go_as_(name, errgroup_run, member, where) > 0)
		return 1;
	error = errno;
	errgroup_leave(group, NULL);
	leat_drop(group->members.rx);
	return leat_refuse(error);
}

int leat_errgroup_go_by_(const char *name, leat_errgroup *group, leat_errgroup_fn *fn, void *arg, leat_time t,
                         const char *where)
{
	struct errgroup_member *member;
	int error;

	if (!group || !fn)
		return leat_refuse(EINVAL);
	if (!(member = malloc(sizeof *member)))
		return leat_refuse(ENOMEM);
	*member = (struct errgroup_member){ group, fn, arg, EOWNERDEAD, NULL };
	if (errgroup_enter(group, t) > 0 && errgroup_start(member, name, where) > 0)
		return 1;
	error = errno;
	free(member);
	return leat_refuse(error);
}

int (leat_errgroup_go)(leat_errgroup *group, leat_errgroup_fn *fn, void *arg)
{
	return leat_errgroup_go_by_("leat", group, fn, arg, LEAT_NEVER, NULL);
}

int (leat_errgroup_try_go)(leat_errgroup *group, leat_errgroup_fn *fn, void *arg)
{
	return leat_errgroup_go_by_("leat", group, fn, arg, LEAT_NOW, NULL);
}

/* ------------------------------------------------------------------------------------------------ the group -- */

/* Set the limit, or, if that is NULL, keep going after failures. */
static int errgroup_set(leat_errgroup *group, const long *limit)
{
	int busy;

	leat_monitor_enter(&group->monitor);
	busy = group->running > 0;
	if (!busy && limit)
		group->limit = *limit;
	if (!busy && !limit)
		group->keeps_going = 1;
	errgroup_admit(group);
	leat_monitor_leave(&group->monitor);
	return busy ? leat_refuse(EBUSY) : 1;
}

int leat_errgroup_set_limit(leat_errgroup *group, long n)
{
	return group ? errgroup_set(group, &n) : leat_refuse(EINVAL);
}

int leat_errgroup_keep_going(leat_errgroup *group)
{
	return group ? errgroup_set(group, NULL) : leat_refuse(EINVAL);
}

static void errgroup_free(leat_errgroup *group)
{
	leat_unfollow_(group->follower);
	leat_drop(group->done);
	leat_drop(group->members.tx);
	free(group);
}

leat_errgroup *(leat_errgroup_make)(leat_rx done)
{
	leat_errgroup *group = malloc(sizeof *group);

	if (!group) {
		errno = ENOMEM;
		return NULL;
	}
	*group = (leat_errgroup){ .limit = -1, .members = leat_make_unit(), .last = &group->first };
	group->done = leat_make_follower_(done, &group->follower);
	leat_name(group->members, "errgroup.members");
	if (!leat_never_started(group->done) && !leat_never_started(group->members))
		return group;
	leat_drop(group->members.rx);
	errgroup_free(group);
	errno = ENOMEM;
	return NULL;
}

leat_rx leat_errgroup_done(leat_errgroup *group)
{
	return group ? group->done.rx : leat_ended(EINVAL);
}

/* Free the members that failed. Returns their number. The first `most` of them are put into failures[]. */
static size_t errgroup_list(leat_errgroup *group, leat_errgroup_failure *failures, size_t most)
{
	size_t n = 0;

	for (struct errgroup_member *member = group->first, *next; member; member = next, n++) {
		next = member->next;
		if (n < most)
			failures[n] = (leat_errgroup_failure){ member->error, member->arg };
		free(member);
	}
	return n;
}

/* At the end done is closed, which also stops stages that a function has started and that still run. */
int leat_errgroup_wait_all(leat_errgroup *group, leat_errgroup_failure *failures, size_t *count)
{
	size_t failed;
	int error;

	if (!group || !count) {
		if (count)
			*count = 0;
		return EINVAL;
	}
	leat_drop(group->members.rx);
	(void)leat_wait_gone(group->members.tx, LEAT_NEVER);
	failed = errgroup_list(group, failures, failures ? *count : 0);
	*count = failed;
	error = failed ? leat_cause(group->done) : 0;
	(void)leat_close_with(group->done.tx, ECANCELED); /* 0: it is over already */
	errgroup_free(group);
	return error;
}

int leat_errgroup_wait(leat_errgroup *group)
{
	return leat_errgroup_wait_all(group, NULL, &(size_t){ 0 });
}
