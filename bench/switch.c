/* SPDX-License-Identifier: 0BSD
 *
 * switch.c - the cost of handing over to another thread. It is the context-switch benchmark of the book: one thread
 * sends empty values to another one through a rendezvous channel, one way, and to and fro. Beside it are the bare
 * means: a mutex with a condition variable, a word that both threads poll, and sched_yield.
 */
#include "bench.h"

#include <pthread.h>

typedef struct {
	leat_chan chan;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	long count; /* of values in each direction */
	long turns; /* how many turns are over; the first thread has the even ones */
} hand_over;

/* Run one side in this thread and the other in a thread of its own. Returns the time for each of n switches. */
static double run(hand_over *self, long n, void (*other)(void *), void (*own)(void *))
{
	double begin = bench_now();

	bench_check(leat_go(other, self) == 1);
	own(self);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	return bench_each(begin, n);
}

/* ------------------------------------------------------------------------------------------- a rendezvous -- */

static void send_all(void *of_hand_over)
{
	const hand_over *self = of_hand_over;

	for (long i = 0; i < self->count; i++)
		bench_check(leat_signal(self->chan.tx) == 1);
}

static void receive_all(void *of_hand_over)
{
	const hand_over *self = of_hand_over;

	for (long i = 0; i < self->count; i++)
		bench_check(leat_wait(self->chan.rx) == 1);
}

static void send_then_receive(void *of_hand_over)
{
	const hand_over *self = of_hand_over;

	for (long i = 0; i < self->count; i++)
		bench_check(leat_signal(self->chan.tx) == 1 && leat_wait(self->chan.rx) == 1);
}

static void receive_then_send(void *of_hand_over)
{
	const hand_over *self = of_hand_over;

	for (long i = 0; i < self->count; i++)
		bench_check(leat_wait(self->chan.rx) == 1 && leat_signal(self->chan.tx) == 1);
}

static double one_way(const bench_row *row, long n)
{
	hand_over all = { .chan = leat_make_unit(), .count = n };
	double time = run(&all, n, send_all, receive_all);

	(void)row;
	leat_drop(all.chan);
	return time;
}

static double to_and_fro(const bench_row *row, long n)
{
	hand_over all = { .chan = leat_make_unit(), .count = n / 2 };
	double time = run(&all, n, send_then_receive, receive_then_send);

	(void)row;
	leat_drop(all.chan);
	return time;
}

/* ------------------------------------------------------------------------------------------ bare means -- */

static void take_turns(hand_over *self, long first)
{
	pthread_mutex_lock(&self->mutex);
	for (long turn = first; turn < 2 * self->count; turn += 2) {
		while (self->turns != turn)
			pthread_cond_wait(&self->changed, &self->mutex);
		self->turns++;
		pthread_cond_signal(&self->changed);
	}
	pthread_mutex_unlock(&self->mutex);
}

static void take_even_turns(void *of_hand_over)
{
	take_turns(of_hand_over, 0);
}

static void take_odd_turns(void *of_hand_over)
{
	take_turns(of_hand_over, 1);
}

static double condvar(const bench_row *row, long n)
{
	hand_over all = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .count = n / 2 };
	double time = run(&all, n, take_even_turns, take_odd_turns);

	(void)row;
	bench_check(all.turns == n);
	return time;
}

static double spinning(const bench_row *row, long n)
{
	(void)row;
	return bench_line(n / 2) / 2;
}

static double yielding(const bench_row *row, long n)
{
	(void)row;
	return bench_yield(n);
}

#define SWITCHES .unit = "ns/switch", .step = 2

static const bench_shape shapes[] = {
	{ "one_way", "empty values from one thread to another through a rendezvous", one_way, SWITCHES },
	{ "to_and_fro", "the same in turns", to_and_fro, SWITCHES },
	{ "condvar", "in turns by a mutex and a condition variable", condvar, SWITCHES },
	{ "spinning", "in turns by a word that two cores poll: how far apart they are", spinning, SWITCHES },
	{ "yield", "sched_yield in two threads on one core", yielding, SWITCHES },
};

const bench_table bench_switches = BENCH_TABLE("switches", shapes);
