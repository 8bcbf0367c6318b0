/* SPDX-License-Identifier: 0BSD
 *
 * many_threads.c - thousands of threads on any number of cores: a chain of 1,000 stages, 1,000 stages side by side, and
 * 2,000 threads that wait on one channel (`make figures` has 10,000). Every value arrives. A close wakes all threads.
 * Afterwards the process has as many threads as before. If the machine does not allow so many threads, or the thread
 * sanitizer has no memory for them, the test uses fewer and says so.
 */
#include "../test.h"

#include <sys/resource.h>

enum {
	STAGES = UNDER_TSAN ? 200 : UNDER_ASAN ? 500 : 1000, /* about 1 MB for each thread under the thread sanitizer */
	WAITERS = UNDER_TSAN ? 200 : UNDER_ASAN ? 500 : 2000
};

static const leat_rx nil;

/* ------------------------------------------------------------------------------------- what the machine allows -- */

/* The number after `before` in a file of the system, or `otherwise` if there is none. */
static size_t number_in(const char *path, const char *before, size_t otherwise)
{
	FILE *file = fopen(path, "r");
	char line[256];
	size_t number = otherwise;

	if (!file)
		return otherwise;
	while (fgets(line, sizeof line, file)) {
		if (strncmp(line, before, strlen(before)) == 0 && strncmp(line, "max", 3) != 0) {
			number = (size_t)strtoul(line + strlen(before), NULL, 10);
			break;
		}
	}
	check(fclose(file) == 0);
	return number;
}

static size_t threads_now(void)
{
	return number_in("/proc/self/status", "Threads:", 1);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns `wanted`, or half of the tightest limit, because other processes need some too. A thread has two memory
 * mappings. */
static size_t allowed(size_t wanted)
{
	struct rlimit processes;
	size_t most = number_in("/proc/sys/kernel/threads-max", "", SIZE_MAX);

	most = least(most, number_in("/proc/sys/kernel/pid_max", "", SIZE_MAX));
	most = least(most, number_in("/proc/sys/vm/max_map_count", "", SIZE_MAX) / 2);
	most = least(most, number_in("/sys/fs/cgroup/pids.max", "", SIZE_MAX));
	if (getrlimit(RLIMIT_NPROC, &processes) == 0 && processes.rlim_cur != RLIM_INFINITY)
		most = least(most, (size_t)processes.rlim_cur);
	if (wanted > most / 2)
		printf("%zu threads instead of %zu: the machine allows %zu\n", most / 2, wanted, most);
	return least(wanted, most / 2);
}

/* ------------------------------------------------------------------------------------------------------- stages -- */

static size_t before; /* the number of threads without those of leat */

static void must_be_back(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	while (threads_now() > before) /* threads that have ended may still be counted for a while */
		nap(1);
}

static int add_one(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

static void a_chain(void)
{
	size_t stages = allowed(STAGES);
	leat_rx end = numbers(0, 20);

	for (size_t i = 0; i < stages; i++)
		end = i % 2 ? leat_or_done(nil, end) : leat_map(nil, end, int, add_one, NULL);
	check(leat_live() <= stages + 1);
	must_yield(end, (int)(stages + 1) / 2, 1, (int)(stages + 1) / 2 + 20);
	must_be_back();
}

/* The last channel is dropped while all stages wait for a value. All of them end, up to the first. */
static void a_chain_that_is_left(void)
{
	leat_chan chan = leat_make(int, capacity);
	size_t stages = allowed(STAGES);
	leat_rx end = chan.rx;
	int n;

	for (size_t i = 0; i < stages; i++)
		end = leat_map(nil, end, int, add_one, NULL);
	send_ints(chan.tx, 0, 1);
	check(leat_recv(end, &n) == 1 && n == (int)stages);
	leat_drop(end);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
	leat_drop(chan.tx);
	must_be_back();
}

static void side_by_side(void)
{
	static leat_rx members[STAGES];
	size_t stages = allowed(STAGES);
	leat_rx all;
	long sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < stages; i++)
		members[i] = leat_generator(nil, LEAT_VALUES(int, (int)i, 1));
	all = leat_fan_in(nil, members, stages);
	for (int n; leat_recv(all, &n) > 0; count++)
		sum += n;
	check(leat_cause(all) == 0);
	check(count == 2 * stages && sum == (long)(stages * (stages - 1) / 2 + stages));
	leat_drop(all);
	must_be_back();
}

/* ------------------------------------------------------------------------------------------------------ waiters -- */

static atomic_size_t entered, values, ends;

static void wait_for_one(void *of_rx)
{
	int n, result;

	atomic_fetch_add(&entered, 1);
	result = leat_recv(*(leat_rx *)of_rx, &n);
	atomic_fetch_add(result ? &values : &ends, 1);
}

/* Half of the threads get a value, and the others get the end. There are 2,000 threads only where the channel has no
 * room. */
static void all_on_one_channel(void)
{
	size_t waiters = allowed(capacity ? WAITERS / 10 : WAITERS), started = 0;
	leat_chan chan = leat_make(int, capacity);

	atomic_store(&entered, 0);
	atomic_store(&values, 0);
	atomic_store(&ends, 0);
	for (; started < waiters && leat_go(wait_for_one, &chan.rx) == 1; started++)
		;
	if (started < waiters)
		printf("%zu threads instead of %zu: %s\n", started, waiters, strerror(errno));
	check(started > 0);
	while (atomic_load(&entered) < started)
		nap(1);
	send_ints(chan.tx, 0, started / 2);
	check(leat_close(chan.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&values) == started / 2 && atomic_load(&ends) == started - started / 2);
	leat_drop(chan);
	must_be_back();
}

static void wait_for_none(void *arg)
{
	(void)arg;
}

int main(int argc, char **argv)
{
	check(leat_go(wait_for_none, NULL) == 1); /* with the first thread, a sanitizer starts one of its own */
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	before = threads_now();
	check(leat_stack_size((size_t)64 * 1024) == 1 || leat_stack_size((size_t)256 * 1024) == 1);
	return RUN(a_chain, a_chain_that_is_left, side_by_side, all_on_one_channel);
}
