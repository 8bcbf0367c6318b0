/* SPDX-License-Identifier: 0BSD
 *
 * waits.c - the processor time of waits that time out, in many threads at once. That is what a program pays for threads
 * that have nothing to do but look up now and then. Beside it are the same waits on a condition variable.
 */
#include "bench.h"

#include <pthread.h>

enum { THREADS = 500, EACH = 20, TIMEOUT = 50 }; /* a repetition takes EACH * TIMEOUT ms */

typedef struct {
	leat_chan done, in[THREADS]; /* all threads share `done`, and nothing is ever sent */
	long threads, next, n;
	pthread_mutex_t lock;        /* of `next` */
} crowd;

/* The number of this thread, from 0. */
static long join_in(crowd *self)
{
	long number;

	pthread_mutex_lock(&self->lock);
	number = self->next++;
	pthread_mutex_unlock(&self->lock);
	return number;
}

/* How many waits this thread makes, of n in all. */
static long share_of(const crowd *self, long number)
{
	return self->n / self->threads + (number < self->n % self->threads);
}

static void select_in_vain(void *of_crowd)
{
	crowd *self = of_crowd;
	long number = join_in(self), value;
	leat_case on[] = { LEAT_READY(self->done.rx), LEAT_RECV(self->in[number].rx, &value) };

	for (long left = share_of(self, number); left > 0; left--)
		bench_check(leat_select(on, leat_in(LEAT_MS(TIMEOUT))) == -1 && errno == ETIMEDOUT);
}

static struct timespec time_out(void)
{
	leat_time at = leat_in(LEAT_MS(TIMEOUT));

	return (struct timespec){ (time_t)(at / LEAT_S(1)), (long)(at % LEAT_S(1)) };
}

/* Each thread has a condition variable of its own. */
static void wait_in_vain(void *of_crowd)
{
	crowd *self = of_crowd;
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_condattr_t monotonic;
	pthread_cond_t never;

	bench_check(pthread_condattr_init(&monotonic) == 0);
	bench_check(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	bench_check(pthread_cond_init(&never, &monotonic) == 0);
	for (long left = share_of(self, join_in(self)); left > 0; left--) {
		struct timespec at = time_out();

		pthread_mutex_lock(&mutex);
		while (pthread_cond_timedwait(&never, &mutex, &at) == 0)
			;
		pthread_mutex_unlock(&mutex);
	}
	pthread_cond_destroy(&never);
	pthread_condattr_destroy(&monotonic);
}

static double cpu_of_waits(long n, void (*wait)(void *of_crowd))
{
	crowd all = { .done = leat_make_unit(), .threads = n < THREADS ? n : THREADS, .n = n,
		      .lock = PTHREAD_MUTEX_INITIALIZER };
	double cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID);

	for (long i = 0; i < all.threads; i++)
		all.in[i] = leat_make(long, 0);
	for (long i = 0; i < all.threads; i++)
		bench_check(leat_go(wait, &all) == 1);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (long i = 0; i < all.threads; i++)
		leat_drop(all.in[i]);
	leat_drop(all.done);
	return cpu / (double)n;
}

static double waiting(const bench_row *row, long n)
{
	(void)row;
	return cpu_of_waits(n, select_in_vain);
}

static double waiting_cond(const bench_row *row, long n)
{
	(void)row;
	return cpu_of_waits(n, wait_in_vain);
}

#define WAIT .unit = "ns/wait", .fixed = (long)THREADS * EACH, .before = leat_trim, .after = leat_trim

static const bench_shape shapes[] = {
	{ "waiting", "CPU time of leat_select with a time-out, in 500 threads", waiting, WAIT },
	{ "waiting_cond", "the same with pthread_cond_timedwait", waiting_cond, WAIT },
};

const bench_table bench_waits = BENCH_TABLE("waits", shapes);
