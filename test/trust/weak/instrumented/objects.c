/* SPDX-License-Identifier: 0BSD
 *
 * objects.c - things that threads share and pass on: pools, errors, contexts, snapshots, and functions that are called
 * once. The thread that gets a thing sees what the thread before did to it. The last thread frees it.
 */
#include "../system.h"

#include "leat.h"

#include <stdlib.h>

/* -------------------------------------------------------------------------------------------------- pool -- */

enum { OBJECTS = 3 };

static leat_pool *pool;
static int objects[OBJECTS], made, released;

static void *make_object(void *arg)
{
	(void)arg;
	return made < OBJECTS ? &objects[made++] : NULL;
}

static void release_object(void *arg, void *object)
{
	(void)arg;
	++*(int *)object;
	released++;
}

/* All objects are in it. So no thread makes one, and each object belongs to one thread or to the pool. */
static void begin_pool(void)
{
	made = released = 0;
	pool = leat_pool_make(NULL, release_object, NULL);
	expect(pool != NULL);
	for (int i = 0; i < OBJECTS; i++)
		leat_pool_put(pool, make_object(NULL));
}

static void get_and_put(void)
{
	for (int i = 0; i < 2; i++) {
		int *object = leat_pool_get(pool);

		expect(object != NULL);
		++*object;
		leat_pool_put(pool, object);
	}
}

static void end_pool(void)
{
	leat_pool_drop(pool);
	expect(released == OBJECTS);
}

/* ------------------------------------------------------------------------------------------------- errors -- */

static leat_error *error;

static void begin_error(void)
{
	error = leat_error_new("test", EIO, "%d", 1);
	(void)leat_error_dup(error);
}

static void drop_error(void)
{
	expect(error->code == EIO);
	leat_error_drop(error);
}

static void share_error(void)
{
	leat_error *mine = leat_error_dup(error);

	leat_error_drop(error);
	expect(mine->code == EIO);
	leat_error_drop(mine);
}

/* --------------------------------------------------------------------------------------------------- bytes -- */

static leat_bytes of_first, of_second;

static void begin_bytes(void)
{
	expect(leat_bytes_copy(&of_first, "ab", 2) == 0);
	of_second = leat_bytes_slice(&of_first, 1, 1);
}

static void drop_bytes(void)
{
	expect(of_first.at[0] == 'a');
	leat_bytes_drop(&of_first);
}

static void share_bytes(void)
{
	leat_bytes mine = leat_bytes_slice(&of_second, 0, 1);

	leat_bytes_drop(&of_second);
	expect(mine.at[0] == 'b');
	leat_bytes_drop(&mine);
}

static void change_bytes(void)
{
	expect(leat_bytes_own(&of_second) == 0);
	of_second.at[0] = 'c';
	leat_bytes_drop(&of_second);
}

static void read_bytes(void)
{
	expect(of_first.at[1] == 'b');
	leat_bytes_drop(&of_first);
}

/* ------------------------------------------------------------------------------------------------ contexts -- */

static const char key;
static leat_context *context;
static int *value;

static void free_value(void *of)
{
	*(int *)of = 0;
	free(of);
}

static void begin_context(void)
{
	value = malloc(sizeof *value);
	*value = 1;
	context = leat_context_with_value(leat_context_background(), &key, value, free_value);
	(void)leat_context_dup(context);
}

static void use_context(void)
{
	expect(*(int *)leat_context_value(context, &key) == 1);
	leat_context_drop(context);
}

/* The child keeps the value after the other handles have gone. */
static void use_child(void)
{
	leat_context *child = leat_context_with_cancel(context);

	leat_context_drop(context);
	expect(*(int *)leat_context_value(child, &key) == 1);
	leat_context_drop(child);
}

/* ----------------------------------------------------------------------------------------------- snapshots -- */

static leat_snapshot *snapshot;

static int *version(int number)
{
	int *one = malloc(sizeof *one);

	*one = number;
	return one;
}

static void free_version(void *old)
{
	*(int *)old = -1;
	free(old);
}

static void begin_snapshot(void)
{
	snapshot = leat_snapshot_make(version(1), free_version);
}

static void read_snapshot(void)
{
	leat_reading reading;
	const int *number = leat_snapshot_read(snapshot, &reading);

	expect(*number > 0);
	expect(*number > 0); /* it has not been freed meanwhile */
	leat_snapshot_let_go(&reading);
}

static void read_twice(void)
{
	read_snapshot();
	read_snapshot();
}

static void publish(void)
{
	leat_snapshot_publish(snapshot, version(2));
}

static void *count_up(void *arg, const void *old)
{
	(void)arg;
	return version(*(const int *)old + 1);
}

static void update(void)
{
	expect(leat_snapshot_update(snapshot, count_up, NULL) == 1);
}

static void end_snapshot(void)
{
	leat_snapshot_drop(snapshot);
}

/* ---------------------------------------------------------------------------------------------------- once -- */

static leat_once once;
static int result;

static void begin_once(void)
{
	once = (leat_once){ 0 };
	result = 0;
}

static void compute(void *arg)
{
	*(int *)arg += 1;
}

static void use_once(void)
{
	expect(leat_once_do(&once, compute, &result) >= 0);
	expect(result == 1);
}

static void nothing(void)
{
}

const scenario object_scenarios[] = {
	{ "pool: two threads", begin_pool, { get_and_put, get_and_put }, end_pool },
	{ "pool: three threads", begin_pool, { get_and_put, get_and_put, get_and_put }, end_pool },
	{ "bytes: shared", begin_bytes, { drop_bytes, share_bytes }, nothing },
	{ "bytes: changed by their only owner", begin_bytes, { read_bytes, change_bytes }, nothing },
	{ "error: shared", begin_error, { drop_error, share_error }, nothing },
	{ "context: its value", begin_context, { use_context, use_child }, nothing },
	{ "snapshot: read and published", begin_snapshot, { read_twice, publish }, end_snapshot },
	{ "snapshot: read, published and updated", begin_snapshot, { read_snapshot, publish, update }, end_snapshot },
	{ "once: its result", begin_once, { use_once, use_once, use_once }, nothing },
	{ NULL, NULL, { NULL }, NULL },
};
