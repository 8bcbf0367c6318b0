/* SPDX-License-Identifier: 0BSD
 *
 * gauge - systems do better when their parts limit the work that they accept: leat_gauge, a buffered channel as a
 * semaphore. Of twenty who come at once ten are let in, and the others are told at once that there is no room.
 *
 * Each stays for a second, by a fake clock, which jumps when everybody sleeps: so all have come before the first
 * leaves.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { CALLERS = 20, LIMIT = 10 };

struct pressure { leat_gauge gauge; atomic_int processed, refused; };

static void process(void *of_pressure)
{
	struct pressure *self = of_pressure;
	leat_rx over = leat_after(LEAT_S(1));

	(void)leat_wait(over); /* 0: it carries nothing */
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
		fprintf(stderr, "gauge: %s\n", strerror(errno));
	(void)leat_waitgroup_wait(&callers, LEAT_NEVER); /* which can only succeed */
	for (int i = 0; i < atomic_load(&pressure.processed); i++)
		printf("processing %d\n", i);
	for (int i = 0; i < atomic_load(&pressure.refused); i++)
		printf("no more capacity\n");
	leat_gauge_drop(pressure.gauge);
	return failed;
}
