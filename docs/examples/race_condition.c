/* SPDX-License-Identifier: 0BSD
 *
 * race_condition - a mutex removes the data race: no thread reads a number while another writes it. It is still open
 * which thread comes first.
 *
 * The book's program prints one of two lines. Here the clock decides, once for the reader and once for the writer, so
 * both lines are printed. The clock is fake and runs by itself.
 * The book: P03, fig-basic-memory-access-sync.go
 */
#include <leat.h>
#include <stdio.h>

static leat_mutex memory_access;
static int data;

static void increase(void *delay)
{
	leat_sleep(*(const leat_time *)delay);
	leat_mutex_lock(&memory_access);
	data++;
	leat_mutex_unlock(&memory_access);
}

static int race(leat_time delay)
{
	data = 0;
	if (leat_go(increase, &delay) < 0)
		return -1;
	leat_sleep(LEAT_MS(2));
	leat_mutex_lock(&memory_access);
	if (data == 0)
		printf("the value is 0.\n");
	else
		printf("the value is %d.\n", data);
	leat_mutex_unlock(&memory_access);
	return leat_wait_all(LEAT_NEVER);
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return race(LEAT_MS(3)) < 0 || race(LEAT_MS(1)) < 0;
}
