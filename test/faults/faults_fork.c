/* SPDX-License-Identifier: 0BSD
 *
 * faults_fork.c - allocations and thread starts fail in fork and join, and in snapshots. The calls that make one fail
 * with the cause, and leave nothing behind. The calls that use one need no memory and no threads.
 */
#include "faults.h"

/* ----------------------------------------------------------------------------------------- fork and join -- */

struct fib { int n, result; };

static void fib(void *arg)
{
	struct fib *self = arg, one = { self->n - 1, 0 }, two = { self->n - 2, 0 };
	leat_fork fork;

	if (self->n < 2) {
		self->result = self->n;
		return;
	}
	leat_forkjoin_fork(&fork, fib, &one);
	fib(&two);
	leat_forkjoin_join(&fork);
	self->result = one.result + two.result;
}

static int fork_and_join(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(3);
	struct fib all = { 12, -1 };

	if (!pool)
		return errno;
	check(leat_live() == 3);
	check(leat_forkjoin_run(pool, fib, &all) == 1 && all.result == 144);
	leat_forkjoin_drop(pool);
	return 0;
}

/* One allocation is for the pool, and one for each of its threads. */
static void a_pool(void)
{
	check(fail_each(&starts, EAGAIN, fork_and_join) == 3);
	check(fail_each(&allocations, ENOMEM, fork_and_join) == 4);
}

static void runs_need_nothing(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(2);
	struct fib all = { 15, -1 };

	check(pool);
	atomic_store(&allocations.left, 0);
	atomic_store(&starts.left, 0);
	check(leat_forkjoin_run(pool, fib, &all) == 1 && all.result == 610);
	check(atomic_exchange(&allocations.left, -1) == 0);
	check(atomic_exchange(&starts.left, -1) == 0);
	leat_forkjoin_drop(pool);
}

/* ---------------------------------------------------------------------------------------------- snapshots -- */

static int released;

static void release(void *value)
{
	released += *(int *)value;
}

static int make_snapshot(void)
{
	int one = 1;
	leat_snapshot *snapshot = leat_snapshot_make(&one, release);

	if (!snapshot) {
		check(released == 0); /* the snapshot was not made, so it did not take the value over */
		return errno;
	}
	leat_snapshot_drop(snapshot);
	check(released == 1);
	released = 0;
	return 0;
}

static void a_snapshot(void)
{
	check(fail_each(&allocations, ENOMEM, make_snapshot) == 1);
}

enum { READINGS = 200 };

static int values[READINGS + 1];

static void *next_one(void *arg, const void *value)
{
	(void)arg;
	return values + ((const int *)value - values) + 1;
}

/* There are as many versions as readings, more than there are slots. */
static void readings_need_nothing(void)
{
	leat_snapshot *snapshot = leat_snapshot_make(values, release);
	leat_reading readings[READINGS];

	check(snapshot);
	for (int i = 0; i <= READINGS; i++)
		values[i] = 1;
	atomic_store(&allocations.left, 0);
	for (int i = 0; i < READINGS; i++) {
		check(leat_snapshot_read(snapshot, &readings[i]) == &values[i]);
		check(leat_snapshot_update(snapshot, next_one, NULL) == 1);
	}
	for (int i = 0; i < READINGS; i++) {
		check(released == i);
		leat_snapshot_let_go(&readings[(i + 77) % READINGS]);
	}
	check(atomic_exchange(&allocations.left, -1) == 0);
	leat_snapshot_drop(snapshot);
	check(released == READINGS + 1);
	released = 0;
}

int main(int argc, char **argv)
{
	return RUN(a_pool, runs_need_nothing, a_snapshot, readings_need_nothing);
}
