/* SPDX-License-Identifier: 0BSD
 *
 * atomics.c - the atomic operations: the history of each location, and the store that an operation reads or follows.
 * The model and its invariants are in memory.h.
 *
 * The chooser picks among the stores that C11 allows. A thread reads an old store of a location at most STUBBORN times
 * in a row. So a loop that waits for a new value ends.
 */
#include "atomics.h"

#include <string.h>

enum { HISTORY = 8, STORES = 1 << 14, STUBBORN = 2, APART = 8 };

typedef struct {
	uint64_t value;
	stamp at;      /* its place in modification order */
	bool taken;    /* a read-modify-write read it */
	bool carries;  /* a view, `released` */
	view released;
} store;

typedef struct {
	unsigned size, count;
	bool overwritten;     /* by a plain write: its history begins again */
	stamp strongest;      /* the last store that a later seq_cst operation must not overlook */
	store *of[HISTORY];   /* the last one first */
	unsigned char old[TEAM], failed[TEAM]; /* how many times in a row each thread has read an old store, and has
	                                        * failed for no reason */
} location;

unsigned location_count;
static location locations[LOCATIONS];
static store stores[STORES];
static unsigned store_count;

void atomics_begin(void)
{
	store_count = 0;
}

static bool acquires(int order)
{
	return order == __ATOMIC_CONSUME || order == __ATOMIC_ACQUIRE || order >= __ATOMIC_ACQ_REL;
}

static bool releases(int order)
{
	return order >= __ATOMIC_RELEASE;
}

static uint64_t peek(const volatile void *at, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, (const void *)(uintptr_t)at, size);
	return value;
}

static void poke(volatile void *at, unsigned size, uint64_t value)
{
	memcpy((void *)(uintptr_t)at, &value, size);
}

/* ----------------------------------------------------------------------------------------------- locations -- */

/* A new store, which follows the one of this age (0: the last). */
static store *add_store(location *of, unsigned age)
{
	store *made = &stores[store_count];
	unsigned last = of->count && of->of[0]->at ? of->of[0]->at : 0;

	if (store_count + 1 < STORES)
		store_count++;
	else
		complain("more than %d stores in a schedule", STORES);
	if (last > UINT16_MAX - 2 * APART)
		complain("too many stores of a location");
	made->at = (stamp)(age ? (of->of[age]->at + of->of[age - 1]->at) / 2u : last + APART);
	made->taken = made->carries = false;
	if (of->count < HISTORY)
		of->count++;
	memmove(of->of + age + 1, of->of + age, (of->count - age - 1) * sizeof *of->of);
	of->of[age] = made;
	return made;
}

/* The value in memory becomes the only store. Every thread may read it: races.c checks that it may. */
static void restart(location *of, const volatile void *at)
{
	store *first = add_store(of, 0);

	first->value = peek(at, of->size);
	of->of[0] = first;
	of->count = 1;
	of->overwritten = false;
}

static location *add_location(unsigned size, unsigned char *number)
{
	if (location_count == LOCATIONS) {
		complain("more than %d atomic locations in a schedule", LOCATIONS);
		location_count--;
	}
	*number = (unsigned char)location_count;
	locations[location_count] = (location){ .size = size, .overwritten = true };
	return &locations[location_count++];
}

/* Memory on a stack may have been another object before, of another size. */
static location *locate(const volatile void *at, unsigned size)
{
	unsigned char *number = races_location((uintptr_t)at);
	location *found = *number == NO_LOCATION || locations[*number].size != size ? add_location(size, number) :
	                                                                            &locations[*number];

	if (found->overwritten)
		restart(found, at);
	return found;
}

void atomics_overwrite(unsigned char number)
{
	locations[number].overwritten = true;
}

static stamp *seen_of(const location *of, view *by)
{
	return &by->of_location[of - locations];
}

/* ------------------------------------------------------------------------------------------------- choices -- */

static bool may_read(const location *of, unsigned age, unsigned self, int order)
{
	stamp at = of->of[age]->at;

	return at >= *seen_of(of, &viewers[self].now) && (order != __ATOMIC_SEQ_CST || at >= of->strongest);
}

/* Whether a store may follow the one of this age, as far as modification order has room there. */
static bool may_follow(const location *of, unsigned age, unsigned self, int order)
{
	return may_read(of, age, self, order) && !of->of[age]->taken &&
	       (age == 0 || of->of[age - 1]->at - of->of[age]->at > 1);
}

/* Choose one of the ages. The first is that of the last store. */
static unsigned choose_age(location *of, unsigned self, const unsigned *ages, unsigned count)
{
	unsigned age;

	if (count < 2 || memory_self == OUTSIDE || of->old[self] >= STUBBORN) {
		of->old[self] = 0;
		return ages[0];
	}
	age = ages[choose_number(count)];
	of->old[self] = age ? (unsigned char)(of->old[self] + 1) : 0;
	return age;
}

/* `wanted`: for a compare-and-exchange. It may read any store that has another value, and fails; or one that has this
 * value, if its own store may follow there. */
static unsigned choose_store(location *of, unsigned self, int order, bool follow, const uint64_t *wanted, int fail)
{
	unsigned ages[HISTORY], count = 0;

	for (unsigned age = 0; age < of->count; age++) {
		bool modifies = wanted ? of->of[age]->value == *wanted : follow;

		if (modifies ? may_follow(of, age, self, order) : may_read(of, age, self, wanted ? fail : order))
			ages[count++] = age;
	}
	return choose_age(of, self, ages, count);
}

/* --------------------------------------------------------------------------------------------- read, write -- */

static void see(const location *of, unsigned self, const store *read, int order)
{
	viewer *by = &viewers[self];

	*seen_of(of, &by->now) = read->at;
	if (read->carries)
		view_join(acquires(order) ? &by->now : &by->pending, &read->released);
}

/* A read-modify-write passes on what the store carries that it read. */
static void carry(store *made, unsigned self, int order, const store *read)
{
	viewer *by = &viewers[self];

	made->carries = releases(order) || by->has_fence || (read && read->carries);
	if (!made->carries)
		return;
	if (releases(order))
		view_copy(&made->released, &by->now);
	else if (by->has_fence)
		view_copy(&made->released, &by->fence);
	else
		memset(&made->released, 0, sizeof made->released);
	if (read && read->carries)
		view_join(&made->released, &read->released);
}

static void write_after(location *of, unsigned self, unsigned age, volatile void *at, uint64_t value, int order,
                        store *read)
{
	store *made = add_store(of, age);

	if (read)
		read->taken = true;
	made->value = value;
	*seen_of(of, &viewers[self].now) = made->at;
	carry(made, self, order, read);
	if (made->carries)
		*seen_of(of, &made->released) = made->at;
	if (order == __ATOMIC_SEQ_CST)
		of->strongest = made->at;
	if (age == 0)
		poke(at, of->size, value);
	viewers[self].now.clock[self]++;
}

uint64_t atomics_load(const volatile void *at, unsigned size, int order, const void *caller)
{
	unsigned self = memory_self;
	location *of;
	const store *read;

	if (!memory_active)
		return peek(at, size);
	races_atomic((uintptr_t)at, size, false, caller);
	of = locate(at, size);
	read = of->of[choose_store(of, self, order, false, NULL, 0)];
	see(of, self, read, order);
	return read->value;
}

void atomics_store(volatile void *at, unsigned size, uint64_t value, int order, const void *caller)
{
	unsigned self = memory_self;
	location *of;

	if (!memory_active) {
		poke(at, size, value);
		return;
	}
	races_atomic((uintptr_t)at, size, true, caller);
	of = locate(at, size);
	write_after(of, self, choose_store(of, self, order, true, NULL, 0), at, value, order, NULL);
}

static uint64_t changed(uint64_t value, change how, uint64_t by)
{
	switch (how) {
	case ADD: return value + by;
	case SUB: return value - by;
	case AND: return value & by;
	case OR: return value | by;
	case XOR: return value ^ by;
	case NAND: return ~(value & by);
	default: return by;
	}
}

uint64_t atomics_modify(volatile void *at, unsigned size, change how, uint64_t by, int order, const void *caller)
{
	unsigned self = memory_self, age;
	location *of;
	store *read;
	uint64_t mask = size < 8 ? ((uint64_t)1 << size * 8) - 1 : UINT64_MAX, before = peek(at, size);

	if (!memory_active) {
		poke(at, size, changed(before, how, by));
		return before;
	}
	races_atomic((uintptr_t)at, size, true, caller);
	of = locate(at, size);
	age = choose_store(of, self, order, true, NULL, 0);
	read = of->of[age];
	see(of, self, read, order);
	write_after(of, self, age, at, changed(read->value, how, by) & mask, order, read);
	return read->value;
}

/* A weak exchange may fail for no reason, a few times in a row. */
static bool fails_for_nothing(location *of, unsigned self)
{
	if (self == OUTSIDE || of->failed[self] >= STUBBORN || choose_number(2) == 0) {
		of->failed[self] = 0;
		return false;
	}
	of->failed[self]++;
	return true;
}

bool atomics_exchange_if(volatile void *at, unsigned size, void *expected, uint64_t value, bool weak, int order,
                         int fail, const void *caller)
{
	unsigned self = memory_self, age;
	uint64_t wanted = peek(expected, size), before = peek(at, size);
	location *of;
	store *read;
	bool exchanges;

	if (!memory_active) {
		poke(before == wanted ? at : expected, size, before == wanted ? value : before);
		return before == wanted;
	}
	races_atomic((uintptr_t)at, size, true, caller);
	of = locate(at, size);
	age = choose_store(of, self, order, false, &wanted, fail);
	read = of->of[age];
	exchanges = read->value == wanted && !(weak && fails_for_nothing(of, self));
	see(of, self, read, exchanges ? order : fail);
	if (exchanges) {
		write_after(of, self, age, at, value, order, read);
		return true;
	}
	poke(expected, size, read->value);
	return false;
}

/* A seq_cst fence sees the last seq_cst stores, and what earlier seq_cst fences have seen; later ones see what this one
 * has seen. */
static void meet_seq_cst(view *now)
{
	for (location *of = locations; of < locations + location_count; of++) {
		if (of->strongest > *seen_of(of, now))
			*seen_of(of, now) = of->strongest;
		else
			of->strongest = *seen_of(of, now);
	}
}

void atomics_fence(int order)
{
	viewer *by = &viewers[memory_self];

	if (acquires(order))
		view_join(&by->now, &by->pending);
	if (order == __ATOMIC_SEQ_CST)
		meet_seq_cst(&by->now);
	if (releases(order)) {
		view_copy(&by->fence, &by->now);
		by->has_fence = true;
		by->now.clock[memory_self]++;
	}
}
