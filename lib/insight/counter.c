/* SPDX-License-Identifier: 0BSD
 *
 * counter.c - numbers of the program's own, which reports show.
 *
 * A counter puts itself at the end of a list when it is used for the first time, and stays there for ever. So the list
 * needs no lock: a thread that appends replaces the NULL at its end.
 */
#define _POSIX_C_SOURCE 200809L
#include "counter.h"

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

static const leat_counter *next_counter(const leat_counter *c)
{
	return atomic_load(c ? &c->next_ : &first_counter);
}

size_t leati_counters(void)
{
	size_t n = 0;

	for (const leat_counter *c = NULL; (c = next_counter(c)) != NULL;)
		n++;
	return n;
}

const leat_counter *leati_nth_counter(size_t n)
{
	const leat_counter *c = next_counter(NULL);

	while (n-- > 0)
		c = next_counter(c);
	return c;
}
