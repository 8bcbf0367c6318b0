/* leat_limiter_set - a limiter made of several, which must all agree.
 * Needs limiter.c.
 *
 *     [ 10 a minute ]--\
 *                       > when? the first time at which all say yes
 *     [ 2 a second  ]--/
 *
 * An event happens at the same time in all members, so each member keeps its promise. All members are asked before one
 * of them gives, so a refusal costs the others nothing: limiter.c does that. A set among the members is replaced by its
 * own members, and a member that is given twice is asked once.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

/* The members that a member stands for: those of the set if it is a set, else itself. Returns how many. */
static size_t limiter_set_members_of(leat_limiter *const *member, leat_limiter *const **its)
{
	int is_set = (*member)->members_ != NULL;

	*its = is_set ? (*member)->members_ : member;
	return is_set ? (*member)->count_ : 1;
}

/* Insert a member in the order of the addresses. */
static void limiter_set_add(leat_limiter *set, leat_limiter *member)
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

static int limiter_set_fill(leat_limiter *set, leat_limiter *const *members, size_t count, size_t room)
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

	*set = (leat_limiter_set){ .limiter = { .members_ = NULL } };
	for (size_t i = 0; i < count && !error; i++) {
		error = members && members[i] ? 0 : EINVAL;
		room += error ? 0 : limiter_set_members_of(&members[i], &its);
	}
	if (!error)
		error = limiter_set_fill(&set->limiter, members, count, room);
	return error ? leat_refuse(error) : 1;
}

void leat_limiter_set_end(leat_limiter_set *set)
{
	free(set->limiter.members_);
	set->limiter.members_ = NULL;
	set->limiter.count_ = 0;
}
