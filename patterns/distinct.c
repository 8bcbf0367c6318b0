/* leat_distinct - the values whose key did not come lately.
 * Needs keys.c.
 *
 *     a a b a c a -> [distinct 2] -> a b c a
 *
 * The keys that were passed on last are kept, up to n. The oldest one makes room for another.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct distinct { leat_keys_ keys; size_t n; };

static void distinct_release(void *of_distinct)
{
	leat_keys_end_(&((struct distinct *)of_distinct)->keys);
}

/* Returns 1, 0 or -errno, as a leat_filter_fn. */
static int distinct_keeps(struct distinct *distinct, const void *value)
{
	leat_keyed_ *key;
	int is_new = leat_keys_of_(&distinct->keys, value, &key);

	if (distinct->keys.count > distinct->n)
		leat_keys_remove_(&distinct->keys, distinct->keys.oldest);
	return is_new;
}

static void distinct_body(leat_stage *stage, void *arg)
{
	struct distinct *distinct = arg;

	for (void *value; (value = leat_next(stage)) != NULL;)
		if (!leat_emit_result(stage, distinct_keeps(distinct, value), value))
			return;
}

leat_rx (leat_distinct)(leat_rx done, leat_rx in, size_t n, leat_key_fn *key, void *arg)
{
	struct distinct distinct = { leat_keys_make_(key, arg, in), n };
	leat_type taken = { "distinct", sizeof distinct, NULL, distinct_release };

	return leat_stage_start(&(leat_plan){
		.name = "distinct",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = n ? distinct_body : NULL,
		.arg = &distinct,
		.arg_type = &taken,
	});
}
