/* SPDX-License-Identifier: 0BSD
 *
 * mutex - twelve threads count one number up and down under a lock: leat_mutex.
 *
 * The book's goroutines come in any order. Here the mutex is handed to the thread that has waited longest. So the
 * threads go in the order in which they came, one every millisecond. The clock is fake and runs by itself.
 * The book: P65, fig-mutex.go
 */
#include <leat.h>
#include <stdio.h>

static leat_mutex lock = LEAT_MUTEX(LEAT_HANDOFF);
static int count;

static void increment(void)
{
	leat_mutex_lock(&lock);
	count++;
	printf("Incrementing: %d\n", count);
	leat_mutex_unlock(&lock);
}

static void decrement(void)
{
	leat_mutex_lock(&lock);
	count--;
	printf("Decrementing: %d\n", count);
	leat_mutex_unlock(&lock);
}

static void come_and_change(void *arg)
{
	int number = (int)(size_t)arg;

	leat_sleep(LEAT_MS(number));
	if (number <= 6)
		increment();
	else
		decrement();
}

int main(void)
{
	int started = 1;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	leat_mutex_lock(&lock);
	for (size_t i = 1; i <= 12 && started > 0; i++)
		started = leat_go(come_and_change, (void *)i);
	leat_sleep(LEAT_MS(20));
	leat_mutex_unlock(&lock); /* now all threads wait */
	if (leat_wait_all(LEAT_NEVER) < 0 || started < 0)
		return 1;
	printf("Arithmetic complete.\n");
	return 0;
}
