/* SPDX-License-Identifier: 0BSD
 *
 * fork.c - fork while leat is at work. The child has no stages, but can start its own. The parent goes on.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <signal.h>
#include <sys/wait.h>

/* Under the thread sanitizer, the child of a program with several threads cannot start threads. Under the address
 * sanitizer, a child must not allocate if other threads may have been allocating at the fork, because that allocator
 * does not prepare for fork. In these cases the children do less. */
enum { MAY_START = !UNDER_TSAN, MAY_ALLOCATE = !UNDER_ASAN };

/* Run fn in a child. The child must end with status 0. */
static void in_child(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		fn();
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ------------------------------------------------------------------------------------- what a child can do -- */

/* Use a channel in all ways that need only one thread. */
static void use_channel(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity + 1), full = leat_make(int, 0);
	owned value = own(1);
	int n = 1;
	leat_case on[] = { LEAT_RECV(chan.rx, &value), LEAT_SEND(full.tx, &n) };

	check(leat_send(chan.tx, &value) == 1 && leat_select(on, LEAT_NEVER) == 0);
	check(leat_select(on, leat_in(LEAT_MS(2))) == -1 && errno == ETIMEDOUT);
	check(leat_send(chan.tx, &value) == 1 && leat_close_with(chan.tx, EIO) == 1);
	check(leat_wait(chan.rx) == 1 && leat_wait(chan.rx) == 0 && leat_cause(chan.rx) == EIO);
	check(atomic_load(&owned_alive) == 0);
	leat_drop(chan);
	leat_drop(full);
}

static void send_hundred(void *arg)
{
	leat_tx *tx = arg;

	for (int i = 0; i < 100; i++)
		check(leat_send(*tx, &i) == 1);
	leat_drop(*tx);
}

static void start_a_thread(void)
{
	leat_chan chan = leat_make(int, capacity);
	int next = 0;

	check(leat_go(send_hundred, &chan.tx) == 1);
	for (int n; leat_recv(chan.rx, &n) > 0; next++)
		check(n == next);
	check(next == 100);
	leat_drop(chan.rx);
}

static int square(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in * *(const int *)in;
	return 1;
}

static void build_a_pipeline(void)
{
	leat_chan done = leat_make_unit();
	leat_rx values = leat_buffer(leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3)), capacity);
	leat_rx squares = leat_map(done.rx, values, int, square, NULL);

	for (int i = 1, n; i <= 3; i++)
		check(leat_recv(squares, &n) == 1 && n == i * i);
	check(leat_wait(squares) == 0 && leat_cause(squares) == 0);
	leat_drop(squares);
	leat_drop(done);
}

static void see_none(void)
{
	check(leat_live() == 0);
}

static void have_stages(void)
{
	leat_trim();
	use_channel();
	if (!MAY_START)
		return;
	start_a_thread();
	build_a_pipeline();
}

static void do_everything(void)
{
	see_none();
	check(leat_wait_all(LEAT_NEVER) == 1);
	have_stages();
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_live() == 0);
	leat_trim();
}

/* ------------------------------------------------------------------------------------------- when it forks -- */

static void before_anything_ran(void)
{
	in_child(do_everything);
}

static int count_up(void *arg, void *out)
{
	*(int *)out = (*(int *)arg)++;
	return 1;
}

/* The values of the parent come on in order. Some of its threads wait, some run, some are idle. None of them
 * allocates. */
static void in_the_middle_of_a_pipeline(void)
{
	leat_chan done = leat_make_unit();
	int first = 0, next = 0;
	leat_rx numbers = leat_buffer(leat_repeat_fn_of(done.rx, LEAT_TYPE(int), count_up, &first), capacity);
	leat_rx squares = leat_map(done.rx, leat_take(done.rx, numbers, -1), int, square, NULL);
	size_t live = leat_live();

	leat_trim();
	for (int round = 0; round < 10; round++) {
		for (int i = 0, n; i < 50; i++, next++)
			check(leat_recv(squares, &n) == 1 && n == next * next);
		in_child(do_everything);
		check(leat_live() == live);
	}
	leat_drop(squares);
	leat_drop(done);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void churn(void *arg)
{
	while (!atomic_load((atomic_int *)arg)) {
		check(leat_go(nothing, NULL) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
}

/* At the fork, threads are being started, kept for reuse and waited for. */
static void while_threads_come_and_go(void)
{
	background churners[2];
	atomic_int stop = 0;

	begin(&churners[0], churn, &stop);
	begin(&churners[1], churn, &stop);
	for (int i = 0; i < 20; i++)
		in_child(MAY_ALLOCATE ? do_everything : see_none);
	atomic_store(&stop, 1);
	must_return(&churners[0]);
	must_return(&churners[1]);
}

/* A started function forks. In the child, this function still runs, and no other one. */
static void go_on_inside(void)
{
	check(leat_live() == 1);
	check(leat_wait_all(LEAT_NEVER) == -1 && errno == EDEADLK);
	have_stages();
}

static void fork_inside(void *arg)
{
	in_child(go_on_inside);
	check(leat_close(*(leat_tx *)arg) == 1);
}

static void from_a_started_function(void)
{
	leat_rx none = LEAT_NIL, ones = leat_repeat(none, LEAT_VALUES(int, 1));
	leat_chan ended = leat_make_unit();

	leat_trim();
	check(leat_wait(ones) == 1);
	check(leat_go(fork_inside, &ended.tx) == 1);
	check(leat_wait(ended.rx) == 0);
	leat_drop(ones);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(ended);
}

static void fork_twice(void)
{
	do_everything();
	in_child(do_everything);
}

static void in_a_child(void)
{
	leat_trim();
	in_child(fork_twice);
}

/* ------------------------------------------------------------------------ a thread that is inside a call of leat -- */

/* A function of the user's forks. The child must be able to make all of this, and to use it at once. */

static void release_nothing(void *arg, void *object)
{
	(void)arg;
	(void)object;
}

static void nothing_of_group(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void use_pool(void)
{
	leat_pool *pool = leat_pool_make(NULL, release_nothing, NULL);
	int object;

	check(pool);
	leat_pool_put(pool, &object);
	check(leat_pool_get(pool) == &object && leat_pool_get(pool) == NULL);
	leat_pool_put(pool, &object);
	leat_pool_drop(pool);
}

static void use_once(void)
{
	leat_once once = { 0 };
	atomic_int calls = 0;

	check(leat_once_do(&once, nothing_of_group, &calls) == 1 && leat_once_do(&once, nothing_of_group, &calls) == 0);
	check(atomic_load(&calls) == 1);
}

static void release_handle(void *rx)
{
	leat_drop(*(leat_rx *)rx);
}

/* The dropped channel contains the last handle of another one, whose value must be released too. */
static void drop_channel_in_channel(void)
{
	leat_type handle = { "handle", sizeof(leat_rx), NULL, release_handle };
	leat_chan outer = leat_make_of(&handle, 1), inner = leat_make_of(&place_type, 1);
	int before = atomic_load(&places);

	check(leat_send_sized(inner.tx, &before, 0, LEAT_NEVER) == 1 && leat_send(outer.tx, &inner.rx) == 1);
	leat_drop(inner.tx);
	leat_drop(outer);
	check(atomic_load(&places) == before + 1);
}

static void use_context(void)
{
	leat_context *context = leat_context_with_timeout(leat_context_background(), LEAT_S(1000));

	check(leat_closed(leat_context_done(context)) == 0);
	leat_context_cancel(context);
	check(leat_closed(leat_context_done(context)) == 1);
	leat_context_drop(context);
}

static void use_all_kinds(void)
{
	use_channel();
	drop_channel_in_channel();
	use_pool();
	use_once();
	use_context();
	if (MAY_START)
		build_a_pipeline();
}

static atomic_int forked; /* how many functions have forked */

static void fork_here(void)
{
	in_child(use_all_kinds);
	atomic_fetch_add(&forked, 1);
}

static void fork_in_function(void *arg)
{
	(void)arg;
	fork_here();
}

static void fork_in_release(void *value)
{
	(void)value;
	fork_here();
}

static int fork_in_copy(void *to, const void *from)
{
	*(int *)to = *(const int *)from;
	fork_here();
	return 0;
}

static int fork_in_map(void *arg, const void *in, void *out)
{
	*(int *)out = *(const int *)in;
	fork_in_function(arg);
	return 1;
}

static int fork_in_group(leat_rx done, void *arg)
{
	(void)done;
	fork_in_function(arg);
	return 0;
}

static void *fork_in_make(void *arg)
{
	fork_in_function(arg);
	return &forked;
}

static void fork_in_release_of_object(void *arg, void *object)
{
	(void)object;
	fork_in_function(arg);
}

static void *fork_in_update(void *arg, const void *value)
{
	(void)value;
	fork_in_function(arg);
	return &forked;
}

static void must_have_forked(int times)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_exchange(&forked, 0) == times);
}

/* Each of the values forks when it is released. The first child must not wait for the values after it. */
static void in_release(void)
{
	leat_type type = { "forks", sizeof(int), NULL, fork_in_release };
	leat_chan chan = leat_make_of(&type, 2);

	check(leat_send(chan.tx, &(int){ 1 }) == 1 && leat_send(chan.tx, &(int){ 2 }) == 1);
	leat_drop(chan);
	must_have_forked(2);
}

static void in_a_pool(void)
{
	leat_pool *pool = leat_pool_make(fork_in_make, fork_in_release_of_object, NULL);

	check(pool);
	leat_pool_put(pool, leat_pool_get(pool));
	leat_pool_drop(pool);
	must_have_forked(2);
}

static void in_once_and_snapshot(void)
{
	leat_once once = { 0 };
	leat_snapshot *snapshot = leat_snapshot_make(NULL, NULL);

	check(leat_once_do(&once, fork_in_function, NULL) == 1);
	check(snapshot && leat_snapshot_update(snapshot, fork_in_update, NULL) == 1);
	leat_snapshot_drop(snapshot);
	must_have_forked(2);
}

static void in_started_functions(void)
{
	leat_rx none = LEAT_NIL;
	leat_errgroup *group = leat_errgroup_make(none);
	leat_forkjoin *pool = leat_forkjoin_make(1);

	check(leat_drain(leat_map(none, leat_generator(none, LEAT_VALUES(int, 1)), int, fork_in_map, NULL)) == 0);
	check(group && leat_errgroup_go(group, fork_in_group, NULL) == 1 && leat_errgroup_wait(group) == 0);
	check(pool && leat_forkjoin_run(pool, fork_in_function, NULL) == 1);
	leat_forkjoin_drop(pool);
	must_have_forked(3);
}

static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)arg;
	if (replica == 0)
		check(leat_wait(done) == 0); /* the hedge brings an answer */
	*(int *)out = (int)replica;
	return 1;
}

static void ask_with_hedge(void)
{
	int out;

	check(leat_replicate(LEAT_NIL, 2, LEAT_MS(1), int, answer, NULL, &out) == 2);
}

static int fork_in_replica(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	if (MAY_START && MAY_ALLOCATE)
		in_child(ask_with_hedge);
	*(int *)out = (int)replica;
	return 1;
}

/* Another call has a hedge too. The child has neither its thread nor its list. */
static int ask_and_fork(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)replica;
	return leat_replicate(done, 2, LEAT_S(1000), int, fork_in_replica, arg, out);
}

static void in_a_replica(void)
{
	int out;

	check(leat_replicate(LEAT_NIL, 2, LEAT_S(1000), int, ask_and_fork, NULL, &out) == 1);
}

static void in_copy(void)
{
	leat_type type = { "forks", sizeof(int), fork_in_copy, NULL };
	leat_broadcast *broadcast = leat_broadcast_make_of(&type);
	leat_rx none = LEAT_NIL, first = leat_subscribe(broadcast, 1, LEAT_BLOCK);

	check(leat_publish(broadcast, &(int){ 1 }, none, LEAT_NEVER) == 1);
	leat_drop(first);
	leat_broadcast_drop(broadcast);
	check(atomic_exchange(&forked, 0) >= 1);
}

/* ---------------------------------------------------------------------------------------------- signals -- */

static atomic_int handled; /* how often the action ran that the program installed before */

static void handle(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void open_stream_in_child(void)
{
	leat_rx none = LEAT_NIL, signals = leat_buffer(leat_signals(none, LEAT_SIGNALS(SIGUSR1)), capacity);
	int number;

	check(leat_cause(signals) == 0);
	check(raise(SIGUSR1) == 0);
	check(leat_recv(signals, &number) == 1 && number == SIGUSR1);
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* In the child, the signal has the action that it had before the stream of the parent. The parent does not notice
 * it. */
static void raise_in_child(void)
{
	check(raise(SIGUSR1) == 0);
	check(atomic_load(&handled) == 1);
	if (MAY_START)
		open_stream_in_child();
	check(raise(SIGUSR1) == 0);
	check(atomic_load(&handled) == 2);
}

static void a_child_has_its_own_signals(void)
{
	leat_chan done = leat_make_unit();
	struct sigaction action = { .sa_handler = handle }, former;
	leat_rx signals;
	int number;

	sigemptyset(&action.sa_mask);
	check(sigaction(SIGUSR1, &action, &former) == 0);
	signals = leat_buffer(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, SIGUSR2)), capacity);
	leat_trim();
	for (int i = 0; i < 5; i++) {
		check(raise(SIGUSR2) == 0);
		check(leat_recv(signals, &number) == 1 && number == SIGUSR2);
		in_child(raise_in_child);
	}
	check(leat_wait_by(signals, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	leat_drop(signals);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&handled) == 0);
	check(sigaction(SIGUSR1, &former, NULL) == 0);
}

int main(int argc, char **argv)
{
	return RUN(before_anything_ran, in_the_middle_of_a_pipeline, while_threads_come_and_go, from_a_started_function,
	           in_a_child, in_release, in_a_pool, in_once_and_snapshot, in_started_functions, in_a_replica, in_copy,
	           a_child_has_its_own_signals);
}
