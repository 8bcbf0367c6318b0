/* SPDX-License-Identifier: 0BSD
 *
 * scenarios.c - scenarios whose threads are instrumented, as the library is. So the memory that they share must be
 * ordered by the library. The threads are in instrumented/.
 *
 *     scenarios [OPTION...] [SCENARIO...]                    (explore.h)
 *
 * This program has all sources of the library, so it can list all their memory orders (orders.c).
 */
#include "../schedule/explore.h"
#include "system.h"

#include "leat.h"

#include <string.h>

static const scenario *const tables[] = { channel_scenarios, thread_scenarios, stage_scenarios, forkjoin_scenarios,
	                                  object_scenarios };

static const scenario *run;
static unsigned own; /* threads of the scenario */

static const scenario *nth(size_t i)
{
	for (size_t table = 0; table < sizeof tables / sizeof *tables; table++)
		for (const scenario *each = tables[table]; each->name; each++)
			if (i-- == 0)
				return each;
	return NULL;
}

static const char *name_of_nth(size_t i)
{
	return nth(i) ? nth(i)->name : NULL;
}

static void choose_scenario(const char *name)
{
	size_t i = 0;

	while (nth(i) && strcmp(nth(i)->name, name) != 0)
		i++;
	if (!nth(i))
		explore_refuse("no such scenario", name);
	run = nth(i);
	for (own = 0; own < THREADS && run->threads[own];)
		own++;
}

static void thread(unsigned number)
{
	if (number < own)
		system_thread(run->threads[number]);
	else
		system_started_thread();
}

static void nothing(void)
{
}

static bool run_schedule(const chooser *by)
{
	schedule_begin(by);
	system_begin(own);
	run->set_up();
	if (schedule_run(thread, THREADS, nothing))
		run->end();
	return schedule_end();
}

int main(int argc, char **argv)
{
	const exploration program = { "scenarios", name_of_nth, choose_scenario, run_schedule, nothing };

	return explore(&program, argc, argv);
}
