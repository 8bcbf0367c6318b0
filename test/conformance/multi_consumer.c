/* SPDX-License-Identifier: 0BSD
 *
 * multi_consumer.c - Go promises that each value goes to exactly one of many threads that range over a channel, and
 * that all of them see the end. The same holds here. The results are closed when the last worker drops its handle,
 * where Go needs a WaitGroup.
 */
#include "go.h"

enum { WORKERS = 23, VALUES = 4000 };

static const int primes[] = { 2, 3, 7, 11, 13, 17, 19, 23, 27, 31 };

enum { PRIMES = sizeof primes / sizeof *primes };

typedef struct { leat_rx in; leat_tx out; int number; } worker;

static void work(void *of_worker)
{
	worker *self = of_worker;

	for (int n; leat_recv(self->in, &n) > 0;) {
		if (n == primes[self->number % PRIMES])
			sched_yield(); /* lets other threads overtake this one */
		check(leat_send(self->out, &n) == 1);
	}
	leat_drop(self->out);
}

static void feed(void *of_tx)
{
	leat_tx *tx = of_tx;

	for (int i = 0; i < VALUES; i++)
		check(leat_send(*tx, &primes[i % PRIMES]) == 1);
	leat_drop(*tx);
}

static void each_value_goes_to_one_of_many(void)
{
	leat_chan tasks = leat_make(int, capacity), results = leat_make(int, capacity);
	worker workers[WORKERS];
	int counts[32] = { 0 };

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (worker){ tasks.rx, leat_dup(results.tx), i };
		start(work, &workers[i]);
	}
	start(feed, &tasks.tx);
	leat_drop(results.tx);
	for (int n; leat_recv(results.rx, &n) > 0;) {
		check(n > 0 && n < 32);
		counts[n]++;
	}
	for (int i = 0; i < PRIMES; i++)
		check(counts[primes[i]] == VALUES / PRIMES);
	join();
	leat_drop(tasks.rx);
	leat_drop(results.rx);
}

int main(int argc, char **argv)
{
	return RUN(each_value_goes_to_one_of_many);
}
