/* SPDX-License-Identifier: 0BSD
 *
 * gauge - limit how much work a system accepts: leat_gauge, a buffered channel as a semaphore.
 *
 * Twenty requests come at once. Ten are let in, and the others are told at once that there is no room.
 *
 * Each request takes a second. The clock is fake and jumps when all threads sleep, so all have come before the first
 * one leaves.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CALLERS = 20, LIMIT = 10 };

struct pressure { leat_gauge gauge; atomic_int processed, refused; };

static void process(void *of_pressure)
{
	struct pressure *self = of_pressure;
	leat_rx over = leat_after(LEAT_S(1));

	(void)leat_wait(over); /* 0: the stream carries nothing */
	leat_drop(over);
	atomic_fetch_add(&self->processed, 1);
}

static void come(void *of_pressure)
{
	struct pressure *self = of_pressure;

	if (leat_gauge_process(self->gauge, process, self) < 0 && errno == EAGAIN)
		atomic_fetch_add(&self->refused, 1);
}

int main(void)
{
	struct pressure pressure = { .gauge = leat_gauge_make(LIMIT) };
	leat_waitgroup callers = { 0 };
	int failed = leat_clock_fake() < 0 || leat_clock_run() < 0;

	for (int i = 0; i < CALLERS && !failed; i++)
		failed = leat_waitgroup_go(&callers, come, &pressure) < 0;
	if (failed)
		fprintf(stderr, "gauge: %s\n", leat_strerror(errno));
	(void)leat_waitgroup_wait(&callers, LEAT_NEVER); /* this cannot fail */
	for (int i = 0; i < atomic_load(&pressure.processed); i++)
		printf("processing %d\n", i);
	for (int i = 0; i < atomic_load(&pressure.refused); i++)
		printf("no more capacity\n");
	leat_gauge_drop(pressure.gauge);
	return failed;
}
