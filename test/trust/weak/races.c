/* SPDX-License-Identifier: 0BSD
 *
 * races.c - plain accesses: each must happen after the earlier ones of other threads that it conflicts with.
 *
 * Two accesses conflict if one of them writes and not both are atomic. For each byte, the clock of each thread's last
 * access of each kind is kept. Eight bytes make a GRANULE, whose clocks are compared at once, as the lanes of a vector.
 * The granules are in a hash table, which is not cleared: an entry of an earlier schedule counts as free. Neighbours in
 * memory are neighbours there.
 *
 * As long as one thread alone uses a granule, nothing is compared.
 *
 * A complaint has addresses of the program: `addr2line -e PROGRAM -i ADDRESS` prints the lines.
 */
#include "atomics.h"

#include <string.h>

enum { GRANULE = 8, GRANULES = 1 << 14, SHARED = 0xff };

typedef enum { WRITE, READ, ATOMIC_WRITE, ATOMIC_READ, KINDS } kind;

typedef stamp lanes __attribute__((vector_size(GRANULE * sizeof(stamp))));

typedef struct {
	lanes last[KINDS][TEAM];         /* clocks */
	uintptr_t at;                    /* the address / GRANULE */
	unsigned schedule;
	unsigned char only;              /* the thread that alone uses it, or SHARED */
	bool has_location;
	unsigned char location[GRANULE]; /* the atomic location that begins at this byte, or NO_LOCATION */
	const void *writer;              /* where the program wrote last */
} granule;

static granule granules[GRANULES];
static unsigned schedule, used;

void races_begin(void)
{
	schedule++;
	used = 0;
}

/* The entry for the address, or a free one. */
static granule *find(uintptr_t at)
{
	size_t i = (size_t)(at / GRANULE + (at >> 17) * 1021) % GRANULES;

	while (granules[i].schedule == schedule && granules[i].at != at / GRANULE)
		i = (i + 1) % GRANULES;
	return &granules[i];
}

static void begin_granule(granule *of, uintptr_t at)
{
	memset(of, 0, sizeof *of);
	memset(of->location, NO_LOCATION, sizeof of->location);
	of->at = at / GRANULE;
	of->schedule = schedule;
	of->only = (unsigned char)memory_self;
}

static granule *granule_of(uintptr_t at)
{
	granule *of = find(at);

	if (of->schedule == schedule) {
		if (of->only != memory_self)
			of->only = SHARED;
	} else if (used + 1 < GRANULES) {
		used++;
		begin_granule(of, at);
	} else {
		complain("more than %d bytes of memory are used in a schedule", GRANULE * GRANULES);
		of = &granules[0]; /* the schedule has failed, so any entry will do */
	}
	return of;
}

unsigned char *races_location(uintptr_t at)
{
	granule *of = granule_of(at);

	of->has_location = true;
	return &of->location[at % GRANULE];
}

static lanes all_lanes(unsigned value)
{
	return (lanes){ 0 } + (stamp)value;
}

/* All ones in the lanes of these bytes. */
static lanes lanes_of(size_t first, size_t count)
{
	static const lanes number = { 0, 1, 2, 3, 4, 5, 6, 7 };

	return (lanes)((number - all_lanes((unsigned)first)) < all_lanes((unsigned)count));
}

/* Returns lanes that are not zero where the running thread has not seen an access of this kind. A thread has always
 * seen its own. */
static lanes unseen(const granule *of, kind which)
{
	lanes found = { 0 };

	for (unsigned i = 0; i < TEAM; i++)
		found |= (lanes)(of->last[which][i] > all_lanes(viewers[memory_self].now.clock[i]));
	return found;
}

static bool conflicts(const granule *of, kind which, lanes bytes)
{
	lanes found = unseen(of, WRITE);
	uint64_t any[2];

	if (which <= READ)
		found |= unseen(of, ATOMIC_WRITE);
	if (which == WRITE || which == ATOMIC_WRITE)
		found |= unseen(of, READ);
	if (which == WRITE)
		found |= unseen(of, ATOMIC_READ);
	found &= bytes;
	memcpy(any, &found, sizeof any);
	return any[0] | any[1];
}

static void access(granule *of, kind which, size_t first, size_t count, const void *caller)
{
	static const char *const names[] = { "a write", "a read", "an atomic write", "an atomic read" };
	lanes bytes = lanes_of(first, count), *last = &of->last[which][memory_self];

	if (of->only == SHARED && conflicts(of, which, bytes))
		complain("race: %s at %p, not ordered after another thread's access to %p (it was written at %p last)",
		         names[which], caller, (void *)(of->at * GRANULE + first), of->writer);
	*last = (*last & ~bytes) | (all_lanes(viewers[memory_self].now.clock[memory_self]) & bytes);
	if (which == WRITE)
		of->writer = caller;
}

static void forget_locations(const granule *of, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (of->location[i] != NO_LOCATION)
			atomics_overwrite(of->location[i]);
}

void races_plain(const void *address, size_t size, bool write, const void *caller)
{
	uintptr_t at = (uintptr_t)address, end = at + size;

	if (!memory_active || view_is_own(address))
		return;
	for (size_t count; at < end; at += count) {
		granule *of = granule_of(at);
		size_t first = at % GRANULE;

		count = GRANULE - first < end - at ? GRANULE - first : end - at;
		access(of, write ? WRITE : READ, first, count, caller);
		if (write && of->has_location)
			forget_locations(of, first, count);
	}
}

/* The bytes of an atomic object lie in one granule. */
void races_atomic(uintptr_t at, unsigned size, bool write, const void *caller)
{
	access(granule_of(at), write ? ATOMIC_WRITE : ATOMIC_READ, at % GRANULE, size, caller);
}

/* ---------------------------------------------------------------------------------------------- the tests' -- */

/* New memory: its former accesses are forgotten. */
void memory_alloc(void *block, size_t size)
{
	uintptr_t end = (uintptr_t)block + size;

	for (uintptr_t at = (uintptr_t)block; at < end; at += GRANULE)
		if (find(at)->schedule == schedule)
			begin_granule(find(at), at);
}

/* Like a write of the whole block. */
void memory_free(void *block, size_t size)
{
	races_plain(block, size, true, __builtin_return_address(0));
}

void memory_write(const void *at, size_t size)
{
	races_plain(at, size, true, __builtin_return_address(0));
}

void memory_read(const void *at, size_t size)
{
	races_plain(at, size, false, __builtin_return_address(0));
}
