/* SPDX-License-Identifier: 0BSD
 *
 * faults_streams.c - allocations and thread starts fail in batches, groups, tables of keys, broadcasts, ordered
 * results, and workers that need memory of their own. Each failure is reported, nothing is left behind, and parts that
 * worked before go on.
 */
#include "faults.h"

static const leat_rx nil;

static int run_batches(void)
{
	return consume(nil, leat_unbatch_of(nil, leat_batch(nil, ones(nil), 7, LEAT_NEVER), &owned_type));
}

/* A batch that needs more room than at first. Without it, the values that have come are sent before the cause. */
static int run_large_batch(void)
{
	leat_rx out = leat_batch(nil, leat_take(nil, ones(nil), 1500), 100000, LEAT_NEVER);
	size_t received = 0;
	int cause;

	for (leat_batched *batch; leat_recv(out, &batch) > 0; leat_batched_free(batch))
		received += batch->count;
	cause = leat_cause(out);
	check(cause ? received == 0 || received == 512 || received == 1024 : received == 1500);
	leat_drop(out);
	return cause;
}

/* The tee copies batches. A copy can fail like an allocation. */
static int run_tee_of_batches(void)
{
	leat_rx out[2];

	(void)leat_tee(nil, leat_batch(nil, ones(nil), 4, LEAT_NEVER), out, 2); /* if it fails, the outputs have the
	                                                                         * cause */
	return consume(nil, leat_unbatch_of(nil, leat_fan_in(nil, out, 2), &owned_type));
}

static int counted; /* by the functions below; a stage may end after the run that has started it */

static int one_of_two(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return ++counted % 2;
}

static int run_partition(void)
{
	leat_rx out[2];

	(void)leat_partition(nil, ones(nil), out, 2, one_of_two, NULL); /* if it fails, the outputs have the cause */
	return consume(nil, leat_fan_in(nil, out, 2));
}

/* The first COUNT values have different keys, so the table of keys must grow. The others are left out. */
static int another_key(void *arg, const void *in, leat_key *key)
{
	(void)arg;
	(void)in;
	counted += counted < COUNT;
	*key = (leat_key){ &counted, sizeof counted };
	return 0;
}

static int run_distinct(void)
{
	counted = 0;
	return consume(nil, leat_distinct(nil, ones(nil), SIZE_MAX, another_key, NULL));
}

/* Two keys in turn. Without memory the open groups are sent before the cause. */
static int one_of_two_keys(void *arg, const void *in, leat_key *key)
{
	(void)arg;
	(void)in;
	*key = (leat_key){ "key", (size_t)(++counted % 2) };
	return 0;
}

static int run_group_by(void)
{
	leat_rx in = leat_take(nil, ones(nil), COUNT);

	return consume(nil, leat_unbatch_of(nil, leat_group_by(nil, in, 3, 5, one_of_two_keys, NULL), &owned_type));
}

static int run_debounce(void)
{
	return consume(nil, leat_throttle(nil, leat_debounce(nil, ones(nil), 0), 0, LEAT_LAST));
}

static int run_ordered(void)
{
	return consume(nil, leat_map_ordered_of(nil, ones(nil), 3, &owned_type, same, NULL));
}

/* Each worker allocates its state, and so may fail. */
static int make_state(void *arg, void **state)
{
	(void)arg;
	*state = malloc(100);
	return *state ? 0 : -ENOMEM;
}

static int take_same(void *state, const void *in, void *out)
{
	check(state);
	*(owned *)out = *(const owned *)in;
	return 1;
}

static int run_with_state(int ordered)
{
	leat_workers how = { .count = 3, .init = make_state, .end = free, .takes = 1, .ordered = ordered };

	return consume(nil, leat_map_with_of(nil, ones(nil), &owned_type, take_same, NULL, &how));
}

static int run_map_with(void)
{
	return run_with_state(0);
}

static int run_map_with_ordered(void)
{
	return run_with_state(1);
}

static int see_state(void *state, const void *in)
{
	check(state && *((const owned *)in)->number == 1);
	return 0;
}

static int run_each_with(void)
{
	leat_workers how = { .count = 3, .init = make_state, .end = free };

	return leat_each_with(nil, leat_take(nil, ones(nil), COUNT), see_state, NULL, &how);
}

static long fill_owned(void *arg, void *values, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		((owned *)values)[i] = own(1);
	return (long)n;
}

static int run_source_n(void)
{
	return consume(nil, leat_source_n_of(nil, &owned_type, 7, fill_owned, NULL));
}

static int run_batch_from(void)
{
	return consume(nil, leat_unbatch_of(nil, leat_batch_from_of(nil, &owned_type, 7, fill_owned, NULL), &owned_type));
}

/* ------------------------------------------------------------------------------------ what combines values -- */

static int compare(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *((const owned *)a)->number - *((const owned *)b)->number;
}

static int run_merge_sorted(void)
{
	return consume(nil, leat_merge_sorted(nil, LEAT_RXS(ones(nil), ones(nil)), compare, NULL));
}

/* The select of so many inputs needs memory. */
enum { ROW = 15 };

static int same_as_first(void *arg, const void *const *in, void *out)
{
	return same(arg, in[0], out);
}

static int run_zip(void)
{
	leat_rx members[ROW] = { ones(nil) };

	for (int i = 1; i < ROW; i++)
		members[i] = leat_dup(members[0]);
	return consume(nil, leat_zip_of(nil, &owned_type, members, ROW, same_as_first, NULL));
}

static int run_window(void)
{
	return consume(nil, leat_unbatch_of(nil, leat_window(nil, ones(nil), 3, 2), &owned_type));
}

static int multiply(void *arg, void *result, const void *value)
{
	(void)arg;
	*((owned *)result)->number *= *((const owned *)value)->number;
	return 1;
}

static int run_scan(void)
{
	owned first = own(1);
	leat_rx out = leat_scan_of(nil, ones(nil), &owned_type, &first, multiply, NULL);

	disown(first);
	return consume(nil, out);
}

static int run_reduce(void)
{
	owned result = own(1);
	int cause = leat_reduce(nil, leat_take(nil, ones(nil), COUNT), &result, multiply, NULL);

	check(*result.number == 1);
	disown(result);
	return cause;
}

/* A constructor fails inside the function. */
static int one_more_stage(void *arg, const void *in, leat_stage *stage)
{
	(void)arg;
	(void)in;
	return leat_emit_all(stage, leat_take(nil, ones(nil), COUNT / 2));
}

static int run_flat_map(void)
{
	return consume(nil, leat_flat_map_of(nil, ones(nil), 2, &owned_type, one_more_stage, NULL));
}

static void combined(void)
{
	check(fail_each(&starts, EAGAIN, run_merge_sorted) >= 4);
	check(fail_each(&allocations, ENOMEM, run_merge_sorted) >= 8);
	check(fail_each(&allocations, ENOMEM, run_zip) >= 6);
	check(fail_each(&allocations, ENOMEM, run_window) >= 8);
	check(fail_each(&allocations, ENOMEM, run_scan) >= 5);
	check(fail_each(&allocations, ENOMEM, run_reduce) >= 5);
	check(fail_each(&starts, EAGAIN, run_flat_map) >= 5);
	check(fail_each(&allocations, ENOMEM, run_flat_map) >= 8);
}

/* -------------------------------------------------------------------------------------------- workers, stages -- */

static void workers_and_fills(void)
{
	check(fail_each(&starts, EAGAIN, run_map_with) >= 5);
	check(fail_each(&allocations, ENOMEM, run_map_with) >= 8);
	check(fail_each(&starts, EAGAIN, run_map_with_ordered) >= 5);
	check(fail_each(&allocations, ENOMEM, run_map_with_ordered) >= 9);
	check(fail_each(&starts, EAGAIN, run_each_with) >= 3);
	check(fail_each(&allocations, ENOMEM, run_each_with) >= 8);
	check(fail_each(&starts, EAGAIN, run_source_n) >= 2);
	check(fail_each(&allocations, ENOMEM, run_source_n) >= 3);
	check(fail_each(&starts, EAGAIN, run_batch_from) >= 3);
	check(fail_each(&allocations, ENOMEM, run_batch_from) >= 5);
}

static void stages(void)
{
	check(fail_each(&starts, EAGAIN, run_batches) >= 4);
	check(fail_each(&allocations, ENOMEM, run_batches) >= 8);
	check(fail_each(&allocations, ENOMEM, run_large_batch) >= 9);
	check(fail_each(&starts, EAGAIN, run_tee_of_batches) >= 5);
	check(fail_each(&allocations, ENOMEM, run_tee_of_batches) >= 10);
	check(fail_each(&starts, EAGAIN, run_partition) >= 4);
	check(fail_each(&allocations, ENOMEM, run_partition) >= 8);
	check(fail_each(&starts, EAGAIN, run_distinct) >= 3);
	check(fail_each(&allocations, ENOMEM, run_distinct) >= 27);
	check(fail_each(&starts, EAGAIN, run_group_by) >= 2); /* a thread that ends early is used again */
	check(fail_each(&allocations, ENOMEM, run_group_by) >= 20);
	check(fail_each(&starts, EAGAIN, run_debounce) >= 4);
	check(fail_each(&allocations, ENOMEM, run_debounce) >= 8);
	check(fail_each(&starts, EAGAIN, run_ordered) >= 5);
	check(fail_each(&allocations, ENOMEM, run_ordered) >= 10);
}

/* ----------------------------------------------------------------------------------------- broadcasts -- */

enum { SUBSCRIBERS = 12, LARGE = 1000 };

struct large { owned owned; char more[LARGE]; };

static int large_copy(void *to, const void *from)
{
	return owned_copy(&((struct large *)to)->owned, &((const struct large *)from)->owned);
}

static void large_release(void *value)
{
	disown(((struct large *)value)->owned);
}

static const leat_type large_type = { "large", sizeof(struct large), large_copy, large_release };

/* Subscribe until one subscription fails. The others get the values. */
static int subscribe_all(leat_broadcast *broadcast, leat_rx *rx, long *subscribed)
{
	int cause = 0;

	*subscribed = 0;
	for (int i = 0; i < SUBSCRIBERS; i++) {
		rx[i] = leat_subscribe(broadcast, 1, i % 2 ? LEAT_DROP_OLDEST : LEAT_DROP_NEWEST);
		check(leat_never_started(rx[i]) == (leat_cause(rx[i]) != 0));
		cause = leat_cause(rx[i]) ? leat_cause(rx[i]) : cause;
		*subscribed += leat_cause(rx[i]) == 0;
	}
	return cause;
}

/* In the second round, half of the subscribers lose their oldest value. That needs memory. */
static int run_broadcast(void)
{
	leat_broadcast *broadcast = leat_broadcast_make_of(&large_type);
	struct large value = { own(1), "" };
	leat_rx rx[SUBSCRIBERS];
	int cause = broadcast ? 0 : errno, failed;
	long subscribed, have;

	failed = subscribe_all(broadcast, rx, &subscribed);
	cause = cause ? cause : failed;
	if (broadcast) {
		for (int round = 0; round < 2; round++) {
			have = leat_publish(broadcast, &value, nil, LEAT_NEVER);
			if (have < 0)
				cause = errno;
			else
				check(have == (round ? SUBSCRIBERS / 2 : subscribed) || cause);
		}
	}
	disown(value.owned);
	leat_broadcast_drop(broadcast);
	for (int i = 0; i < SUBSCRIBERS; i++)
		leat_drop(rx[i]);
	return cause;
}

static void broadcasts(void)
{
	check(fail_each(&allocations, ENOMEM, run_broadcast) >= 10);
}

static void publish_one(void *broadcast)
{
	int value = 1;

	check(leat_publish((leat_broadcast *)broadcast, &value, nil, LEAT_NEVER) == 1);
}

/* A subscriber allocates the same amount each time and nothing more, whether nobody publishes or a publisher waits. */
static void many_come_and_go(void)
{
	enum { MANY = 1000 };

	for (int waits = 0; waits < 2; waits++) {
		leat_broadcast *broadcast = leat_broadcast_make(int);
		leat_rx slow = leat_subscribe(broadcast, 0, LEAT_BLOCK);
		background publisher;
		long each;

		if (waits) {
			begin(&publisher, publish_one, broadcast);
			must_block(&publisher);
		}
		atomic_store(&allocations.left, -1);
		leat_drop(leat_subscribe(broadcast, 1, LEAT_BLOCK));
		each = -1 - atomic_load(&allocations.left);
		for (int i = 1; i < MANY; i++)
			leat_drop(leat_subscribe(broadcast, 1, LEAT_BLOCK));
		check(-1 - atomic_load(&allocations.left) == each * MANY);
		atomic_store(&allocations.left, -1);
		if (waits) {
			check(leat_wait(slow) == 1);
			must_return(&publisher);
		}
		leat_drop(slow);
		leat_broadcast_drop(broadcast);
	}
}

/* A publish without memory fails before any subscriber has the value, so it can be repeated. */
static void no_memory_to_publish(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx rx[SUBSCRIBERS];
	int value = 1;

	for (int i = 0; i < SUBSCRIBERS; i++)
		rx[i] = leat_subscribe(broadcast, 1, LEAT_BLOCK);
	atomic_store(&allocations.left, 0);
	check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == -1 && errno == ENOMEM);
	atomic_store(&allocations.left, -1);
	for (int i = 0; i < SUBSCRIBERS; i++)
		check(leat_len(rx[i]) == 0);
	check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == SUBSCRIBERS);
	for (int i = 0; i < SUBSCRIBERS; i++)
		leat_drop(rx[i]);
	leat_broadcast_drop(broadcast);
}

int main(int argc, char **argv)
{
	return RUN(stages, workers_and_fills, combined, broadcasts, many_come_and_go, no_memory_to_publish);
}
