/* SPDX-License-Identifier: 0BSD
 *
 * exits.c - a function that leat calls, in a stage or elsewhere, does not return, while values are in flight and other
 * threads work. If it calls exit, the process ends with that status, its atexit handlers run, nothing hangs, and the
 * leak checker finds nothing. If it calls abort, the process ends by SIGABRT. If it calls pthread_exit, the waiting
 * threads get EOWNERDEAD, and nothing is lost. Only in a task of fork and join is pthread_exit a panic.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <signal.h>
#include <sys/wait.h>

static const leat_rx nil;

/* By default, the thread sanitizer lets each process sleep for a second at its end. */
const char *__tsan_default_options(void);

const char *__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}

/* ------------------------------------------------------------------------------------- who does not return -- */

static void (*leave)(void);
static atomic_int calls;

/* The third call does not return. So there are values before it and behind it. */
static void leave_at_third(void)
{
	if (atomic_fetch_add(&calls, 1) == 2)
		leave();
}

static int make(void *arg, void *out)
{
	(void)arg;
	leave_at_third();
	*(owned *)out = own(1);
	return 1;
}

static int map(void *arg, const void *in, void *out)
{
	(void)arg;
	leave_at_third();
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static int keep(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	leave_at_third();
	return 1;
}

static int task_of_group(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	leave_at_third();
	return 0;
}

/* The caller runs the first replica, and must not leave. */
static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	(void)out;
	if (replica > 0)
		leave_at_third();
	return 0;
}

static void run(void *arg)
{
	(void)arg;
	leave_at_third();
}

static void *change(void *arg, const void *value)
{
	(void)value;
	leave_at_third();
	return arg;
}

/* ------------------------------------------------------------------------ what it is called by: all give a cause -- */

typedef int caller(void);

static int make_one(void *arg, void *out)
{
	(void)arg;
	*(owned *)out = own(1);
	return 1;
}

/* A source without end. */
static leat_rx ones(void)
{
	return leat_buffer(leat_repeat_fn_of(nil, &owned_type, make_one, NULL), capacity);
}

/* Receive until the end. */
static int receive_all(leat_rx in)
{
	int cause;

	for (owned value; leat_recv(in, &value) > 0;)
		disown(value);
	cause = leat_cause(in);
	leat_drop(in);
	return cause;
}

static int by_repeat_fn(void)
{
	return receive_all(leat_take(nil, leat_buffer(leat_repeat_fn_of(nil, &owned_type, make, NULL), capacity), -1));
}

static int by_map(void)
{
	return receive_all(leat_or_done(nil, leat_map_of(nil, ones(), &owned_type, map, NULL)));
}

static int by_steps(void)
{
	return receive_all(leat_steps_of(nil, ones(), &owned_type, LEAT_STEPS({ map, NULL })));
}

static int by_filter(void)
{
	return receive_all(leat_filter(nil, ones(), keep, NULL));
}

static int by_map_n(void)
{
	return receive_all(leat_map_n_of(nil, ones(), 3, &owned_type, map, NULL));
}

static int by_map_ordered(void)
{
	return receive_all(leat_map_ordered_of(nil, ones(), 3, &owned_type, map, NULL));
}

static int by_each(void)
{
	return leat_each(nil, ones(), 3, keep, NULL);
}

static int by_heartbeat(void)
{
	leat_rx pulses, out = leat_heartbeat_of(nil, ones(), &owned_type, map, NULL, LEAT_MS(1), &pulses);
	int cause = receive_all(out);

	check(leat_drain(pulses) == 0); /* the pulses end with the stage, without a cause */
	return cause;
}

static int by_errgroup(void)
{
	leat_errgroup *group = leat_errgroup_make(nil);

	check(group);
	for (int i = 0; i < 4; i++)
		check(leat_errgroup_go(group, task_of_group, NULL) == 1);
	return leat_errgroup_wait(group);
}

static int by_replicate(void)
{
	owned out;

	return leat_replicate_of(nil, 4, 0, &owned_type, answer, NULL, &out) < 0 ? errno : 0;
}

/* The calls below do not wait for a result. They return 0. */

static void ward_body(leat_stage *stage, void *arg)
{
	run(arg);
	leat_fail(stage, EIO);
}

static leat_rx ward(leat_rx done, leat_time interval, void *arg)
{
	leat_type unit = { "pulse", 0, NULL, NULL };

	(void)interval;
	(void)arg;
	return leat_stage_start(&(leat_plan){ .name = "ward", .done = done, .type = &unit, .body = ward_body });
}

/* A ward that left by pthread_exit is started again, like one that ended in another way. */
static int by_steward(void)
{
	leat_stewardship plan = { .ward = ward, .timeout = LEAT_S(1000), .restarts = 4, .grace = LEAT_S(1000) };

	check(leat_drain(leat_steward(nil, 0, &plan)) == EAGAIN);
	check(atomic_load(&calls) == 5);
	return 0;
}

static int by_after_func(void)
{
	leat_context *context = leat_context_with_cancel(leat_context_background());

	for (int i = 0; i < 4; i++)
		check(leat_context_after_func(context, run, NULL, NULL) == 1);
	check(leat_context_cancel(context) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_context_drop(context);
	return 0;
}

static int by_waitgroup(void)
{
	leat_waitgroup group = { 0 };

	for (int i = 0; i < 4; i++)
		check(leat_waitgroup_go(&group, run, NULL) == 1);
	check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	return 0;
}

static int by_go(void)
{
	for (int i = 0; i < 4; i++)
		check(leat_go(run, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	return 0;
}

static void do_once(void *once)
{
	check(leat_once_do(once, run, NULL) >= 0);
}

/* The counter begins at 2, so that the first call leaves. */
static int by_once(void)
{
	leat_once once = { 0 };

	atomic_store(&calls, 2);
	for (int i = 0; i < 4; i++)
		check(leat_go(do_once, &once) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_once_do(&once, run, NULL) == 0 && atomic_load(&calls) == 3);
	return 0;
}

static void update(void *of_snapshot)
{
	static int version;

	check(leat_snapshot_update(*(leat_snapshot **)of_snapshot, change, &version) == 1);
}

static int by_snapshot(void)
{
	leat_snapshot *snapshot = leat_snapshot_make(NULL, NULL);

	check(snapshot);
	for (int i = 0; i < 4; i++)
		check(leat_go(update, &snapshot) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_snapshot_drop(snapshot);
	return 0;
}

static caller *const callers[] = {
	by_repeat_fn, by_map, by_steps, by_filter, by_map_n, by_map_ordered, by_each, by_heartbeat, by_errgroup,
	by_replicate, by_steward, by_after_func, by_waitgroup, by_go, by_once, by_snapshot,
};

enum { CALLERS = sizeof callers / sizeof *callers, WITH_CAUSE = 10 };

static void fork_tasks(void *depth)
{
	leat_fork forks[3];

	for (int i = 0; i < 3; i++)
		leat_forkjoin_fork(&forks[i], run, depth);
	for (int i = 3; i-- > 0;)
		leat_forkjoin_join(&forks[i]);
}

static int by_forkjoin(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(2);

	check(pool && leat_forkjoin_run(pool, fork_tasks, NULL) == 1);
	leat_forkjoin_drop(pool);
	return 0;
}

/* ------------------------------------------------------------------------------------ the end of the process -- */

static int said[2];

static void say(void)
{
	check(write(said[1], "bye", 3) == 3);
}

static void exit_with_seven(void)
{
	exit(7);
}

/* Make the call in a child. At its third call, the function calls `end`, which does not return. Returns how the child
 * ended. The child's atexit handlers write into `heard`. */
static int status_of(caller *by, void (*end)(void), char heard[4])
{
	int status;
	pid_t child;

	memset(heard, 0, 4);
	check(pipe(said) == 0);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		leave = end;
		check(atexit(say) == 0 && freopen("/dev/null", "w", stderr));
		(void)by(); /* does not return */
		_exit(8);
	}
	check(close(said[1]) == 0);
	check(read(said[0], heard, 3) >= 0);
	check(close(said[0]) == 0);
	check(waitpid(child, &status, 0) == child);
	return status;
}

static void exit_ends_the_process(void)
{
	char heard[4];

	for (size_t i = 0; i <= CALLERS; i++) {
		int status = status_of(i < CALLERS ? callers[i] : by_forkjoin, exit_with_seven, heard);

		check(WIFEXITED(status) && WEXITSTATUS(status) == 7 && strcmp(heard, "bye") == 0);
	}
}

static void abort_ends_the_process(void)
{
	char heard[4];

	for (size_t i = 0; i <= CALLERS; i++) {
		int status = status_of(i < CALLERS ? callers[i] : by_forkjoin, abort, heard);

		check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strcmp(heard, "") == 0);
	}
}

/* ------------------------------------------------------------------------------------- the end of the thread -- */

static void leave_thread(void)
{
	pthread_exit(NULL);
}

/* This test runs before the next two, which start threads. After that, a child under a sanitizer could do less. */
static void a_task_that_leaves_is_told(void)
{
	char heard[4];
	int status = status_of(by_forkjoin, leave_thread, heard);

	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strcmp(heard, "") == 0);
}

static void who_waits_learns_that_it_left(void)
{
	leave = leave_thread;
	for (size_t i = 0; i < CALLERS; i++) {
		atomic_store(&calls, 0);
		check(callers[i]() == (i < WITH_CAUSE ? EOWNERDEAD : 0));
		must_be_clean();
	}
}

/* After the call that left, the next call works as usual. */
static void no_more(void)
{
}

static void what_returns_goes_on(void)
{
	leave = no_more;
	for (size_t i = WITH_CAUSE; i < CALLERS; i++) {
		atomic_store(&calls, 0);
		check(callers[i]() == 0 && atomic_load(&calls) >= 3);
		must_be_clean();
	}
}

int main(int argc, char **argv)
{
	return RUN(exit_ends_the_process, abort_ends_the_process, a_task_that_leaves_is_told,
	           who_waits_learns_that_it_left, what_returns_goes_on);
}
