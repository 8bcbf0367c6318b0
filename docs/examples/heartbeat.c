/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat - a stage shows every second that it lives, also while it waits: leat_heartbeat.
 *
 * A result comes every other second. The book's program takes ten seconds. Here the clock runs by itself, and the
 * program takes none. Its results are the seconds since the start, the book's are those of the time of day.
 * The book: P13, fig-interval-heartbeat.go
 */
#include <leat.h>
#include <stdio.h>

static leat_time began;

/* Some work with each value. The result is the time at which it was finished. */
static int do_work(void *arg, const void *due, void *second)
{
	(void)arg;
	(void)due;
	leat_sleep(LEAT_MS(10));
	*(long *)second = (long)((leat_now() - began) / LEAT_S(1));
	return 1;
}

/* Read until the worker has ended, or is silent for too long. */
static void watch(leat_rx pulses, leat_rx results, leat_time timeout)
{
	enum { PULSE, RESULT };
	long done, second;
	leat_case on[] = { [PULSE] = LEAT_RECV(pulses, &done), [RESULT] = LEAT_RECV(results, &second) };

	for (;;) {
		int chosen = leat_select(on, leat_in(timeout));

		if (chosen < 0)
			printf("worker is not healthy!\n");
		if (chosen < 0 || !on[chosen].ok)
			return;
		if (chosen == PULSE)
			printf("pulse\n");
		else
			printf("results %ld\n", second);
	}
}

int main(void)
{
	leat_rx done, pulses, results;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	began = leat_now();
	done = leat_after(LEAT_S(10) + LEAT_MS(5));
	results = leat_heartbeat(done, leat_tick(LEAT_S(2)), long, do_work, NULL, LEAT_S(1), &pulses);
	watch(pulses, results, LEAT_S(2));
	leat_drop(pulses);
	leat_drop(results);
	leat_drop(done);
	return 0;
}
