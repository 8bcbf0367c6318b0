/* SPDX-License-Identifier: 0BSD
 *
 * real_limits.c - limits of the system: RLIMIT_NPROC, with each number of threads that it still allows, and RLIMIT_AS,
 * with more and more room. A constructor that gets no thread fails with EAGAIN. One that gets no memory fails with
 * ENOMEM (or with EAGAIN, if it was the memory for a thread). All threads that were started end, and nothing is left.
 * When the limit is lifted, everything works again.
 *
 * (The tests in test/faults/ make single calls fail.) The limit of threads does not apply to root, so this process
 * first becomes another user.
 */
#define _DEFAULT_SOURCE
#include "../test.h"

#include <sys/resource.h>

enum { SANITIZED = UNDER_TSAN || UNDER_ASAN || UNDER_MSAN };

static const leat_rx nil;

/* --------------------------------------------------------------------------------------------------- what is run -- */

static int add_one(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

static int count_one(void *count, const void *in)
{
	(void)in;
	atomic_fetch_add((atomic_int *)count, 1);
	return 0;
}

/* Six threads, none of which ends before all have started. Returns 0 if all values were right, else the cause. */
static int run_pipeline(void)
{
	leat_rx out = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1)), capacity);
	int received = 0, cause;

	out = leat_map_n(nil, leat_map(nil, out, int, add_one, NULL), 3, int, add_one, NULL);
	out = leat_take(nil, out, 50);
	for (int n; leat_recv(out, &n) > 0; received++)
		check(n == 3);
	cause = leat_cause(out);
	check(cause ? received < 50 : received == 50);
	leat_drop(out);
	return cause;
}

static int run_each(void)
{
	atomic_int count = 0;
	int cause = leat_each(nil, leat_take(nil, leat_repeat(nil, LEAT_VALUES(int, 1)), 50), 3, count_one, &count);

	check(cause || atomic_load(&count) == 50);
	return cause;
}

static void double_it(void *number)
{
	*(int *)number *= 2;
}

static int run_forkjoin(void)
{
	leat_forkjoin *pool = leat_forkjoin_make(4);
	int number = 21;

	if (!pool)
		return errno;
	check(leat_forkjoin_run(pool, double_it, &number) == 1 && number == 42);
	leat_forkjoin_drop(pool);
	return 0;
}

static atomic_int gate;

static int pass_gate(leat_rx done, void *arg)
{
	(void)arg;
	(void)done;
	while (!atomic_load(&gate))
		sched_yield();
	return 0;
}

/* A function that could not be started is not an error of the group. */
static int run_group(void)
{
	leat_errgroup *group = leat_errgroup_make(nil);
	int cause = 0;

	if (!group)
		return errno;
	atomic_store(&gate, 0);
	for (int i = 0; i < 4; i++)
		if (leat_errgroup_go(group, pass_gate, NULL) < 0)
			cause = errno;
	atomic_store(&gate, 1);
	check(leat_errgroup_wait(group) == 0);
	return cause;
}

typedef int scenario(void);

static scenario *const scenarios[] = { run_pipeline, run_each, run_forkjoin, run_group };

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* -------------------------------------------------------------------------------------------------------- limits -- */

/* Set the soft limit only, because it can be raised again. */
static void set_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	check(getrlimit(resource, &limit) == 0);
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	check(setrlimit(resource, &limit) == 0);
}

static void lift_limit(int resource)
{
	set_limit(resource, RLIM_INFINITY);
}

/* If this is root, become a user that nobody else uses, so that only the threads of this process count; or else the
 * user nobody. */
static void become_somebody(void)
{
	if (getuid() == 0 && setuid(2000000000u + (uid_t)getpid()) < 0)
		check(setuid(65534) == 0);
}

/* If other processes of the same user have threads, only one thing is known: with a limit of 0, no thread can be
 * started. */
static void no_more_threads(void)
{
	int failures[SCENARIOS] = { 0 };

	become_somebody();
	for (rlim_t most = 0; most < 12; most++) {
		for (size_t i = 0; i < SCENARIOS; i++) {
			int cause;

			leat_trim();
			set_limit(RLIMIT_NPROC, most);
			cause = scenarios[i]();
			check(cause == 0 || cause == EAGAIN);
			failures[i] += cause != 0;
			must_be_clean();
			lift_limit(RLIMIT_NPROC);
			check(most % 4 || scenarios[i]() == 0);
			must_be_clean();
		}
	}
	for (size_t i = 0; i < SCENARIOS; i++)
		check(failures[i] >= 2);
}

/* The size of this process in pages. */
static rlim_t size_of_process(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	char line[64];

	if (!file)
		return 0;
	check(fgets(line, sizeof line, file));
	check(fclose(file) == 0);
	return (rlim_t)strtoul(line, NULL, 10);
}

/* A queue with room for a megabyte. */
static int make_queue(void)
{
	enum { LARGE = 1024 };
	leat_type large = { "large", LARGE, NULL, NULL };
	leat_chan chan = leat_make_of(&large, 1024);
	char value[LARGE] = "";
	int cause = leat_cause(chan);

	if (!cause) {
		for (int i = 0; i < 1024 && !cause; i++)
			cause = leat_send_sized(chan.tx, value, sizeof value, LEAT_NOW) == 1 ? 0 : errno;
	}
	leat_drop(chan);
	return cause;
}

/* Run with more and more memory, beginning with none. */
static int causes_with_little_memory(scenario *run)
{
	rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE);
	int failures = 0;

	for (rlim_t room = 0; room < (rlim_t)4 << 20; room += (rlim_t)64 << 10) {
		int cause;

		leat_trim();
		set_limit(RLIMIT_AS, size_of_process() * page + room);
		cause = run();
		lift_limit(RLIMIT_AS);
		check(cause == 0 || cause == ENOMEM || cause == EAGAIN);
		must_be_clean();
		failures += cause != 0;
	}
	check(run() == 0);
	must_be_clean();
	return failures;
}

/* The allocator may have enough memory left, or a thread's stack may have been kept. Then nothing fails. */
static void no_more_memory(void)
{
	int failures = 0;

	if (SANITIZED || !size_of_process()) {
		printf("RLIMIT_AS is left alone: %s\n", SANITIZED ? "the sanitizers need it" : "no /proc/self/statm");
		return;
	}
	for (size_t i = 0; i < SCENARIOS; i++)
		failures += causes_with_little_memory(scenarios[i]);
	check(leat_stack_size((size_t)1 << 20) == 1);
	for (size_t i = 0; i < SCENARIOS; i++)
		failures += causes_with_little_memory(scenarios[i]);
	failures += causes_with_little_memory(make_queue);
	check(failures > 0);
}

int main(int argc, char **argv)
{
	return RUN(no_more_memory, no_more_threads);
}
