/* leat_limiter_set - a limiter: all of several must agree.
 *
 *     [ 10 a minute ]--\
 *                       > when? the first time at which all say yes
 *     [ 2 a second  ]--/
 *
 * An event happens at one time in all of them, so that each keeps its promise. Sets among the members are replaced by
 * theirs; one that comes twice is asked once. The members stand here twice: in the order in which they are asked, the
 * strictest first, which finds a late time soonest; then in the order in which their monitors are entered, by address: sets
 * that share members cannot wait for each other in a circle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <math.h>
#include <stdlib.h>

/* Asked in turn, each for the latest time that another one has named, until all in a row agree. */
static leat_time limiter_set_earliest(leat_limiter *limiter, long n, leat_time now)
{
	const leat_limiter_set *set = (leat_limiter_set *)limiter;
	leat_time agreed = now;

	for (size_t i = 0, agree = 0; agree < set->count_; i = (i + 1) % set->count_, agree++) {
		leat_time when = set->members_[i]->earliest_(set->members_[i], n, agreed);

		if (when == LEAT_NEVER)
			return LEAT_NEVER;
		if (when > agreed)
			agree = 0;
		agreed = when;
	}
	return agreed;
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
		leat_monitor *monitor = &set->members_[set->count_ + i]->monitor_;

		if (hold)
			leat_monitor_enter(monitor);
		else
			leat_monitor_leave(monitor);
	}
}

static int limiter_set_is_stricter(leat_limiter *one, leat_limiter *other)
{
	return leat_limiter_rate(one) < leat_limiter_rate(other);
}

static int limiter_set_is_lower(leat_limiter *one, leat_limiter *other)
{
	return (uintptr_t)one < (uintptr_t)other;
}

static void limiter_set_insert(leat_limiter **sorted, size_t count, leat_limiter *member,
                               int (*before)(leat_limiter *one, leat_limiter *other))
{
	for (; count > 0 && before(member, sorted[count - 1]); count--)
		sorted[count] = sorted[count - 1];
	sorted[count] = member;
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
	for (size_t i = 0; i < set->count_; i++)
		if (set->members_[i] == member)
			return;
	limiter_set_insert(set->members_, set->count_++, member, limiter_set_is_stricter);
}

static int limiter_set_fill(leat_limiter_set *set, leat_limiter *const *members, size_t count, size_t room)
{
	leat_limiter *const *leaves;

	if (room <= PTRDIFF_MAX / 2 / sizeof *members)
		set->members_ = malloc(2 * room * sizeof *members + 1);
	if (!set->members_)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (size_t n = limiter_set_leaves(&members[i], &leaves); n > 0; n--)
			limiter_set_add(set, leaves[n - 1]);
	for (size_t i = 0; i < set->count_; i++)
		limiter_set_insert(set->members_ + set->count_, i, set->members_[i], limiter_set_is_lower);
	return 0;
}

int leat_limiter_set_init(leat_limiter_set *set, leat_limiter *const *members, size_t count)
{
	leat_limiter *const *leaves;
	size_t room = 0;
	int error = 0;

	*set = (leat_limiter_set){
		.limiter = { .earliest_ = limiter_set_earliest, .take_ = limiter_set_take,
		             .give_back_ = limiter_set_give_back, .rate_ = limiter_set_rate, .hold_ = limiter_set_hold },
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
