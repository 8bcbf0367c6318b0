/* SPDX-License-Identifier: 0BSD
 *
 * rwmutex - compare both sides of a leat_rwmutex in the same test.
 *
 * A producer locks five times while observers come, each of which looks for a millisecond. With the reading side they
 * look at the same time. With the writing side, as with any mutex, they look one after the other. The clock is fake
 * and runs by itself.
 * The book's table has the times of a real run: see the rows read_rwmutex and read_writing of leat-bench.
 * The book: P66, fig-rwlock.go
 */
#include <leat.h>
#include <stdio.h>

static leat_rwmutex mutex;

static void sleep_for(leat_time duration)
{
	leat_sleep(duration);
}

static void produce(void *of_locker)
{
	const leat_locker *locker = of_locker;

	sleep_for(LEAT_US(500)); /* by then there are observers */
	for (int i = 5; i > 0; i--) {
		locker->lock(locker->self);
		locker->unlock(locker->self);
		sleep_for(1);
	}
}

static void observe(void *of_locker)
{
	const leat_locker *locker = of_locker;

	locker->lock(locker->self);
	sleep_for(LEAT_MS(1));
	locker->unlock(locker->self);
}

/* Returns how long the test takes, in milliseconds, or -1 if there are no threads. */
static int test(int count, leat_locker writer, leat_locker reader)
{
	leat_time begun = leat_now();
	int started = leat_go(produce, &writer);

	for (int i = count; i > 0 && started > 0; i--)
		started = leat_go(observe, &reader);
	if (leat_wait_all(LEAT_NEVER) < 0 || started < 0)
		return -1;
	return (int)((leat_now() - begun) / LEAT_MS(1));
}

int main(void)
{
	leat_locker writer = leat_rwmutex_locker(&mutex), reader = leat_rwmutex_read_locker(&mutex);

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	printf("Readers  RWMutex  Mutex\n");
	for (int count = 1; count <= 64; count *= 2) {
		int together = test(count, writer, reader), in_turn = test(count, writer, writer);

		if (together < 0 || in_turn < 0)
			return 1;
		printf("%-7d  %-7d  %d\n", count, together, in_turn);
	}
	return 0;
}
