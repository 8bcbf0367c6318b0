/* SPDX-License-Identifier: 0BSD
 *
 * memory.c - where memory comes from: the malloc of the process, which is jemalloc if the program is linked with it.
 *
 * Every block is aligned to a cache line, so that no two channels or stages share one. A block of 2 MiB or more, such
 * as a long ring, is mapped by itself, in huge pages if the system has some. The first round through such a ring then
 * faults once in 2 MiB instead of once in 4 KiB. Faults of small pages would take a fifth of the time of a transfer.
 *
 * Small blocks that are given back are kept for the next caller. So the thread of a stage, which gives back what the
 * constructor of the stage has allocated, does not call malloc. The first call in a thread would let glibc map an arena
 * for it, and that takes longer than the stage needs to start. A thread keeps or takes a block only if the lock is
 * free. In the child of a fork the lock may stay taken. Then the child keeps and takes none.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
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

/* -------------------------------------------------------------------------------------------- spare blocks -- */

/* A checker of memory sees how a block is used only if malloc and free are called for it. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define KEEPS_SPARES 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(LEAT_NO_SPARES)
#define KEEPS_SPARES 0
#endif
#ifndef KEEPS_SPARES
#define KEEPS_SPARES 1
#endif

enum { SPARE_LINES = 32, SPARE_BYTES = 256 << 10 }; /* cache lines of a block; bytes of all that are kept */

struct spare { struct spare *next; };

static struct {
	leati_lock lock;
	struct spare *first[SPARE_LINES + 1]; /* by the number of cache lines */
	atomic_size_t bytes;                  /* of all; may be read without the lock, as a hint */
} spares;

/* The caller holds the lock. */
static void count_spares(size_t bytes)
{
	size_t before = atomic_load_explicit(&spares.bytes, memory_order_relaxed);

	/* Relaxed: only the number itself is read without the lock. */
	atomic_store_explicit(&spares.bytes, before + bytes, memory_order_relaxed);
}

/* Returns NULL if there is none. */
static void *take_spare(size_t lines)
{
	struct spare *spare;

	if (lines > SPARE_LINES || atomic_load_explicit(&spares.bytes, memory_order_relaxed) == 0 ||
	    !leati_try_acquire(&spares.lock))
		return NULL;
	spare = spares.first[lines];
	if (spare) {
		spares.first[lines] = spare->next;
		count_spares(-(lines * LEATI_LINE));
	}
	leati_release(&spares.lock);
	return spare;
}

/* Returns false if the block is still the caller's. */
static bool keep_spare(struct spare *spare, size_t lines)
{
	bool fits;

	if (!KEEPS_SPARES || lines > SPARE_LINES || !leati_try_acquire(&spares.lock))
		return false;
	fits = atomic_load_explicit(&spares.bytes, memory_order_relaxed) < SPARE_BYTES;
	if (fits) {
		spare->next = spares.first[lines];
		spares.first[lines] = spare;
		count_spares(lines * LEATI_LINE);
	}
	leati_release(&spares.lock);
	return fits;
}

/* Give all spare blocks back. */
void leati_free_spares(void)
{
	for (size_t lines = 1; lines <= SPARE_LINES; lines++)
		for (void *spare; (spare = take_spare(lines)) != NULL;)
			free(spare);
}

/* ------------------------------------------------------------------------------------------ alloc and free -- */

static size_t lines_of(size_t size)
{
	return size ? (size - 1) / LEATI_LINE + 1 : 1;
}

void *leati_alloc(size_t size)
{
	size_t lines = lines_of(size);
	void *memory = take_spare(lines);

	if (memory)
		return memory;
	if (size >= HUGE_PAGE)
		return map_huge(size);
	if (KEEPS_SPARES || !size)
		size = lines * LEATI_LINE;
	/* aligned_alloc would want the size rounded up in any case. */
	return posix_memalign(&memory, LEATI_LINE, size) == 0 ? memory : NULL;
}

/* errno is kept: the caller may have set it already. Not every allocator keeps it. */
void leati_free(void *memory, size_t size)
{
	int error = errno;

	if (memory && size >= HUGE_PAGE)
		(void)munmap(memory, size); /* cannot fail: this is the mapping that map_huge made */
	else if (memory && !keep_spare(memory, lines_of(size)))
		free(memory);
	errno = error;
}
