/* leat_group_by - values in groups of equal keys.
 * Needs batch.c and keys.c.
 *
 *     a1 a2 b1 a3 b2 -> [group_by, 1 open] -> (a1 a2) (b1) (a3) (b2)
 *     a1 a2 b1 a3 b2 -> [group_by, 2 open] -> (a1 a2 a3) (b1 b2)
 *
 * Each key of keys.c is an open group, with its values in a batch.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct group_by { leat_keys_ keys; size_t groups, n; leat_type type; };

static void group_by_release(void *of_group_by)
{
	struct group_by *group_by = of_group_by;

	for (leat_keyed_ *key = group_by->keys.oldest; key; key = key->newer)
		leat_batched_free(key->group);
	leat_keys_end_(&group_by->keys);
}

/* Returns 1, or 0 if it is time to return. */
static int group_by_send(leat_stage *stage, struct group_by *group_by, leat_keyed_ *key)
{
	leat_batched *group = key->group;

	leat_keys_remove_(&group_by->keys, key);
	return !group || leat_emit(stage, &group); /* a group that could not be made is NULL */
}

/* Add a value that the stage has just received to its group. Returns 0 or an errno value. It has no effect to fail with
 * ECANCELED: it is time to return then. */
static int group_by_add(leat_stage *stage, struct group_by *group_by, const void *value)
{
	leat_keyed_ *key;
	int is_new = leat_keys_of_(&group_by->keys, value, &key);

	if (is_new < 0)
		return -is_new;
	if (group_by->keys.count > group_by->groups && !group_by_send(stage, group_by, group_by->keys.oldest))
		return ECANCELED;
	if (!leat_batched_push_(&key->group, &group_by->type, group_by->n, value))
		return ENOMEM;
	leat_keep(stage);
	return key->group->count < group_by->n || group_by_send(stage, group_by, key) ? 0 : ECANCELED;
}

static void group_by_body(leat_stage *stage, void *arg)
{
	struct group_by *group_by = arg;
	int error = 0;

	for (const void *value; !error && (value = leat_next(stage)) != NULL;)
		error = group_by_add(stage, group_by, value);
	while (group_by->keys.oldest && group_by_send(stage, group_by, group_by->keys.oldest))
		;
	if (error)
		leat_fail(stage, error);
}

leat_rx (leat_group_by)(leat_rx done, leat_rx in, size_t groups, size_t n, leat_key_fn *key, void *arg)
{
	struct group_by group_by = { leat_keys_make_(key, arg, in), groups, n, leat_type_of(in) };
	leat_type taken = { "group_by", sizeof group_by, NULL, group_by_release };

	return leat_stage_start(&(leat_plan){
		.name = "group_by",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = &leat_batched_type,
		.body = groups && n ? group_by_body : NULL,
		.arg = &group_by,
		.arg_type = &taken,
	});
}
