/* SPDX-License-Identifier: 0BSD
 *
 * forks.c - fork at every step of a thread that is inside calls of leat. Each child makes things of its own, uses them,
 * and must end.
 *
 * The library is built with LEAT_SHAKE, but the program has a leati_step of its own: there the thread stands still
 * until the main thread has forked and its child has ended. By the linker's --wrap, calls that change something of the
 * whole process are steps too. Each scenario runs in a process of its own that has not called leat before. So the first
 * calls of a process, which register the handlers of fork, are among the steps.
 */
#define _POSIX_C_SOURCE 200809L
#include "../../../lib/internal.h"
#include "../../test.h"

#include <semaphore.h>
#include <sys/wait.h>

static unsigned patience = 120; /* seconds: only a child that hangs takes so long */

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------------- the steps -- */

static _Thread_local bool is_steered;
static bool ended;
static sem_t stands, goes_on;

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		;
}

static void step(void)
{
	int error = errno;

	if (is_steered) {
		check(sem_post(&stands) == 0);
		wait_for(&goes_on);
	}
	errno = error;
}

void leati_step(const leati_lock *taken)
{
	if (!taken)
		step();
}

#define STEPS(result, name, parameters, arguments) \
	result __real_##name parameters; \
	result __wrap_##name parameters; \
	result __wrap_##name parameters \
	{ \
		result value; \
		step(); \
		value = __real_##name arguments; \
		step(); \
		return value; \
	}

STEPS(int, pthread_atfork, (void (*prepare)(void), void (*parent)(void), void (*child)(void)), (prepare, parent, child))
STEPS(int, pthread_key_create, (pthread_key_t *key, void (*end)(void *)), (key, end))
STEPS(int, pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex))
STEPS(int, pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex))
STEPS(int, sigaction, (int number, const struct sigaction *action, struct sigaction *former), (number, action, former))
STEPS(int, pipe, (int ends[2]), (ends))

/* -------------------------------------------------------------------------------- what is done in both processes -- */

static void nothing(void *arg)
{
	(void)arg;
}

static void start_and_wait(void)
{
	check(leat_go(nothing, NULL) == 1 && leat_go(nothing, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
}

static void change_stacks(void)
{
	check(leat_stack_size((size_t)512 * 1024) == 1 && leat_stack_size((size_t)256 * 1024) == 1);
}

static void trim_first(void)
{
	leat_trim();
	leat_clock_real();
}

static void drive_clock(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	leat_sleep(LEAT_S(5));
	leat_clock_real();
}

static void use_failed_channel(void)
{
	leat_rx over = leat_ended(EIO);

	check(leat_wait(over) == 0 && leat_cause(over) == EIO && leat_wait_by(over, LEAT_NOW) == 0);
	leat_drop(over);
}

static void use_channels(void)
{
	leat_chan first = leat_make(int, 1), second = leat_make(int, 1);
	int n = 0;
	leat_case on[] = { LEAT_RECV(first.rx, &n), LEAT_RECV(second.rx, &n) };

	check(leat_send(second.tx, &(int){ 3 }) == 1 && leat_select(on, LEAT_NEVER) == 1 && n == 3);
	check(leat_select(on, leat_in(LEAT_US(10))) == -1 && errno == ETIMEDOUT);
	leat_drop(first);
	leat_drop(second);
}

/* The last handle of the inner channel is a value of the outer one. */
static void release_handle(void *rx)
{
	leat_drop(*(leat_rx *)rx);
}

static void drop_channels_in_channels(void)
{
	leat_type handle = { "handle", sizeof(leat_rx), NULL, release_handle };
	leat_chan outer = leat_make_of(&handle, 1), inner = leat_make_of(&place_type, 1);
	int before = atomic_load(&places);

	check(leat_send_sized(inner.tx, &(int){ 0 }, 0, LEAT_NEVER) == 1 && leat_send(outer.tx, &inner.rx) == 1);
	leat_drop(inner.tx);
	leat_drop(outer);
	check(atomic_load(&places) == before + 1);
}

static void *make_object(void *arg)
{
	(void)arg;
	return malloc(8);
}

static void release_object(void *arg, void *object)
{
	(void)arg;
	free(object);
}

static void use_pool(void)
{
	leat_pool *pool = leat_pool_make(make_object, release_object, NULL);
	void *one, *other;

	check(pool);
	leat_pool_put(pool, leat_pool_get(pool));
	one = leat_pool_get(pool);
	other = leat_pool_get(pool);
	check(one && other && one != other);
	leat_pool_put(pool, one);
	leat_pool_put(pool, other);
	leat_pool_drop(pool);
}

static leat_pool *shared;

/* The main thread, which forks, has a cache of this pool. */
static void share_pool(void)
{
	shared = leat_pool_make(make_object, release_object, NULL);
	check(shared);
	leat_pool_put(shared, leat_pool_get(shared));
}

static void use_shared_pool(void)
{
	void *one = leat_pool_get(shared), *other = leat_pool_get(shared);

	check(one && other && one != other);
	leat_pool_put(shared, one);
	leat_pool_put(shared, other);
}

static void use_once(void)
{
	leat_once once = { 0 };

	check(leat_once_do(&once, nothing, NULL) == 1 && leat_once_do(&once, nothing, NULL) == 0);
}

static void use_context(void)
{
	leat_context *parent = leat_context_with_cancel(leat_context_background());
	leat_context *child = leat_context_with_timeout(parent, LEAT_S(1000));

	leat_context_cancel(parent);
	check(leat_closed(leat_context_done(child)) == 1);
	leat_context_drop(child);
	leat_context_drop(parent);
}

static int succeed(leat_rx done, void *arg)
{
	(void)done;
	(void)arg;
	return 0;
}

static void use_errgroup(void)
{
	leat_errgroup *group = leat_errgroup_make(nil);

	check(group && leat_errgroup_go(group, succeed, NULL) == 1 && leat_errgroup_wait(group) == 0);
}

static void use_locks(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(1);
	leat_mutex mutex = { 0 };

	leat_mutex_lock(&mutex);
	check(leat_mutex_lock_by(&mutex, leat_in(LEAT_US(10))) == -1 && errno == ETIMEDOUT);
	leat_mutex_unlock(&mutex);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == 1);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_semaphore_release(&semaphore, 1);
}

static void use_snapshot(void)
{
	int one = 1, two = 2;
	leat_snapshot *snapshot = leat_snapshot_make(&one, NULL);
	leat_reading reading;

	check(snapshot && leat_snapshot_read(snapshot, &reading) == &one);
	leat_snapshot_publish(snapshot, &two);
	leat_snapshot_let_go(&reading);
	leat_snapshot_drop(snapshot);
}

static void use_broadcast(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx subscribed = leat_subscribe(broadcast, 1, LEAT_BLOCK);
	int n = 0;

	check(leat_publish(broadcast, &(int){ 4 }, nil, LEAT_NEVER) == 1);
	check(leat_recv(subscribed, &n) == 1 && n == 4);
	leat_drop(subscribed);
	leat_broadcast_drop(broadcast);
}

static int square(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in * *(const int *)in;
	return 1;
}

static void use_stages(void)
{
	leat_rx squares = leat_map_n(nil, leat_generator(nil, LEAT_VALUES(int, 1, 2, 3)), 2, int, square, NULL);
	int sum = 0;

	for (int n; leat_recv(squares, &n) > 0;)
		sum += n;
	check(sum == 14 && leat_cause(squares) == 0);
	leat_drop(squares);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void fork_and_join(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(1);

	check(pool && leat_forkjoin_run(pool, nothing, NULL) == 1);
	leat_forkjoin_drop(pool);
}

static void catch_signals(void)
{
	leat_rx signals = leat_signals(nil, LEAT_SIGNALS(SIGUSR1, SIGUSR2));
	int number = 0;

	check(leat_cause(signals) == 0 && raise(SIGUSR2) == 0);
	check(leat_recv(signals, &number) == 1 && number == SIGUSR2);
	leat_drop(signals);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------------- a child -- */

static void must_be_default(int number)
{
	struct sigaction action;

	check(sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
}

/* Calls that start no thread come first. The clock comes before the threads that it would have to wait for. */
static void be_child(void)
{
	alarm(patience);
	must_be_default(SIGUSR1);
	must_be_default(SIGUSR2);
	check(leat_live() == 0 && leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real(); /* the parent may have made it fake */
	trim_first();
	use_failed_channel();
	use_channels();
	drop_channels_in_channels();
	use_pool();
	use_once();
	use_context();
	use_locks();
	use_snapshot();
	use_broadcast();
	drive_clock();
	change_stacks();
	start_and_wait();
	use_errgroup();
	use_stages();
	catch_signals();
	use_pool();
	_exit(0);
}

/* ------------------------------------------------------------------------------------------------ scenarios -- */

static const struct scenario {
	const char *name;
	void (*run)(void), (*prepare)(void);
} scenarios[] = {
	{ "trim first", trim_first, NULL },
	{ "start and wait", start_and_wait, NULL },
	{ "change stacks", change_stacks, NULL },
	{ "drive the clock", drive_clock, NULL },
	{ "use a failed channel", use_failed_channel, NULL },
	{ "use channels", use_channels, NULL },
	{ "drop channels in channels", drop_channels_in_channels, NULL },
	{ "use a pool", use_pool, NULL },
	{ "use a shared pool", use_shared_pool, share_pool },
	{ "use a once", use_once, NULL },
	{ "use contexts", use_context, NULL },
	{ "use an error group", use_errgroup, NULL },
	{ "use locks", use_locks, NULL },
	{ "use a snapshot", use_snapshot, NULL },
	{ "use a broadcast", use_broadcast, NULL },
	{ "use stages", use_stages, NULL },
	{ "fork and join", fork_and_join, NULL },
	{ "catch signals", catch_signals, NULL },
};

/* Twice: the first time, the thread makes what the process has only once. */
static void *run_steered(void *of_scenario)
{
	const struct scenario *scenario = of_scenario;

	is_steered = true;
	scenario->run();
	scenario->run();
	is_steered = false;
	ended = true;
	check(sem_post(&stands) == 0);
	return NULL;
}

static void fork_here(const struct scenario *scenario, unsigned forks)
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0)
		be_child();
	check(waitpid(child, &status, 0) == child);
	if (status == 0)
		return;
	printf("FAILED %s: the child of fork %u %s\n", scenario->name, forks,
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "hangs" : "has failed");
	fflush(stdout);
	_exit(1);
}

static void fork_at_each_step(const struct scenario *scenario)
{
	unsigned forks = 0;
	pthread_t thread;

	if (scenario->prepare)
		scenario->prepare();
	check(sem_init(&stands, 0, 0) == 0 && sem_init(&goes_on, 0, 0) == 0);
	check(pthread_create(&thread, NULL, run_steered, (void *)(uintptr_t)scenario) == 0);
	for (wait_for(&stands); !ended; wait_for(&stands)) {
		fork_here(scenario, ++forks);
		check(sem_post(&goes_on) == 0);
	}
	check(pthread_join(thread, NULL) == 0);
	printf("%s: %u forks, each child ends\n", scenario->name, forks);
	fflush(stdout);
}

/* forks [SECONDS] - SECONDS is the time that a child may take. */
int main(int argc, char **argv)
{
	running = "main";
	if (argc > 1)
		patience = (unsigned)strtoul(argv[1], NULL, 10);
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		int status;
		pid_t process = fork();

		check(process >= 0);
		if (process == 0) {
			fork_at_each_step(&scenarios[i]);
			_exit(0);
		}
		check(waitpid(process, &status, 0) == process);
		if (status != 0)
			return 1;
	}
	printf("forks: %zu scenarios\n", sizeof scenarios / sizeof *scenarios);
	return 0;
}
