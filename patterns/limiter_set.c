/* leat_limiter_set - a limiter: all of several must agree.
 * Needs limiter.c.
 *
 *     [ 10 a minute ]--\
 *                       > when? the first time at which all say yes
 *     [ 2 a second  ]--/
 *
 * An event happens at one time in all of them, so that each keeps its promise. All are asked before one gives: a
 * refusal costs the others nothing. Sets among the members are replaced by theirs, and who comes twice is asked once.
 * The members stand in the order of their addresses, in which their monitors are entered: sets that share some cannot
 * wait for each other in a circle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>
#include <stdlib.h>

/* Each is asked for the time that those before it have named: who may go then may go later too. But first whether its
 * queue is full now, though what waits there may be gone by then: that must not hang on who stands before it. Nor must
 * it hide that another can never agree. */
static leat_time limiter_set_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;
	leat_time when = now;
	int full = 0;

	for (size_t i = 0; i < set->count_ && when != LEAT_NEVER; i++) {
		leat_limiter *member = set->members_[i];

		if (member->earliest_(member, n, now) == LEAT_NEVER && errno == EAGAIN)
			full = 1;
		else
			when = member->earliest_(member, n, when);
	}
	if (!full || when == LEAT_NEVER)
		return when;
	errno = EAGAIN;
	return LEAT_NEVER;
}

static void limiter_set_take(leat_limiter *limiter, long n, leat_time now, leat_time when)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;

	for (size_t i = 0; i < set->count_; i++)
		set->members_[i]->take_(set->members_[i], n, now, when);
}

static void limiter_set_give_back(leat_limiter *limiter, long n, leat_time when)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;

	for (size_t i = 0; i < set->count_; i++)
		set->members_[i]->give_back_(set->members_[i], n, when);
}

static double limiter_set_rate(leat_limiter *limiter)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;
	double strictest = (double)INFINITY;

	for (size_t i = 0; i < set->count_; i++) {
		double rate = set->members_[i]->rate_(set->members_[i]);

		strictest = rate < strictest ? rate : strictest;
	}
	return strictest;
}

static void limiter_set_hold(leat_limiter *limiter, int hold)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;

	for (size_t i = 0; i < set->count_; i++) {
		leat_monitor *monitor = &set->members_[i]->monitor_;

		if (hold)
			leat_monitor_enter(monitor);
		else
			leat_monitor_leave(monitor);
	}
}

/* The leaves of a set, or the one that is none. */
static size_t limiter_set_leaves(leat_limiter *const *member, leat_limiter *const **leaves)
{
	const leat_limiter_set *set = (leat_limiter_set *)*member;
	int is_set = (*member)->earliest_ == limiter_set_earliest;

	*leaves = is_set ? set->members_ : member;
	return is_set ? set->count_ : 1;
}

static void limiter_set_add(leat_limiter_set *set, leat_limiter *member)
{
	leat_limiter **at = set->members_ + set->count_;

	while (at > set->members_ && (uintptr_t)at[-1] > (uintptr_t)member)
		at--;
	if (at > set->members_ && at[-1] == member)
		return;
	for (leat_limiter **to = set->members_ + set->count_++; to > at; to--)
		*to = to[-1];
	*at = member;
}

static int limiter_set_fill(leat_limiter_set *set, leat_limiter *const *members, size_t count, size_t room)
{
	leat_limiter *const *leaves;

	if (room < PTRDIFF_MAX / sizeof *members)
		set->members_ = malloc((room + 1) * sizeof *members); /* one more: none may be of no bytes */
	if (!set->members_)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (size_t n = limiter_set_leaves(&members[i], &leaves); n > 0; n--)
			limiter_set_add(set, leaves[n - 1]);
	return 0;
}

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count)
{
	leat_limiter *const *leaves;
	size_t room = 0;
	int error = 0;

	*set = (leat_limiter_set){
		.limiter = { .earliest_ = limiter_set_earliest, .take_ = limiter_set_take,
		             .give_back_ = limiter_set_give_back, .rate_ = limiter_set_rate,
		             .hold_ = limiter_set_hold },
	};
	for (size_t i = 0; i < count && !error; i++) {
		error = members && members[i] ? 0 : EINVAL;
		room += error ? 0 : limiter_set_leaves(&members[i], &leaves);
	}
	if (!error)
		error = limiter_set_fill(set, members, count, room);
	if (error)
		errno = error;
	return error ? -1 : 1;
}

void leat_limiter_set_end(leat_limiter_set *set)
{
	free(set->members_);
	set->members_ = NULL;
	set->count_ = 0;
}
