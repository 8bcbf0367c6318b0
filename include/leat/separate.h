/* SPDX-License-Identifier: 0BSD
 *
 * separate.h - stages that separate the values of a stream, and stages that thin a stream out.
 *
 *     leat_rx fewer = leat_distinct(done, leat_debounce(done, in, LEAT_MS(50)), 1, NULL, NULL);
 *
 * The rules for all stages are in stages.h. A value that is left out is released.
 */
#ifndef LEAT_SEPARATE_H
#define LEAT_SEPARATE_H

#include "many.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- partition.c --------------------------------------------------------------------------------- */

/* Each value goes to one of out[0..n-1], the one whose index which(arg, value) returns. With n = 2, `which` is a
 * predicate that returns 0 or 1.
 *
 * The next value follows when the output of this one has it. So a slow consumer holds up all others, as soon as the
 * room of its output is full: read all outputs at the same time, and give `in` room by leat_buffer. Each output has the
 * capacity of `in`, which bounds the memory. Values for an output that was dropped are released, and the others go on.
 * The stage ends when all outputs are dropped.
 *   returns   1. -1: then out[] holds streams that are over, and errno says why. EINVAL: n is 0 or more than 2^20, or
 *             `which` is NULL
 *   handles   takes `in`; out[0..n-1] are yours
 *   arg       must outlive the stage
 *   errors    at the end: the failure of `which`; EINVAL: it has returned n or more */
typedef int leat_index_fn(void *arg, const void *in);   /* 0 or more: the index of an output. < 0: a failure */

int leat_partition(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_index_fn *which, void *arg);

/* ---- keys.c -------------------------------------------------------------------------------------- */

/* The key of a value, for leat_distinct and leat_group_by: keys are equal if they have the same bytes. A leat_key_fn
 * sets *key, which is the value itself at first. The bytes may lie in the value, in what it owns, or in *arg. They must
 * stay as they are until the next call; then the stage has copied them. Without a function the key is the value. Beware
 * of padding in a struct: its bytes count.
 *
 *     static int by_word(void *arg, const void *in, leat_key *key)
 *     {
 *             const char *word = *(char *const *)in;
 *
 *             *key = (leat_key){ word, strlen(word) };
 *             return 0;
 *     } */
typedef struct leat_key { const void *bytes; size_t size; } leat_key;
typedef int leat_key_fn(void *arg, const void *in, leat_key *key);   /* >= 0: *key is set. < 0: a failure */

/* ---- distinct.c ---------------------------------------------------------------------------------- */

/* The values of `in`, without those whose key is one of the last n keys that were passed on. With n = 1, only a value
 * that equals the one before it is left out. With n = SIZE_MAX, each key passes once.
 *
 * MEMORY: n keys. Each takes its bytes, and about 100 more.
 *   key       as above, or NULL
 *   arg       must outlive the stage
 *   errors    EINVAL: n is 0. At the end: the failure of `key`, or ENOMEM */
leat_rx leat_distinct(leat_rx done, leat_rx in, size_t n, leat_key_fn *key, void *arg);

/* ---- group_by.c ---------------------------------------------------------------------------------- */

/* The values of `in`, in groups of equal keys. A group is a leat_batched * of many.h, which its receiver ends by
 * leat_batched_free; its first value tells the key.
 *
 * A value joins the open group of its key. If there is none, it opens one. If that makes more than `groups` open ones,
 * the group that was opened first is sent. A group is also sent when it has n values. At the end of `in` the rest are
 * sent, in the order in which they were opened, before a cause.
 *  - groups = 1: a group for each run of equal keys, as in a sorted stream.
 *  - groups = SIZE_MAX and n = SIZE_MAX: one group for each key, at the end.
 * A group waits for more values for as long as `in` is silent.
 *
 * MEMORY: groups x n values, in room for twice as many at most; and a key for each open group, as in leat_distinct.
 *
 * WHY GROUPS ARE NO STREAMS, as in Rx. A consumer that reads one stream to its end, and then the next, would wait for
 * ever as soon as the next one is full. There would be as many streams as keys. To work on the values of each key as
 * they come, use leat_partition with a hash of the key.
 *   key       as above, or NULL
 *   arg       must outlive the stage
 *   errors    EINVAL: groups or n is 0. At the end, after the open groups: the failure of `key`, or ENOMEM */
leat_rx leat_group_by(leat_rx done, leat_rx in, size_t groups, size_t n, leat_key_fn *key, void *arg);

/* ---- debounce.c ---------------------------------------------------------------------------------- */

/* Passes on a value of `in` when no other one has followed it for `span`. Of values that follow each other faster, only
 * the last one is sent. So nothing is sent while they keep coming: see leat_throttle. The time of a value is the time
 * at which the stage receives it. With `span` 0 all values pass, with LEAT_NEVER only the last one of all.
 *
 * It holds one value. At the end of `in` that is sent at once, before a cause. When `done` comes it is released.
 *   errors    EINVAL: `span` is negative */
leat_rx leat_debounce(leat_rx done, leat_rx in, leat_time span);

/* ---- throttle.c ---------------------------------------------------------------------------------- */

/* Passes on at most one value of `in` per period.
 *  - LEAT_FIRST: a value is sent at once. Then a period begins, and values that come in it are left out.
 *  - LEAT_LAST: a value begins a period. At its end, the last value that came in it is sent. At the end of `in` that is
 *    sent at once, before a cause. When `done` comes it is released.
 * Two values are sent at least a period apart, except the last one at the end. The time of a value is as for
 * leat_debounce. With `period` 0 all values pass, with LEAT_NEVER only the first or the last one of all. It holds one
 * value. To delay values instead of leaving them out, use leat_limit.
 *   errors    EINVAL: `period` is negative, or `which` is neither of the two */
enum { LEAT_FIRST, LEAT_LAST };

leat_rx leat_throttle(leat_rx done, leat_rx in, leat_time period, int which);

/* ---- private: partition.c ------------------------------------------------------------------------ */

int leat_partition_at_(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_index_fn *which, void *arg,
                       const char *where);

#define leat_partition(...) leat_partition_at_(__VA_ARGS__, LEAT_HERE_)

/* ---- private: keys.c ----------------------------------------------------------------------------- */

struct leat_batched;

/* A key, whose bytes lie behind this struct. `group` is NULL, or what group_by.c has put there. */
typedef struct leat_keyed_ {
	struct leat_keyed_ *older, *newer, *next; /* next: in the same bucket */
	uint64_t hash;
	size_t size;
	struct leat_batched *group;
} leat_keyed_;

typedef struct leat_keys_ {
	leat_key_fn *fn;
	void *arg;
	size_t size;              /* of a value */
	leat_keyed_ *oldest, *newest, **buckets;
	size_t count, room;       /* room: the number of buckets, 0 or a power of two */
	uint64_t seed;
} leat_keys_;

/* The keys of the values of `in`: none yet. */
leat_keys_ leat_keys_make_(leat_key_fn *fn, void *arg, leat_rx in);

/* Find the key of this value, or add it as the newest one. Returns 1: it is new. 0: it was there. Or -errno. */
int leat_keys_of_(leat_keys_ *keys, const void *value, leat_keyed_ **key);
void leat_keys_remove_(leat_keys_ *keys, leat_keyed_ *key);
void leat_keys_end_(leat_keys_ *keys);

/* ---- private: distinct.c ------------------------------------------------------------------------- */

#define leat_distinct(...) LEAT_PLACED_(leat_distinct, __VA_ARGS__)

/* ---- private: group_by.c ------------------------------------------------------------------------- */

#define leat_group_by(...) LEAT_PLACED_(leat_group_by, __VA_ARGS__)

/* ---- private: debounce.c ------------------------------------------------------------------------- */

struct leat_stage;

/* For the body of a stage, which has just received *value: return the last value that it can receive within the span
 * after this one. With `renew` each value begins the span again. It lies in leat_scratch, and belongs to the body. */
void *leat_last_(struct leat_stage *stage, const leat_type *type, void *value, leat_time span, int renew);

#define leat_debounce(...) LEAT_PLACED_(leat_debounce, __VA_ARGS__)

/* ---- private: throttle.c ------------------------------------------------------------------------- */

#define leat_throttle(...) LEAT_PLACED_(leat_throttle, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
