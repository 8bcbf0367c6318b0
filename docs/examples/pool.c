/* SPDX-License-Identifier: 0BSD
 *
 * pool - use objects again: leat_pool.
 *
 * The first two callers get new objects. The third gets the object that the second has put back.
 * The book: P72, fig-sync-pool-basic.go
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>

static void *make(void *arg)
{
	(void)arg;
	printf("Creating new instance.\n");
	return malloc(1);
}

static void release(void *arg, void *instance)
{
	(void)arg;
	free(instance);
}

int main(void)
{
	leat_pool *pool = leat_pool_make(make, release, NULL);
	void *first, *second;

	if (!pool)
		return 1;
	first = leat_pool_get(pool);
	second = leat_pool_get(pool);
	leat_pool_put(pool, second);
	second = leat_pool_get(pool);

	leat_pool_put(pool, first); /* put the object back when finished; with NULL (no memory) the call does nothing */
	leat_pool_put(pool, second);
	leat_pool_drop(pool);
	return 0;
}
