/* SPDX-License-Identifier: 0BSD
 *
 * counter.c - numbers of the program's own, which reports show.
 *
 * A counter puts itself at the end of a list when it is used for the first time, and stays there for ever. So the list
 * needs no lock: a thread that appends replaces the NULL at its end.
 */
#define _POSIX_C_SOURCE 200809L
#include "counter.h"

#include <stdlib.h>
#include <string.h>

static leat_link_ first_counter;

/* Sequentially consistent: it happens once for each counter, so there is nothing to gain from a weaker order. */
static void append_counter(leat_counter *counter)
{
	leat_link_ *end = &first_counter;
	void *next = NULL;

	if (atomic_exchange(&counter->listed_, 1))
		return;
	while (!atomic_compare_exchange_strong(end, &next, counter)) {
		end = &((leat_counter *)next)->next_;
		next = NULL;
	}
}

/* The first counter of this name. If there is none, *end is the end of the list. */
static leat_counter *find_counter(const char *name, leat_link_ **end)
{
	leat_counter *counter;

	while ((counter = atomic_load(*end)) != NULL && strcmp(counter->name, name) != 0)
		*end = &counter->next_;
	return counter;
}

static leat_counter *make_counter(const char *name)
{
	size_t length = strlen(name) + 1;
	leat_counter *made = malloc(sizeof *made + length);

	if (made) {
		*made = (leat_counter)LEAT_COUNTER((char *)(made + 1));
		memcpy(made + 1, name, length);
		atomic_store(&made->listed_, 1);
	}
	return made;
}

/* If another thread has appended meanwhile, look at what it has appended. */
leat_counter *leat_counter_named(const char *name)
{
	leat_link_ *end = &first_counter;
	leat_counter *found, *made = NULL;
	void *none = NULL;

	while (!(found = find_counter(name, &end))) {
		if (!made && !(made = make_counter(name))) {
			(void)leat_refuse(ENOMEM);
			return NULL;
		}
		if (atomic_compare_exchange_strong(end, &none, made))
			return made;
		none = NULL;
	}
	free(made);
	return found;
}

static void list_counter(leat_counter *counter)
{
	if (!atomic_load_explicit(&counter->listed_, memory_order_relaxed))
		append_counter(counter);
}

void leat_counter_add(leat_counter *counter, long n)
{
	list_counter(counter);
	atomic_fetch_add_explicit(&counter->value_, n, memory_order_relaxed);
}

void leat_counter_set(leat_counter *counter, long n)
{
	list_counter(counter);
	atomic_store_explicit(&counter->value_, n, memory_order_relaxed);
}

long leat_counter_get(const leat_counter *counter)
{
	return atomic_load_explicit(&counter->value_, memory_order_relaxed);
}

const leat_counter *leati_next_counter(const leat_counter *c)
{
	return atomic_load(c ? &c->next_ : &first_counter);
}

size_t leati_counters(void)
{
	size_t n = 0;

	for (const leat_counter *c = NULL; (c = leati_next_counter(c)) != NULL;)
		n++;
	return n;
}
