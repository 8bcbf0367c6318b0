/* SPDX-License-Identifier: 0BSD
 *
 * memory.c - where memory comes from: jemalloc if the build found it (LEAT_JEMALLOC), else libc.
 *
 * Everything is aligned to a cache line, so that no two channels or stages share one, and given back with its size,
 * which spares jemalloc looking it up. A ring of several megabytes asks for huge pages, where the system has them: the
 * first round through it then faults once in 2 MiB, not in 4 KiB, which costs a fifth of all that is done to a value.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* madvise */
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>

static void *with_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
	const size_t huge = 1 << 21;
	size_t before = (huge - (uintptr_t)memory % huge) % huge;

	if (memory && size >= before + huge) /* it is only advice: that it was not taken is no error */
		(void)madvise((unsigned char *)memory + before, (size - before) / huge * huge, MADV_HUGEPAGE);
#else
	(void)size;
#endif
	return memory;
}

#ifdef LEAT_JEMALLOC
#include <jemalloc/jemalloc.h>

#define ALIGNED MALLOCX_LG_ALIGN(6)
_Static_assert(LEATI_LINE == 1 << 6, "the same alignment");

void *leati_alloc(size_t size)
{
	return with_huge_pages(mallocx(size ? size : 1, ALIGNED), size);
}

void leati_free(void *memory, size_t size)
{
	if (memory)
		sdallocx(memory, size ? size : 1, ALIGNED);
}

#else

void *leati_alloc(size_t size)
{
	void *memory;

	/* Not aligned_alloc, which wants the size rounded up. */
	if (posix_memalign(&memory, LEATI_LINE, size ? size : 1) != 0)
		return NULL;
	return with_huge_pages(memory, size);
}

void leati_free(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

#endif
