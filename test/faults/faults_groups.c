/* SPDX-License-Identifier: 0BSD
 *
 * faults_groups.c - allocations and thread starts fail in contexts, in error groups, and in waits for a descriptor.
 * Each reports the cause, goes on as well as it can, and leaves nothing behind.
 */
#include "faults.h"

#include <poll.h>

static const leat_rx nil;
static const char key;

/* ---------------------------------------------------------------------------------------------- contexts -- */

static void released(void *of_owned)
{
	disown(*(owned *)of_owned);
}

/* If one context of the chain could not be made, the last one reports it. */
static int chain(void)
{
	owned value = own(1);
	leat_context *all[6];
	int cause;

	all[0] = leat_context_with_cancel(leat_context_background());
	all[1] = leat_context_with_timeout_cause(all[0], LEAT_S(3600), EIO);
	all[2] = leat_context_with_value(all[1], &key, &value, released);
	all[3] = leat_context_without_cancel(all[2]);
	all[4] = leat_context_with_deadline(all[3], LEAT_NEVER);
	all[5] = leat_context_with_cancel(all[4]);
	cause = leat_context_cause(all[5]);
	check(leat_context_err(all[5]) == (cause ? ECANCELED : 0));
	check(leat_context_value(all[5], &key) == (cause ? NULL : &value));
	check(leat_cause(leat_context_done(all[5])) == cause && leat_context_dup(all[5]) == all[5]);
	check(leat_context_cancel(all[5]) == !cause);
	leat_context_drop(all[5]);
	for (int i = 0; i < 6; i++)
		leat_context_drop(all[i]);
	return cause;
}

/* A context that cannot be made does not change those that were made before. */
static int siblings(void)
{
	leat_context *parent = leat_context_with_cancel(leat_context_background());
	leat_context *first = leat_context_with_cancel(parent), *second = leat_context_with_timeout(parent, LEAT_S(1));
	int cause = leat_context_cause(second);

	check(leat_context_cancel_with(first, EIO) == (leat_context_cause(first) == EIO));
	check(leat_context_err(parent) == 0 || leat_context_cause(parent) == ENOMEM);
	if (!cause)
		cause = leat_context_cause(first) == EIO ? 0 : leat_context_cause(first);
	leat_context_drop(parent);
	check(leat_context_err(second) == ECANCELED);
	leat_context_drop(second);
	leat_context_drop(first);
	return cause;
}

static void called(void *of_count)
{
	atomic_fetch_add((atomic_int *)of_count, 1);
}

/* If the call fails, no function is called, and *stop is over. */
static int called_after(leat_context *context, int over)
{
	atomic_int count = 0;
	leat_tx stop;
	int error = leat_context_after_func(context, called, &count, &stop) == 1 ? 0 : errno;

	check(!error || leat_closed(stop) == 1);
	check(!over || leat_wait_all(LEAT_NEVER) == 1);
	if (over)
		check(atomic_load(&count) == !error);
	else
		check(leat_signal(stop) == !error && atomic_load(&count) == 0);
	leat_drop(stop);
	return error;
}

static int after_never(void)
{
	return called_after(leat_context_background(), 0);
}

static int after_now(void)
{
	return called_after(NULL, 1);
}

static void contexts(void)
{
	check(fail_each(&allocations, ENOMEM, chain) == 11);
	check(fail_each(&allocations, ENOMEM, siblings) == 6);
	check(fail_each(&allocations, ENOMEM, after_never) >= 3);
	check(fail_each(&starts, EAGAIN, after_never) == 1);
	check(fail_each(&allocations, ENOMEM, after_now) >= 3);
	check(fail_each(&starts, EAGAIN, after_now) == 1);
}

/* ------------------------------------------------------------------------------------------------- groups -- */

static int succeed(leat_rx done, void *of_count)
{
	(void)done;
	atomic_fetch_add((atomic_int *)of_count, 1);
	return 0;
}

/* A function that cannot be started is no error of the group. Its place is free again. */
static int group_under(leat_rx done)
{
	leat_errgroup *group = leat_errgroup_make(done);
	int error = group ? 0 : errno, started = 0;
	atomic_int count = 0;

	if (!group)
		return error;
	check(leat_errgroup_set_limit(group, 1) == 1);
	for (int i = 0; i < 4; i++)
		if (leat_errgroup_go(group, succeed, &count) == 1)
			started++;
		else
			error = errno;
	check(started == 4 - (error != 0) && leat_cause(leat_errgroup_done(group)) == 0);
	check(leat_errgroup_wait(group) == 0 && atomic_load(&count) == started);
	return error;
}

static int free_group(void)
{
	return group_under(nil);
}

static int group_with_done(void)
{
	leat_chan done = leat_make_unit();
	int error = leat_never_started(done) ? leat_cause(done) : group_under(done.rx);

	check(error || leat_closed(done) == 0);
	leat_drop(done.rx);
	if (!leat_never_started(done))
		check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	return error;
}

static void groups(void)
{
	check(fail_each(&allocations, ENOMEM, free_group) >= 8);
	check(fail_each(&starts, EAGAIN, free_group) >= 1);
	check(fail_each(&allocations, ENOMEM, group_with_done) >= 10);
	check(fail_each(&starts, EAGAIN, group_with_done) >= 1);
}

/* --------------------------------------------------------------------------------------------- descriptors -- */

/* Returns 0 or an errno value. No descriptor is left open. */
static int poll_until(leat_chan done)
{
	int ends[2], next[2], result, error;

	if (leat_never_started(done.rx))
		return leat_cause(done.rx);
	check(pipe(ends) == 0);
	result = leat_poll(ends[0], POLLIN, done.rx, leat_in(LEAT_MS(1)));
	error = errno;
	check(result == -1);
	leat_drop(done);
	check((next[0] = dup(0)) == ends[1] + 1 && (next[1] = dup(0)) == ends[1] + 2);
	check(close(next[0]) == 0 && close(next[1]) == 0);
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
	return error == ETIMEDOUT ? 0 : error;
}

static int poll_until_a_time(void)
{
	return poll_until((leat_chan){ .rx = leat_at(LEAT_NEVER) });
}

/* `done` gets a descriptor. */
static int poll_until_an_end(void)
{
	return poll_until(leat_make_unit());
}

static void descriptors(void)
{
	check(fail_each(&allocations, ENOMEM, poll_until_a_time) >= 4);
	check(fail_each(&allocations, ENOMEM, poll_until_an_end) == 2);
	check(fail_each(&starts, EAGAIN, poll_until_a_time) == 1);
}

int main(int argc, char **argv)
{
	return RUN(contexts, groups, descriptors);
}
