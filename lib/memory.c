/* SPDX-License-Identifier: 0BSD
 *
 * memory.c - where memory comes from: jemalloc if the build found it (LEAT_JEMALLOC), else libc.
 *
 * Everything is aligned to a cache line, so that no two channels or stages share one, and given back with its size,
 * which spares jemalloc looking it up.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <stdlib.h>

#ifdef LEAT_JEMALLOC
#include <jemalloc/jemalloc.h>

#define ALIGNED MALLOCX_LG_ALIGN(6)
_Static_assert(LEATI_LINE == 1 << 6, "the same alignment");

void *leati_alloc(size_t size)
{
	return mallocx(size ? size : 1, ALIGNED);
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
	return posix_memalign(&memory, LEATI_LINE, size ? size : 1) == 0 ? memory : NULL;
}

void leati_free(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

#endif
