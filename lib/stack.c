/* SPDX-License-Identifier: 0BSD
 *
 * stack.c - threads are created with a stack of the size that was asked for.
 *
 * glibc puts the thread-local data of the program into each stack, and refuses a stack with too little room. No call
 * tells how much that is. So its size is summed up over the libraries, when the first thread is created, and added to
 * each stack. Other systems add it themselves. Memory that is never used costs nothing.
 *
 * How much of a stack was used: the system tells which of its pages are in memory. So nothing is written into stacks to
 * find that out, and functions pay nothing.
 */
#define _GNU_SOURCE /* dl_iterate_phdr, mincore */
#include "registry.h"

#include <unistd.h>
#ifdef __GLIBC__
#include <link.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

static struct {
	atomic_size_t asked_for; /* bytes, of threads that are started from now on */
	atomic_size_t added;     /* bytes; 0: not known yet */
} stacks = { (size_t)256 * 1024, 0 };

size_t leati_stack(void)
{
	return atomic_load(&stacks.asked_for);
}

/* Returns 0 or an errno value. */
static int create(size_t size, void *(*fn)(void *), void *arg, pthread_t *id)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);

	if (error)
		return error;
	error = pthread_attr_setstacksize(&attributes, size);
	if (!error)
		error = pthread_create(id, &attributes, fn, arg);
	pthread_attr_destroy(&attributes);
	return error;
}

#ifdef __GLIBC__

static int add_thread_locals(struct dl_phdr_info *library, size_t size, void *of_sum)
{
	size_t *sum = of_sum;

	(void)size;
	for (int i = 0; i < library->dlpi_phnum; i++)
		if (library->dlpi_phdr[i].p_type == PT_TLS)
			*sum += library->dlpi_phdr[i].p_memsz + library->dlpi_phdr[i].p_align;
	return 0;
}

static size_t thread_locals(void)
{
	size_t sum = 0;

	dl_iterate_phdr(add_thread_locals, &sum);
	return sum;
}

#else

static size_t thread_locals(void)
{
	return 0;
}

#endif

/* The bytes that a stack needs besides the frames of functions: for thread-local data, and for libc's own. The former
 * are whole pages, because a stack that does not end with a page uses one page more. Two threads may add them up at
 * once. Both get the same sum. */
static size_t added(void)
{
	const size_t own = (size_t)16 * 1024, page = 4096;
	size_t known = atomic_load(&stacks.added);

	if (known == 0)
		atomic_store(&stacks.added, known = own + (thread_locals() + page - 1) / page * page);
	return known;
}

/* Create a thread that has this number of bytes for the frames of its functions. Returns 0 or an errno value. */
int leati_create_joinable(size_t bytes, void *(*fn)(void *), void *arg, pthread_t *id)
{
	return create(bytes + added(), fn, arg, id);
}

int leati_create_thread(size_t bytes, void *(*fn)(void *), void *arg)
{
	pthread_t id;

	return leati_create_joinable(bytes, fn, arg, &id);
}

/* Round a size up to what the system accepts. Returns 0; or an errno value, and leaves *bytes alone. */
int leati_round_stack(size_t *bytes)
{
	pthread_attr_t attributes;
	size_t page = 4096, rounded = *bytes + (page - *bytes % page) % page;
	int error = rounded < *bytes || rounded > SIZE_MAX / 2 ? EINVAL : pthread_attr_init(&attributes);

	if (error)
		return error;
	error = pthread_attr_setstacksize(&attributes, rounded);
	pthread_attr_destroy(&attributes);
	if (!error)
		*bytes = rounded;
	return error;
}

int leat_stack_size(size_t bytes)
{
	int error = leati_round_stack(&bytes);

	if (error)
		return leat_refuse(error);
	atomic_store(&stacks.asked_for, bytes);
	leat_trim(); /* idle threads have the former size */
	return 1;
}

/* ------------------------------------------------------------------------------------- how much is used -- */

/* The calling thread was created with so many bytes. They begin at this frame, because the room that was added is above
 * it. The address of a variable would not do: a sanitizer may keep variables elsewhere. */
void leati_note_stack(size_t bytes)
{
#ifdef __GNUC__
	leati_self()->stack = __builtin_frame_address(0);
	leati_self()->stack_bytes = bytes;
#else
	(void)bytes;
#endif
}

/* The distance from the lowest page that was ever touched. */
size_t leati_stack_used(const leati_parker *record)
{
#ifdef __linux__
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), top = (uintptr_t)record->stack;
	unsigned char touched[256];
	uintptr_t length;

	for (uintptr_t at = (top - record->stack_bytes) / page * page; at < top; at += length) {
		length = (top - at < sizeof touched * page ? top - at : sizeof touched * page);
		if (mincore((char *)at, length, touched) != 0)
			return 0;
		for (uintptr_t i = 0; i * page < length; i++)
			if (touched[i] & 1)
				return top - at - i * page;
	}
#else
	(void)record;
#endif
	return 0;
}

size_t leat_stack_used(void)
{
	return leati_stack_used(leati_self());
}
