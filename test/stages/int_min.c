/* SPDX-License-Identifier: 0BSD
 *
 * int_min.c - functions of the user return INT_MIN, whose negative is no int. That is a failure with EINVAL, wherever a
 * function may fail. (The undefined sanitizer finds a negation that overflows.)
 */
#include "../test.h"

#include <limits.h>

static const leat_rx nil;

static int result; /* of the functions below */

static int make(void *arg, void *out)
{
	(void)arg;
	(void)out;
	return result;
}

static int map(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)in;
	(void)out;
	return result;
}

static int look(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return result;
}

static int make_key(void *arg, const void *in, leat_key *key)
{
	(void)key;
	return look(arg, in);
}

static int replica(leat_rx done, void *arg, size_t number, void *out)
{
	(void)done;
	(void)number;
	return map(arg, NULL, out);
}

static int member(leat_rx done, void *arg)
{
	(void)done;
	return look(arg, NULL);
}

static int caught(void *arg, const leat_failure *failure, void *value)
{
	(void)failure;
	return make(arg, value);
}

static int open_one(void *arg, void **thing)
{
	return make(arg, thing);
}

static void close_one(void *arg, void *thing)
{
	(void)arg;
	(void)thing;
}

static void must_end(leat_rx out)
{
	check(leat_drain(out) == EINVAL);
}

static void of_stages(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	leat_rx pulses, outs[2];
	int out;

	must_end(leat_repeat_fn(nil, int, make, NULL));
	must_end(leat_map(nil, numbers(0, 3), int, map, NULL));
	must_end(leat_map_n(nil, numbers(0, 3), 2, int, map, NULL));
	must_end(leat_map_ordered(nil, numbers(0, 3), 2, int, map, NULL));
	must_end(leat_filter(nil, numbers(0, 3), look, NULL));
	must_end(leat_distinct(nil, numbers(0, 3), 1, make_key, NULL));
	must_end(leat_group_by(nil, numbers(0, 3), 1, 1, make_key, NULL));
	check(leat_partition(nil, numbers(0, 3), outs, 2, look, NULL) == 1);
	must_end(outs[0]);
	must_end(outs[1]);
	must_end(leat_steps(nil, numbers(0, 3), int, LEAT_STEPS({ map, NULL })));
	must_end(leat_steps_from(nil, int, make, NULL, LEAT_STEPS({ map, NULL })));
	must_end(leat_gauge_map(nil, numbers(0, 3), gauge, 1, int, map, NULL));
	must_end(leat_heartbeat(nil, numbers(0, 3), int, map, NULL, 0, &pulses));
	check(leat_each(nil, numbers(0, 3), 1, look, NULL) == EINVAL && leat_drain(pulses) == 0);
	check(leat_replicate(nil, 2, 0, int, replica, NULL, &out) == -1 && errno == EINVAL);
	leat_gauge_drop(gauge);
}

static void of_groups_and_resources(void)
{
	leat_resources_plan plan = { 2, 0, open_one, close_one, NULL };
	leat_resources *resources = leat_resources_make(&plan);
	leat_errgroup *group = leat_errgroup_make(nil);
	void *thing;

	check(resources && leat_resources_get(resources, &thing, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	leat_resources_drop(resources);
	plan.warm = 2;
	check(!leat_resources_make(&plan) && errno == EINVAL);
	check(group && leat_errgroup_go(group, member, NULL) == 1 && leat_errgroup_wait(group) == EINVAL);
}

typedef LEAT_RESULT(int) int_result;

static void of_results(void)
{
	leat_rx in = leat_result_from(nil, numbers(0, 1), "makes none", int_result, map, NULL);
	int_result got;

	in = leat_result_catch(nil, in, caught, NULL);
	check(leat_recv(in, &got) == 1 && got.failure.code == EINVAL);
	check(leat_drain(in) == 0);
}

/* A copy that fails with a number that is no errno value: also a positive one. */
static int copy(void *to, const void *from)
{
	(void)to;
	(void)from;
	return result;
}

static void release(void *value)
{
	(void)value;
}

static void nothing_to_do(leat_stage *stage, void *arg)
{
	(void)stage;
	(void)arg;
}

static void of_copies(void)
{
	static const int results[] = { INT_MIN, INT_MAX, EPIPE };
	leat_type type = { "no copy", sizeof(int), copy, release };

	for (int i = 0; i < 3; i++) {
		leat_chan chan = leat_make_of(&type, 1);
		leat_broadcast *broadcast = leat_broadcast_make_of(&type);
		leat_rx outs[2], subscription = leat_subscribe(broadcast, 1, LEAT_BLOCK);
		int value = 7;

		result = results[i];
		check(leat_send(chan.tx, &value) == 1);
		leat_drop(chan.tx);
		leat_tee(nil, chan.rx, outs, 2);
		must_end(outs[0]);
		must_end(outs[1]);
		check(leat_publish(broadcast, &value, nil, LEAT_NEVER) == -1 && errno == EINVAL);
		leat_drop(subscription);
		leat_broadcast_drop(broadcast);
		must_end(leat_stage_start(&(leat_plan){
			.name = "arg", .type = LEAT_TYPE(int), .body = nothing_to_do, .arg = &value, .arg_type = &type,
		}));
	}
}

int main(int argc, char **argv)
{
	result = INT_MIN;
	return RUN(of_stages, of_groups_and_resources, of_results, of_copies);
}
