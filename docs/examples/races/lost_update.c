/* SPDX-License-Identifier: 0BSD
 *
 * lost_update - two threads count 100,000 visitors each, and some are lost.
 *
 * `count++` is three steps: load, add, store. If both threads load the same number, one of the two visitors is lost.
 * `volatile` keeps the compiler from adding 100,000 in one step. It does not make the three steps one: only an atomic
 * addition, or a lock, does.
 */
#include "race.h"

enum { VISITORS = 100000 };

static volatile int plain;
static atomic_int atomic;

static void count_broken(void)
{
	for (int i = 0; i < VISITORS; i++)
		plain++; /* races */
}

static void count_cured(void)
{
	for (int i = 0; i < VISITORS; i++)
		atomic_fetch_add_explicit(&atomic, 1, memory_order_relaxed);
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv), counted;

	if (race_between(cured ? count_cured : count_broken, cured ? count_cured : count_broken) < 0)
		return 1;
	counted = cured ? atomic_load(&atomic) : plain;
	printf("%d visitors were counted\n", counted);
	return cured && counted != 2 * VISITORS;
}
