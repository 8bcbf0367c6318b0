/* leat_replicate - the same question to several replicas; the first good answer wins.
 *
 *       /-> [f] -- a --\      the caller's thread
 *     ? --> [f] --X     --> a
 *       \-> [f] --X
 *
 * The caller must wait for all replicas anyway, so it runs the first one itself. A call that is answered in time starts
 * no other thread. The others run in threads of their own. A thread whose replica has failed runs the next one.
 *
 * While the caller is inside its replica, it cannot start the next one when that is due. For this there is one thread
 * for all calls with a hedge, which sleeps until the earliest time. It is there while such calls run.
 *
 * The replicas' done follows the caller's done, and is closed when one has won.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICATE_MOST = 1 << 20, REPLICATE_LINE = 64 /* alignment of an answer, in bytes */ };

/* A runner runs one replica after another, in one thread. */
struct replicate_runner {
	struct replicate *all;
	size_t number;            /* of the replica that runs */
	void *answer;             /* room for it */
	int won;
};

/* A call. It lies on the caller's stack, until no runner has a handle of over.rx. */
struct replicate {
	const char *where;        /* the place of the call, or NULL */
	leat_replica_fn *fn;
	void *arg;
	const leat_type *type;
	size_t n;
	leat_time hedge;
	leat_chan over;           /* the replicas' done. Each runner has a handle of over.rx */
	leat_follower_ *follower; /* of the caller's done */
	struct replicate_runner caller;
	/* inside the monitor of replicate_hedges */
	size_t started;           /* replicas */
	struct replicate_runner *winner;
	int cause;                /* of the last replica that failed */
	unsigned listed;          /* as replicate_hedges.forks was then; 0: it is not in the list */
	leat_time due;            /* while listed: when the next one is to be started */
	struct replicate *next, *prev;
};

/* The calls that will start another replica when its time comes, the earliest first. */
static struct {
	leat_monitor monitor;     /* in its line is the thread that waits for the earliest time */
	struct replicate *first, *last;
	int watched;              /* there is such a thread, or it is about to start */
	unsigned forks;           /* counts them, from 1 on */
	leat_byte_ prepared;
} replicate_hedges = { LEAT_MONITOR, NULL, NULL, 0, 1, 0 };

/* Called in the child of a fork. The child has neither the thread nor the calls, except a call whose replica forked. */
static void replicate_forget(void)
{
	replicate_hedges.monitor = (leat_monitor)LEAT_MONITOR;
	replicate_hedges.first = replicate_hedges.last = NULL;
	replicate_hedges.watched = 0;
	replicate_hedges.forks++;
}

/* --------------------------------------------------------------------------- the list: inside the monitor -- */

static void replicate_unlist(struct replicate *all)
{
	if (all->listed != replicate_hedges.forks)
		return;
	all->listed = 0;
	*(all->prev ? &all->prev->next : &replicate_hedges.first) = all->next;
	*(all->next ? &all->next->prev : &replicate_hedges.last) = all->prev;
	if (!replicate_hedges.first)
		(void)leat_monitor_wake(&replicate_hedges.monitor); /* the thread ends */
}

/* Mostly the latest call is due last, so its place is looked for from the end. */
static void replicate_list(struct replicate *all)
{
	struct replicate *before = replicate_hedges.last;

	all->due = leat_in(all->hedge);
	while (before && before->due > all->due)
		before = before->prev;
	all->listed = replicate_hedges.forks;
	all->prev = before;
	all->next = before ? before->next : replicate_hedges.first;
	*(all->prev ? &all->prev->next : &replicate_hedges.first) = all;
	*(all->next ? &all->next->prev : &replicate_hedges.last) = all;
	if (replicate_hedges.first == all)
		(void)leat_monitor_wake(&replicate_hedges.monitor); /* 0: it is not there yet, or does not sleep */
}

/* Count another replica as started. Set *number to it. Returns 0 if there is none to start any more. */
static int replicate_take(struct replicate *all, size_t *number)
{
	replicate_unlist(all);
	if (all->started == all->n || all->winner || leat_closed(all->over.rx))
		return 0;
	*number = all->started++;
	if (all->started < all->n && all->hedge > 0 && all->hedge < LEAT_NEVER)
		replicate_list(all);
	return 1;
}

/* --------------------------------------------------------------------------------------------- a replica -- */

/* The replica has returned `result`. Returns 1 if the runner is to run the next one, whose number it then has. An
 * answer that comes when `over` is over is late. */
static int replicate_settle(struct replicate_runner *self, int result)
{
	struct replicate *all = self->all;
	int more = 0;

	leat_monitor_enter(&replicate_hedges.monitor);
	if (result < 0)
		all->cause = leat_errno_of_(result);
	if (result <= 0) {
		more = replicate_take(all, &self->number);
	} else if (!all->winner && !leat_closed(all->over.rx)) {
		all->winner = self;
		self->won = 1;
		replicate_unlist(all);
	}
	leat_monitor_leave(&replicate_hedges.monitor);
	if (self->won)
		(void)leat_close(all->over.tx); /* 0: done has just come, but after the answer */
	else if (result > 0 && all->type->release)
		all->type->release(self->answer);
	return more;
}

static int replicate_call(struct replicate_runner *self)
{
	struct replicate *all = self->all;

	return all->fn(all->over.rx, all->arg, self->number, self->answer);
}

/* The handle is dropped last: after that the caller may return. */
static void replicate_end(struct replicate_runner *self)
{
	leat_rx over = self->all->over.rx;

	if (!self->won)
		free(self);
	leat_drop(over);
}

static void replicate_start(struct replicate_runner first);

/* The replica has left by pthread_exit, so the next one needs another thread. */
static void replicate_left(void *of_runner)
{
	struct replicate_runner *self = of_runner;

	if (replicate_settle(self, -EOWNERDEAD)) {
		leat_dup(self->all->over.rx);
		replicate_start(*self);
	}
	replicate_end(self);
}

static void replicate_run(void *of_runner)
{
	struct replicate_runner *self = of_runner;

	pthread_cleanup_push(replicate_left, self);
	while (replicate_settle(self, replicate_call(self)))
		;
	pthread_cleanup_pop(0);
	replicate_end(self);
}

/* Run this replica in a thread of its own, which takes the handle of over.rx that the caller has made for it. One that
 * cannot be started has failed, and the next one takes its place. */
static void replicate_start(struct replicate_runner first)
{
	const struct replicate *all = first.all;

	do {
		struct replicate_runner *made = malloc(sizeof *made + REPLICATE_LINE + all->type->size);
		int error = ENOMEM;

		if (made) {
			unsigned char *room = (unsigned char *)(made + 1);

			*made = first;
			made->answer = room + -(uintptr_t)room % REPLICATE_LINE;
			if (leat_go_as_("replica", replicate_run, made, all->where) > 0)
				return;
			error = errno;
		}
		free(made);
		if (!replicate_settle(&first, -error))
			break;
	} while (1);
	leat_drop(all->over.rx);
}

/* ------------------------------------------------------------------------------------ the time of a hedge -- */

/* The caller is inside the monitor. The time of the first call in the list has come. */
static void replicate_hedge(struct replicate *all)
{
	struct replicate_runner next = { .all = all };

	if (!replicate_take(all, &next.number))
		return;
	leat_dup(all->over.rx);
	leat_monitor_leave(&replicate_hedges.monitor);
	replicate_start(next);
	leat_monitor_enter(&replicate_hedges.monitor);
}

static void replicate_watch(void *arg)
{
	leat_until_ until = { .what = "the time of the next replica" };

	(void)arg;
	leat_monitor_enter(&replicate_hedges.monitor);
	while (replicate_hedges.first) {
		struct replicate *first = replicate_hedges.first;

		if (first->due <= leat_now())
			replicate_hedge(first);
		else /* either result has the same effect: look again */
			(void)leat_monitor_wait_until_(&replicate_hedges.monitor, &replicate_hedges, until, first->due);
	}
	replicate_hedges.watched = 0;
	leat_monitor_leave(&replicate_hedges.monitor);
}

/* The caller is inside the monitor. Have a thread watch the list. It is started inside the monitor: if that fails, no
 * other call must rely on it meanwhile. Returns 0 or an errno value. */
static int replicate_have_watched(const char *where)
{
	if (replicate_hedges.watched)
		return 0;
	if (leat_go_for_all_("replicate.hedge", replicate_watch, NULL, where) < 0)
		return errno;
	replicate_hedges.watched = 1;
	return 0;
}

/* ----------------------------------------------------------------------------------------------- the call -- */

/* Begin with the first replica, which the caller runs. Returns 0 if it must not. The cause is set here, before another
 * replica can fail. */
static int replicate_begin(struct replicate *all)
{
	int hedged = all->n > 1 && all->hedge > 0 && all->hedge < LEAT_NEVER, more;

	all->cause = leat_prepare_fork_(&replicate_hedges.prepared, replicate_forget);
	if (all->cause)
		return 0;
	leat_monitor_enter(&replicate_hedges.monitor);
	if (hedged)
		all->cause = replicate_have_watched(all->where);
	more = !all->cause && replicate_take(all, &all->caller.number);
	leat_monitor_leave(&replicate_hedges.monitor);
	return more;
}

/* Without a hedge, start all others at once. */
static void replicate_start_others(struct replicate *all)
{
	struct replicate_runner next = { .all = all };

	for (int more = all->hedge == 0; more;) {
		leat_monitor_enter(&replicate_hedges.monitor);
		more = replicate_take(all, &next.number);
		leat_monitor_leave(&replicate_hedges.monitor);
		if (more) {
			leat_dup(all->over.rx);
			replicate_start(next);
		}
	}
}

/* Wait until all replicas have returned. */
static void replicate_join(struct replicate *all)
{
	leat_monitor_enter(&replicate_hedges.monitor);
	replicate_unlist(all);
	leat_monitor_leave(&replicate_hedges.monitor);
	leat_drop(all->over.rx);
	(void)leat_wait_gone(all->over.tx, LEAT_NEVER); /* 1, always: it has no deadline */
	leat_unfollow_(all->follower);
}

/* Give the winner's answer to the caller. Returns what leat_replicate returns. */
static int replicate_result(struct replicate *all)
{
	struct replicate_runner *winner = all->winner;
	int number, cause = leat_closed(all->over.tx) ? leat_cause(all->over.tx) : 0;

	leat_drop(all->over.tx);
	if (!winner && (cause || all->cause))
		return leat_refuse(cause ? cause : all->cause);
	if (!winner) {
		errno = ENODATA;
		return 0;
	}
	number = (int)winner->number + 1;
	if (winner != &all->caller) {
		memcpy(all->caller.answer, winner->answer, all->type->size);
		free(winner);
	}
	return number;
}

/* The caller's replica has left by pthread_exit, or the thread was cancelled inside it. */
static void replicate_abandon(void *of_all)
{
	struct replicate *all = of_all;

	(void)leat_close(all->over.tx); /* 0: it is over already */
	replicate_join(all);
	if (replicate_result(all) > 0 && all->type->release)
		all->type->release(all->caller.answer);
}

/* Run replicas in this thread, until one has an answer or there is none to run. */
static void replicate_ask(struct replicate *all)
{
	pthread_cleanup_push(replicate_abandon, all);
	replicate_start_others(all);
	while (replicate_settle(&all->caller, replicate_call(&all->caller)))
		;
	pthread_cleanup_pop(0);
}

int leat_replicate_at_(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                       void *out, const char *where)
{
	struct replicate all = { .where = where, .fn = fn, .arg = arg, .type = type, .n = n, .hedge = hedge };
	int right = n && n <= REPLICATE_MOST && type && fn && out && hedge >= 0;

	if (!right)
		return leat_refuse(EINVAL);
	if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(leat_cause(done) ? leat_cause(done) : ECANCELED);
	all.over = leat_placed_chan_(leat_make_follower_(done, &all.follower), where);
	if (leat_never_started(all.over))
		return leat_refuse(ENOMEM);
	all.caller = (struct replicate_runner){ &all, 0, out, 0 };
	if (replicate_begin(&all))
		replicate_ask(&all);
	replicate_join(&all);
	return replicate_result(&all);
}

int (leat_replicate_of)(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                        void *out)
{
	return leat_replicate_at_(done, n, hedge, type, fn, arg, out, NULL);
}
