/* SPDX-License-Identifier: 0BSD
 *
 * memory.c - where memory comes from: jemalloc if the build found it (LEAT_JEMALLOC), else libc.
 *
 * Every block is aligned to a cache line, so that no two channels or stages share one. It is given back with its size,
 * which saves jemalloc a look-up. A block of 2 MiB or more, such as a long ring, is mapped by itself, in huge pages if
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

#ifdef LEAT_JEMALLOC
#include <jemalloc/jemalloc.h>

#define ALIGNED MALLOCX_LG_ALIGN(6)
_Static_assert(LEATI_LINE == 1 << 6, "the same alignment");

static void *allocate(size_t size)
{
	return mallocx(size ? size : 1, ALIGNED);
}

static void release_sized(void *memory, size_t size)
{
	sdallocx(memory, size ? size : 1, ALIGNED);
}

#else

static void *allocate(size_t size)
{
	void *memory;

	/* aligned_alloc would want the size rounded up. */
	return posix_memalign(&memory, LEATI_LINE, size ? size : 1) == 0 ? memory : NULL;
}

static void release_sized(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

#endif

void *leati_alloc(size_t size)
{
	return size >= HUGE_PAGE ? map_huge(size) : allocate(size);
}

/* errno is kept: the caller may have set it already. Not every allocator keeps it. */
void leati_free(void *memory, size_t size)
{
	int error = errno;

	if (!memory)
		return;
	if (size >= HUGE_PAGE)
		(void)munmap(memory, size); /* cannot fail: this is the mapping that map_huge made */
	else
		release_sized(memory, size);
	errno = error;
}
