/* SPDX-License-Identifier: 0BSD
 *
 * counters.c - counters of the program's own.
 */
#define _POSIX_C_SOURCE 200809L
#include "../../lib/insight/counter.h"
#include "../test.h"

#include <limits.h>

enum { THREADS = 4, ROUNDS = 1000, COUNTERS = 50 };

static leat_counter used_first = LEAT_COUNTER("first"), used_second = LEAT_COUNTER("second");
static leat_counter never_used = LEAT_COUNTER("an unused one");
static leat_counter many[COUNTERS];

/* How often the counter is on the list; *at: its number. */
static int times_listed(const leat_counter *counter, size_t *at)
{
	int times = 0;
	size_t i = 0;

	for (const leat_counter *each = NULL; (each = leati_next_counter(each)) != NULL; i++)
		if (each == counter) {
			times++;
			*at = i;
		}
	check(i <= leati_counters()); /* others may have come */
	return times;
}

static void a_counter_counts(void)
{
	check(leat_counter_get(&used_first) == 0);
	leat_counter_add(&used_first, 5);
	leat_counter_add(&used_first, -7);
	check(leat_counter_get(&used_first) == -2);
	leat_counter_set(&used_second, LONG_MIN);
	check(leat_counter_get(&used_second) == LONG_MIN);
	leat_counter_add(&used_second, -1);
	check(leat_counter_get(&used_second) == LONG_MAX);
}

static void counters_are_listed_in_the_order_of_their_first_use(void)
{
	size_t first, second, none;

	check(times_listed(&used_first, &first) == 1 && times_listed(&used_second, &second) == 1);
	check(first < second);
	check(leat_counter_get(&never_used) == 0);
	check(times_listed(&never_used, &none) == 0);
	leat_counter_set(&used_first, 0);
	check(times_listed(&used_first, &none) == 1);
}

static void counters_are_shared_by_name(void)
{
	char name[] = "peer 1";
	leat_counter *peer = leat_counter_named(name);

	name[5] = '2';
	check(peer && strcmp(peer->name, "peer 1") == 0 && leat_counter_get(peer) == 0);
	leat_counter_add(peer, 3);
	check(leat_counter_named("peer 1") == peer && leat_counter_named(name) != peer);
	check(leat_counter_named("first") == &used_first);
}

static atomic_int looked_up;

static void look_up(void *of_counters)
{
	leat_counter **counters = of_counters;
	char name[20];

	meet(&looked_up, THREADS);
	for (int i = 0; i < COUNTERS; i++) {
		(void)snprintf(name, sizeof name, "shared %d", i);
		check((counters[i] = leat_counter_named(name)) != NULL);
		leat_counter_add(counters[i], 1);
	}
}

/* Threads that ask for a new name at the same time get the same counter. */
static void threads_share_new_counters(void)
{
	static leat_counter *counters[THREADS][COUNTERS];
	size_t at;

	for (int i = 0; i < THREADS; i++)
		check(leat_go(look_up, counters[i]) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < COUNTERS; i++) {
		for (int thread = 1; thread < THREADS; thread++)
			check(counters[thread][i] == counters[0][i]);
		check(leat_counter_get(counters[0][i]) == THREADS && times_listed(counters[0][i], &at) == 1);
	}
}

static atomic_int arrived;

static void use_all(void *arg)
{
	(void)arg;
	meet(&arrived, THREADS);
	for (int i = 0; i < ROUNDS; i++)
		for (int c = 0; c < COUNTERS; c++)
			leat_counter_add(&many[c], c);
}

static void threads_use_the_same_counters_at_once(void)
{
	background threads[THREADS];
	size_t at;

	for (int c = 0; c < COUNTERS; c++)
		many[c].name = "one of many";
	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], use_all, NULL);
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
	for (int c = 0; c < COUNTERS; c++) {
		check(leat_counter_get(&many[c]) == (long)THREADS * ROUNDS * c);
		check(times_listed(&many[c], &at) == 1);
	}
}

static void reports_show_counters(void)
{
	leat_counter_set(&used_first, -12);
	check(reports(LEAT_TEXT, "\nCOUNTERS\n"));
	check(reports(LEAT_TEXT, "  first        -12\n"));
	check(reports(LEAT_JSON, "{\"name\": \"first\", \"value\": -12}"));
	check(!reports(LEAT_TEXT, "an unused one") && !reports(LEAT_JSON, "an unused one"));
}

int main(int argc, char **argv)
{
	return RUN(a_counter_counts, counters_are_listed_in_the_order_of_their_first_use,
	           counters_are_shared_by_name, threads_share_new_counters,
	           threads_use_the_same_counters_at_once, reports_show_counters);
}
