/* SPDX-License-Identifier: 0BSD
 *
 * views.c - what each thread has seen, and how views pass from one thread to another outside of atomic operations: as
 * threads begin and end, and through mutexes.
 *
 * All threads of a schedule are one thread of the system. So they share its thread-local variables. These are saved and
 * restored at each switch.
 */
#define _GNU_SOURCE
#include "memory.h"

#include "../../../lib/internal.h"

#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 64, LOCAL = 1024 };

viewer viewers[TEAM];
bool memory_active;
unsigned memory_self = OUTSIDE;

static bool tells; /* memory_tells_order */
static struct { const void *of; view seen; } objects[OBJECTS]; /* mutexes, and what else is released and acquired */
static unsigned object_count;

static struct {
	unsigned char *begin;
	size_t size;
	unsigned char first[LOCAL], of[TEAM][LOCAL];
} locals;

bool memory_tells_order(void)
{
	return tells;
}

void view_join(view *to, const view *from)
{
	for (unsigned i = 0; i < location_count; i++)
		if (to->of_location[i] < from->of_location[i])
			to->of_location[i] = from->of_location[i];
	for (unsigned i = 0; i < TEAM; i++)
		if (to->clock[i] < from->clock[i])
			to->clock[i] = from->clock[i];
}

/* The rest of `to` must be zero, because locations are added later. */
void view_copy(view *to, const view *from)
{
	memcpy(to->of_location, from->of_location, location_count * sizeof *to->of_location);
	memset(to->of_location + location_count, 0, (LOCATIONS - location_count) * sizeof *to->of_location);
	memcpy(to->clock, from->clock, sizeof to->clock);
}

/* -------------------------------------------------------------------------------------- thread-local data -- */

/* The program itself comes first. */
static int find_locals(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_TLS) {
			locals.begin = info->dlpi_tls_data;
			locals.size = info->dlpi_phdr[i].p_memsz;
		}
	return 1;
}

static void keep_first_locals(void)
{
	if (locals.begin)
		return;
	dl_iterate_phdr(find_locals, NULL);
	if (locals.size > LOCAL)
		abort(); /* make LOCAL larger */
	memcpy(locals.first, locals.begin, locals.size);
}

void memory_renew_locals(void)
{
	memcpy(locals.begin, locals.first, locals.size);
}

bool view_is_own(const void *at)
{
	return (uintptr_t)at - (uintptr_t)locals.begin < locals.size || at == (const void *)&errno;
}

void memory_switch(unsigned from, unsigned to)
{
	memcpy(locals.of[from], locals.begin, locals.size);
	memcpy(locals.begin, locals.of[to], locals.size);
	memory_self = to;
}

/* ------------------------------------------------------------------------------------------ begin and end -- */

/* In half of the schedules, the threads know which calls ended before theirs. Only then are calls linearizable. In the
 * other half only the library's own orders connect the threads, so more races are found. */
void memory_begin(void)
{
	keep_first_locals();
	location_count = 0;
	object_count = 0;
	memset(viewers, 0, sizeof viewers);
	for (unsigned i = 0; i < TEAM; i++)
		viewers[i].now.clock[i] = 1;
	memory_self = OUTSIDE;
	memory_active = true;
	tells = choose_number(2) == 1;
	atomics_begin();
	races_begin();
}

void memory_fork(unsigned threads)
{
	for (unsigned i = 0; i < threads; i++) {
		view_join(&viewers[i].now, &viewers[OUTSIDE].now);
		memcpy(locals.of[i], locals.first, locals.size);
	}
	viewers[OUTSIDE].now.clock[OUTSIDE]++;
	memory_switch(OUTSIDE, leati_thread);
}

void memory_join(unsigned threads)
{
	memory_switch(memory_self, OUTSIDE);
	for (unsigned i = 0; i < threads; i++)
		view_join(&viewers[OUTSIDE].now, &viewers[i].now);
}

/* -------------------------------------------------------------------------------------- release, acquire -- */

static view *view_of(const void *object)
{
	unsigned i = 0;

	while (i < object_count && objects[i].of != object)
		i++;
	if (i == OBJECTS) {
		complain("more than %d mutexes in a schedule", OBJECTS);
		i = 0;
	}
	if (i == object_count) {
		memset(&objects[i].seen, 0, sizeof objects[i].seen);
		objects[i].of = object;
		object_count++;
	}
	return &objects[i].seen;
}

void memory_acquire(const void *object)
{
	view_join(&viewers[memory_self].now, view_of(object));
}

void memory_release(const void *object)
{
	view_join(view_of(object), &viewers[memory_self].now);
	viewers[memory_self].now.clock[memory_self]++;
}
