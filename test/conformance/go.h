/* SPDX-License-Identifier: 0BSD
 *
 * go.h - what the tests after Go's own have in common: threads that are leat's, as goroutines are Go's, and a clock by
 * which "it blocks" is no guess.
 */
#ifndef GO_H
#define GO_H

#include "../test.h"

static inline void start(void (*fn)(void *arg), void *arg)
{
	check(leat_go(fn, arg) == 1);
}

static inline void join(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* From now on the clock stands still while any thread runs, and jumps to the next deadline when all sleep. So what ends
 * by its deadline has blocked, and nothing else could have ended it. */
static inline void clock_runs(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

/* Until all that were started sleep, on such a clock. Who sleeps stands in the queues of its channels. */
static inline void until_all_sleep(void)
{
	leat_sleep(LEAT_MS(1));
}

/* 0, 1, 2, ... until there is no more room. */
static inline void fill(leat_chan chan)
{
	for (int i = 0; leat_send_by(chan.tx, &i, LEAT_NOW) > 0; i++)
		;
	check(leat_len(chan) == leat_cap(chan));
}

/* The ints from, from + 1, ..., count of them. */
typedef struct { leat_tx tx; int from, count; } flow;

static inline void send_flow(void *of_flow)
{
	const flow *self = of_flow;

	send_ints(self->tx, self->from, (size_t)self->count);
}

/* Each of the numbers below count was seen so often. */
static inline void must_all_be(int often, atomic_int *seen, int count)
{
	for (int i = 0; i < count; i++)
		check(atomic_load(&seen[i]) == often);
}

#endif
