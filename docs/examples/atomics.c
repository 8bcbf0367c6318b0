/* SPDX-License-Identifier: 0BSD
 *
 * atomics - three things that need no library: a flag that shows what was written before it, compare and swap, and a
 * counter.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>

static int a;
static atomic_int done, sum;

/* Release: a thread that sees done sees a. */
static void set(void *arg)
{
	(void)arg;
	a = 1;
	atomic_store_explicit(&done, 1, memory_order_release);
}

/* Returns in how many rounds done was seen but a was not. */
static int wrong(int times)
{
	int zeros = 0;

	for (int i = 0; i < times; i++) {
		a = 0;
		atomic_store(&done, 0);
		if (leat_go(set, NULL) < 0)
			return -1;
		for (int looks = 0; looks < 100; looks++)
			if (atomic_load_explicit(&done, memory_order_acquire)) {
				zeros += a == 0;
				break;
			}
		if (leat_wait_all(LEAT_NEVER) < 0)
			return -1;
	}
	return zeros;
}

static void add(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		atomic_fetch_add_explicit(&sum, 1, memory_order_relaxed);
}

/* If variable == expected: variable = wanted. This is one step, so only one of several threads succeeds. */
static int swap_if(atomic_int *variable, int expected, int wanted)
{
	return atomic_compare_exchange_strong(variable, &expected, wanted);
}

int main(void)
{
	atomic_int variable = 1;

	printf("done without a: %d times\n", wrong(1000));
	printf("1 -> 2: %d\n", swap_if(&variable, 1, 2));
	printf("1 -> 3: %d\n", swap_if(&variable, 1, 3));
	printf("it is %d\n", atomic_load(&variable));
	for (int i = 0; i < 4; i++)
		if (leat_go(add, NULL) < 0)
			return 1;
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("sum %d\n", atomic_load(&sum));
	return 0;
}
