/* SPDX-License-Identifier: 0BSD
 *
 * pool_calculators - a hundred thousand pieces of work need a kilobyte of memory only for the few that run at the
 * same time: leat_pool.
 *
 * Four buffers are made in advance. How many there are in the end is left to chance.
 * The book: P73, fig-sync-pool.go
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK = 100000, WORKERS = 8, SEEDS = 4, KILOBYTE = 1024 };

static atomic_int calculators;

static void *make(void *arg)
{
	(void)arg;
	atomic_fetch_add(&calculators, 1);
	return malloc(KILOBYTE);
}

static void release(void *arg, void *memory)
{
	(void)arg;
	free(memory);
}

static int calculate(void *pool, const void *in)
{
	char *memory = leat_pool_get(pool);

	if (!memory)
		return -ENOMEM;
	memset(memory, *(const int *)in, 16); /* it has the data of another worker */
	leat_pool_put(pool, memory);
	return 1;
}

static int calculate_all(leat_pool *pool)
{
	leat_rx nobody = LEAT_NIL;
	leat_rx work = leat_buffer(leat_repeat(nobody, LEAT_VALUES(int, 1, 2, 3)), 1000);

	return leat_each(nobody, leat_take(nobody, work, WORK), WORKERS, calculate, pool);
}

int main(void)
{
	leat_pool *pool = leat_pool_make(make, release, NULL);
	int cause;

	if (!pool)
		return 1;
	for (int i = 0; i < SEEDS; i++)
		leat_pool_put(pool, make(NULL));
	cause = calculate_all(pool);
	if (atomic_load(&calculators) < WORK / 1000)
		printf("Fewer than %d calculators were created.\n", WORK / 1000);
	leat_pool_drop(pool); /* leat_each has returned: nobody uses it any more */
	return cause != 0;
}
