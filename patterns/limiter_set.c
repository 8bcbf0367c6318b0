/* leat_limiter_set - a limiter made of several, which must all agree.
 * Needs limiter.c.
 *
 *     [ 10 a minute ]--\
 *                       > when? the first time at which all say yes
 *     [ 2 a second  ]--/
 *
 * An event happens at the same time in all members, so each member keeps its promise. All members are asked before one
 * of them gives, so a refusal costs the others nothing. A set among the members is replaced by its own members, and a
 * member that is given twice is asked once.
 *
 * LOCK ORDER: the set's monitor, then the members' monitors by ascending address, in which they stand in the array. So
 * sets that share members cannot wait for each other in a circle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>
#include <stdlib.h>

/* Ask all members for n events now. Returns 0 if none refuses, EINVAL if one always will, or EAGAIN if a queue is full.
 * EINVAL comes first, because it is of no use to try again then. */
static int limiter_set_refusal(const leat_limiter_set *set, long n, leat_time now)
{
	int error = 0;

	for (size_t i = 0; i < set->count_ && error != EINVAL; i++)
		if (set->members_[i]->earliest_(set->members_[i], n, now) == LEAT_NEVER)
			error = errno;
	return error;
}

/* First every member is asked for `now`. Otherwise a queue that is full now would not refuse, if the members before it
 * name a time at which it has room. Then each member is asked for the time that those before it have named. An event
 * that a member allows at some time may also happen later, so the last answer is a time at which all agree. */
static leat_time limiter_set_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;
	int error = limiter_set_refusal(set, n, now);
	leat_time when = error ? LEAT_NEVER : now;

	for (size_t i = 0; i < set->count_ && when != LEAT_NEVER; i++)
		when = set->members_[i]->earliest_(set->members_[i], n, when);
	if (error)
		errno = error;
	return when;
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

/* The members that a member stands for: those of the set if it is a set, else itself. Returns how many. */
static size_t limiter_set_members_of(leat_limiter *const *member, leat_limiter *const **its)
{
	const leat_limiter_set *set = (leat_limiter_set *)*member;
	int is_set = (*member)->earliest_ == limiter_set_earliest;

	*its = is_set ? set->members_ : member;
	return is_set ? set->count_ : 1;
}

/* Insert a member in the order of the addresses. */
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
	leat_limiter *const *its;

	if (room < PTRDIFF_MAX / sizeof *members)
		set->members_ = malloc((room + 1) * sizeof *members); /* one more, as malloc(0) may give NULL */
	if (!set->members_)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (size_t n = limiter_set_members_of(&members[i], &its); n > 0; n--)
			limiter_set_add(set, its[n - 1]);
	return 0;
}

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count)
{
	leat_limiter *const *its;
	size_t room = 0;
	int error = 0;

	*set = (leat_limiter_set){
		.limiter = { .earliest_ = limiter_set_earliest, .take_ = limiter_set_take,
		             .give_back_ = limiter_set_give_back, .rate_ = limiter_set_rate,
		             .hold_ = limiter_set_hold },
	};
	for (size_t i = 0; i < count && !error; i++) {
		error = members && members[i] ? 0 : EINVAL;
		room += error ? 0 : limiter_set_members_of(&members[i], &its);
	}
	if (!error)
		error = limiter_set_fill(set, members, count, room);
	return error ? leat_refuse(error) : 1;
}

void leat_limiter_set_end(leat_limiter_set *set)
{
	free(set->members_);
	set->members_ = NULL;
	set->count_ = 0;
}
