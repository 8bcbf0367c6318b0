/* SPDX-License-Identifier: 0BSD
 *
 * sequential.c - the memory of schedules in which each read sees the last write. There is nothing to do: this is how
 * the memory of one system thread behaves.
 */
#include "schedule.h"

void memory_begin(void)
{
}

void memory_fork(unsigned threads)
{
	(void)threads;
}

void memory_join(unsigned threads)
{
	(void)threads;
}

void memory_switch(unsigned from, unsigned to)
{
	(void)from, (void)to;
}

void memory_acquire(const void *object)
{
	(void)object;
}

void memory_release(const void *object)
{
	(void)object;
}

void memory_alloc(void *block, size_t size)
{
	(void)block, (void)size;
}

void memory_free(void *block, size_t size)
{
	(void)block, (void)size;
}

void memory_write(const void *at, size_t size)
{
	(void)at, (void)size;
}

void memory_read(const void *at, size_t size)
{
	(void)at, (void)size;
}

bool memory_tells_order(void)
{
	return true;
}
