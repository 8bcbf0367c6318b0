/* SPDX-License-Identifier: 0BSD
 *
 * go.h - what the tests after Go's own tests share. Their threads are started by leat, like Go's goroutines. Their
 * clock decides whether a call blocks, so that no test has to guess.
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

/* From now on, the clock stands still while any thread runs. When all threads sleep, it jumps to the next deadline. So
 * a call that ends at its deadline has blocked, and nothing else could have ended it. */
static inline void clock_runs(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

/* Wait until all started threads sleep. This needs the clock of clock_runs. A sleeping thread is in the queues of its
 * channels. */
static inline void until_all_sleep(void)
{
	leat_sleep(LEAT_MS(1));
}

/* Send 0, 1, 2, and so on, until there is no more room. */
static inline void fill(leat_chan chan)
{
	for (int i = 0; leat_send_by(chan.tx, &i, LEAT_NOW) > 0; i++)
		;
	check(leat_len(chan) == leat_cap(chan));
}

/* `count` ints: from, from + 1, and so on. */
typedef struct { leat_tx tx; int from, count; } flow;

static inline void send_flow(void *of_flow)
{
	const flow *self = of_flow;

	send_ints(self->tx, self->from, (size_t)self->count);
}

/* Each number below `count` was seen `often` times. */
static inline void must_all_be(int often, atomic_int *seen, int count)
{
	for (int i = 0; i < count; i++)
		check(atomic_load(&seen[i]) == often);
}

#endif
