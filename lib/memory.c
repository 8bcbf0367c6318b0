/* SPDX-License-Identifier: 0BSD
 *
 * memory.c - where memory comes from: the malloc of the process, which is jemalloc if the program is linked with it.
 *
 * Every block is aligned to a cache line, so that no two channels or stages share one. A block of 2 MiB or more, such as a long ring, is mapped by itself, in huge pages if
 * the system has some. The first round through such a ring then faults once in 2 MiB instead of once in 4 KiB. Faults
 * of small pages would take a fifth of the time of a transfer.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21 };

static void *map_huge(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
#ifdef MADV_HUGEPAGE
	(void)madvise(memory, size, MADV_HUGEPAGE); /* only advice */
#endif
	return memory;
}

void *leati_alloc(size_t size)
{
	void *memory;

	if (size >= HUGE_PAGE)
		return map_huge(size);
	/* aligned_alloc would want the size rounded up. */
	return posix_memalign(&memory, LEATI_LINE, size ? size : 1) == 0 ? memory : NULL;
}

/* errno is kept: the caller may have set it already. Not every allocator keeps it. */
void leati_free(void *memory, size_t size)
{
	int error = errno;

	if (memory && size >= HUGE_PAGE)
		(void)munmap(memory, size); /* cannot fail: this is the mapping that map_huge made */
	else
		free(memory);
	errno = error;
}
