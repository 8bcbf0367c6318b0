/* SPDX-License-Identifier: 0BSD
 *
 * nothing.c - a constructor that failed has returned NULL. Every call on NULL fails with EINVAL, or does nothing.
 */
#include "../test.h"

#define refuses(call) check((errno = 0, (call) == -1) && errno == EINVAL)

static void call_nothing(void *arg)
{
	(void)arg;
}

static int member(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	return 0;
}

static void no_group(void)
{
	refuses(leat_errgroup_go(NULL, member, NULL));
	refuses(leat_errgroup_try_go(NULL, member, NULL));
	refuses(leat_errgroup_set_limit(NULL, 1));
	check(leat_cause(leat_errgroup_done(NULL)) == EINVAL);
	check(leat_errgroup_wait(NULL) == EINVAL);
}

static void no_forkjoin(void)
{
	refuses(leat_forkjoin_run(NULL, call_nothing, NULL));
	leat_forkjoin_drop(NULL);
}

static void no_pool(void)
{
	int object;

	errno = 0;
	check(leat_pool_get(NULL) == NULL && errno == EINVAL);
	leat_pool_put(NULL, &object);
	leat_pool_put(NULL, NULL);
	leat_pool_drop(NULL);
}

static void *change(void *arg, const void *value)
{
	(void)value;
	return arg;
}

static void no_snapshot(void)
{
	leat_reading reading;
	int value;

	check(leat_snapshot_read(NULL, &reading) == NULL);
	leat_snapshot_let_go(&reading);
	leat_snapshot_publish(NULL, &value);
	refuses(leat_snapshot_update(NULL, change, &value));
	leat_snapshot_drop(NULL);
}

static void no_resources(void)
{
	void *thing = NULL;

	refuses(leat_resources_get(NULL, &thing, LEAT_NIL, LEAT_NOW));
	leat_resources_drop(NULL);
}

static void no_broadcast(void)
{
	int value = 0;

	refuses(leat_publish(NULL, &value, LEAT_NIL, LEAT_NOW));
	check(leat_cause(leat_subscribe(NULL, 1, LEAT_BLOCK)) == EINVAL);
	leat_broadcast_drop(NULL);
}

static void no_error(void)
{
	char text[8] = "text";

	check(leat_error_dup(NULL) == NULL && leat_error_find(NULL, "kind") == NULL);
	check(leat_error_with(NULL, LEAT_ERROR_HOST, "%s", "user") == NULL);
	check(leat_error_format(NULL, text, sizeof text) == 0 && text[0] == '\0');
	check(leat_error_format_user(NULL, text, sizeof text) == 0);
	leat_error_drop(NULL);
}

static void no_function(void)
{
	leat_snapshot *snapshot = leat_snapshot_make(NULL, NULL);

	refuses(leat_snapshot_update(snapshot, NULL, NULL));
	leat_snapshot_drop(snapshot);
}

int main(int argc, char **argv)
{
	return RUN(no_group, no_forkjoin, no_pool, no_snapshot, no_resources, no_broadcast, no_error, no_function);
}
