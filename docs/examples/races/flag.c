/* SPDX-License-Identifier: 0BSD
 *
 * flag - one thread writes a number and then sets a flag; another waits for the flag and then reads the number.
 *
 * A store with memory_order_relaxed says nothing about earlier writes. The compiler or the processor may make the flag
 * visible first. A store with memory_order_release, and a load with memory_order_acquire that sees it, order the number
 * before the flag for both. (The default order, memory_order_seq_cst, does that too.)
 */
#include "race.h"

static int a, seen = -1;
static atomic_int done;

static void write_broken(void)
{
	a = 1; /* races */
	atomic_store_explicit(&done, 1, memory_order_relaxed);
}

static void read_broken(void)
{
	while (!atomic_load_explicit(&done, memory_order_relaxed))
		sched_yield();
	seen = a; /* races */
}

static void write_cured(void)
{
	a = 1;
	atomic_store_explicit(&done, 1, memory_order_release);
}

static void read_cured(void)
{
	while (!atomic_load_explicit(&done, memory_order_acquire))
		sched_yield();
	seen = a;
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv);

	if (race_between(cured ? write_cured : write_broken, cured ? read_cured : read_broken) < 0)
		return 1;
	printf("the number is %d\n", seen);
	return cured && seen != 1;
}
