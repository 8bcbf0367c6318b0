/* SPDX-License-Identifier: 0BSD
 *
 * machine.c - properties of the machine on which the numbers depend. How many cores are there? Does the kernel give two
 * threads a core each, or put both on the same? How far apart are two cores, and what does a switch on one core cost?
 */
#define _GNU_SOURCE /* only for the affinity */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/utsname.h>

/* -------------------------------------------------------------------------------------------- affinity -- */

#ifdef CPU_SET

static long allowed_cores(void)
{
	cpu_set_t allowed;
	int known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;

	return known ? CPU_COUNT(&allowed) : sysconf(_SC_NPROCESSORS_ONLN);
}

static int current_core(void)
{
	return sched_getcpu();
}

/* Another core that this process may use; the same one if there is no other. */
static int other_core(int core)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
		for (int other = 0; other < CPU_SETSIZE; other++)
			if (other != core && CPU_ISSET((size_t)other, &allowed))
				return other;
	return core;
}

/* Keep the calling thread on this core. If that is impossible, it is measured on any core. */
static void stay_on(int core)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)(core < 0 ? 0 : core), &one);
	(void)sched_setaffinity(0, sizeof one, &one);
}

#else

static long allowed_cores(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

static int current_core(void)
{
	return 0;
}

static int other_core(int core)
{
	return core;
}

static void stay_on(int core)
{
	(void)core;
}

#endif

/* -------------------------------------------------------------------------------------- what it is called -- */

/* Linux names the model on x86. Elsewhere the architecture takes its place. */
static void find_model(char *model, size_t size)
{
	FILE *info = fopen("/proc/cpuinfo", "r");
	char line[256];

	while (info && fgets(line, sizeof line, info)) {
		char *value = strstr(line, ": ");

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		snprintf(model, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	if (info)
		fclose(info);
}

bench_machine bench_this_machine(void)
{
	bench_machine self = { .cores = allowed_cores() };
	struct utsname system;

	if (uname(&system) == 0) {
		snprintf(self.model, sizeof self.model, "%s", system.machine);
		snprintf(self.kernel, sizeof self.kernel, "%.60s %.60s", system.sysname, system.release);
	}
	find_model(self.model, sizeof self.model);
	return self;
}

/* ----------------------------------------------------------------------------------------------- threads -- */

typedef struct {
	pthread_barrier_t start;
	int core;
	long count;     /* how often each thread yields */
	double took[2]; /* in ns */
} yields;

/* Run both threads until they end. */
static void run_two(void *(*first)(void *), void *(*second)(void *), void *arg)
{
	pthread_t threads[2];

	bench_check(pthread_create(&threads[0], NULL, first, arg) == 0);
	bench_check(pthread_create(&threads[1], NULL, second, arg) == 0);
	bench_check(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
}

static void *keep_busy(void *of_end)
{
	const double *end = of_end;

	while (bench_now() < *end)
		;
	return NULL;
}

double bench_two_threads(void)
{
	double cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID), begin = bench_now(), end = begin + 0.2e9;

	run_two(keep_busy, keep_busy, &end);
	return (bench_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (bench_now() - begin);
}

static void yield_all(yields *self, double *took)
{
	stay_on(self->core);
	pthread_barrier_wait(&self->start);
	*took = bench_now();
	for (long i = 0; i < self->count; i++)
		sched_yield();
	*took = bench_now() - *took;
}

static void *yield_first(void *of_yields)
{
	yields *self = of_yields;

	yield_all(self, &self->took[0]);
	return NULL;
}

static void *yield_second(void *of_yields)
{
	yields *self = of_yields;

	yield_all(self, &self->took[1]);
	return NULL;
}

double bench_yield(long n)
{
	yields all = { .core = current_core(), .count = n / 2 > 0 ? n / 2 : 1 };

	bench_check(pthread_barrier_init(&all.start, NULL, 2) == 0);
	run_two(yield_first, yield_second, &all);
	pthread_barrier_destroy(&all.start);
	return (all.took[0] < all.took[1] ? all.took[0] : all.took[1]) / (double)(2 * all.count);
}

/* ------------------------------------------------------------------------------------------ a cache line -- */

/* Two threads write the word in turns. The first one has the even turns. */
typedef struct {
	_Alignas(64) atomic_long word;
	_Alignas(64) int cores[2];
	long turns;
	double took;
} polled;

static void take_turns(polled *self, long first)
{
	enum { LOOKS = 1000 }; /* looks before the thread yields, because the other one may need this core */

	for (long turn = first; turn < self->turns; turn += 2) {
		for (long looks = 1; atomic_load_explicit(&self->word, memory_order_acquire) != turn; looks++)
			if (looks % LOOKS == 0)
				sched_yield();
		atomic_store_explicit(&self->word, turn + 1, memory_order_release);
	}
}

/* Measured from the answer to its first turn, when both threads run. */
static void *poll_first(void *of_polled)
{
	polled *self = of_polled;
	double begin;

	stay_on(self->cores[0]);
	atomic_store_explicit(&self->word, 1, memory_order_release);
	while (atomic_load_explicit(&self->word, memory_order_acquire) != 2)
		sched_yield();
	begin = bench_now();
	take_turns(self, 2);
	self->took = bench_now() - begin;
	return NULL;
}

static void *poll_second(void *of_polled)
{
	polled *self = of_polled;

	stay_on(self->cores[1]);
	take_turns(self, 1);
	return NULL;
}

double bench_line(long n)
{
	polled all = { .cores = { current_core() }, .turns = 2 * n + 2 };

	all.cores[1] = other_core(all.cores[0]);
	run_two(poll_first, poll_second, &all);
	return all.took / (double)n;
}
