/* leat_or - over as soon as one of several streams is over or has a value.
 *
 *     a ----------\
 *     b --- end ---> [or] -> end
 *     c ----------/
 *
 * The book starts a goroutine for every two channels. Here one thread waits for all members in one select.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum {
	OR_MOST = 1 << 20,
	OR_STAGE = 2 /* cases of the stage: of done and of its output */
};

/* The members as cases: they may be of different types, and nil. Before them is room for the cases of the stage, so
 * that the wait needs no memory. */
struct or_members { size_t count; leat_case all[]; };

static leat_case *or_member(struct or_members *members, size_t i)
{
	return &members->all[OR_STAGE + i];
}

static void or_drop_all(const leat_rx *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		leat_drop(members[i]);
}

static void or_drop_members(struct or_members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		leat_drop((leat_rx){ or_member(members, i)->ch });
		or_member(members, i)->ch = NULL;
	}
}

static void or_release(void *of_members)
{
	struct or_members *members = *(struct or_members **)of_members;

	or_drop_members(members);
	free(members);
}

static void or_body(leat_stage *stage, void *of_members)
{
	struct or_members *members = *(struct or_members **)of_members;
	int first = leat_stage_select_behind_(stage, members->all, members->count, LEAT_NEVER);

	if (first < 0)
		leat_fail(stage, errno); /* does nothing if the stage is over already */
	else if (!or_member(members, (size_t)first)->ok)
		leat_fail(stage, leat_cause((leat_rx){ or_member(members, (size_t)first)->ch }));
	or_drop_members(members); /* here, so that the members stop before the consumer sees the end */
}

/* Without members, or with nil ones only, leat_or never ends. */
static int or_has_members(const leat_rx *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!leat_is_nil(members[i]))
			return 1;
	return 0;
}

/* Returns 0, EINVAL, or the cause of a member that never started. */
static int or_check(const leat_rx *members, size_t count)
{
	if (count > OR_MOST)
		return EINVAL;
	for (size_t i = 0; i < count; i++)
		if (leat_never_started(members[i]) && leat_cause(members[i]))
			return leat_cause(members[i]);
	return 0;
}

leat_rx (leat_or)(const leat_rx *members, size_t count)
{
	leat_type nothing = { "unit", 0, NULL, NULL }, taken = { "members", sizeof(void *), NULL, or_release };
	struct or_members *all = NULL;
	int error;

	if (count > PTRDIFF_MAX / sizeof *members)
		return leat_ended(EINVAL);
	if (!members || !or_has_members(members, count))
		return members || !count ? leat_at(LEAT_NEVER) : leat_ended(EINVAL);
	error = or_check(members, count);
	if (!error && !(all = malloc(sizeof *all + (OR_STAGE + count) * sizeof *all->all)))
		error = ENOMEM;
	if (error) {
		or_drop_all(members, count);
		return leat_ended(error);
	}
	all->count = count;
	for (size_t i = 0; i < count; i++) {
		leat_given_(members[i]);
		*or_member(all, i) = LEAT_READY(members[i]);
	}
	return leat_stage_start(&(leat_plan){
		.name = "or",
		.type = &nothing,
		.body = or_body,
		.arg = &all,
		.arg_type = &taken,
	});
}
