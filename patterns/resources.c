/* leat_resources - a few expensive things, lent to whoever comes first.
 *
 *     get --> [ idle things, places for more ] <-- put
 *     get --> waits in line      put_broken: a place again
 *
 * At most so many places are taken: by things that are idle, out, or being opened. What comes back, a thing or a
 * place, goes straight to the first in line; so nobody waits while there is something to be had.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

struct leat_resources {
	leat_monitor monitor;
	leat_resources_plan plan;
	size_t taken, idle; /* places; those of them whose things are here */
	int error;          /* the first of those that warm */
	void *things[];     /* the last one put is lent first: it is warm */
};

/* Who waits in line gets a thing, or a place where to open one. Who waits for all to be back asks for no thing. */
struct resources_ask { void **thing; int opens; };

/* --------------------------------------------------------------------- what comes back: inside the monitor -- */

/* The first in line for a thing, who leaves the line. What it asks for stays until we leave the monitor. */
static struct resources_ask *resources_next(leat_resources *resources)
{
	struct resources_ask *first = leat_monitor_first(&resources->monitor);

	return first && first->thing && leat_monitor_wake(&resources->monitor) ? first : NULL;
}

static void resources_look_whether_all_are_back(leat_resources *resources)
{
	if (resources->taken == resources->idle)
		(void)leat_monitor_wake(&resources->monitor); /* nobody may wait for that */
}

static void resources_return_thing(leat_resources *resources, void *thing)
{
	struct resources_ask *next = resources_next(resources);

	if (next)
		*next->thing = thing;
	else
		resources->things[resources->idle++] = thing;
	resources_look_whether_all_are_back(resources);
}

static void resources_return_place(leat_resources *resources)
{
	struct resources_ask *next = resources_next(resources);

	if (next)
		next->opens = 1;
	else
		resources->taken--;
	resources_look_whether_all_are_back(resources);
}

/* ---------------------------------------------------------------------------------------- open, close, lend -- */

/* Also what happens when a function of the user's leaves by pthread_exit. */
static void resources_lose(void *of_resources)
{
	leat_resources *resources = of_resources;

	leat_monitor_enter(&resources->monitor);
	resources_return_place(resources);
	leat_monitor_leave(&resources->monitor);
}

/* In a place that is the caller's. */
static int resources_open(leat_resources *resources, void **thing)
{
	int error;

	pthread_cleanup_push(resources_lose, resources);
	error = resources->plan.open(resources->plan.arg, thing);
	pthread_cleanup_pop(error < 0);
	if (error < 0)
		errno = -error;
	return error < 0 ? -1 : 1;
}

int leat_resources_get(leat_resources *resources, void **thing, leat_rx done, leat_time t)
{
	struct resources_ask ask = { thing, 0 };
	int result = 1;

	if (!resources || !thing) {
		errno = EINVAL;
		return -1;
	}
	leat_monitor_enter(&resources->monitor);
	if (resources->idle > 0) {
		*thing = resources->things[--resources->idle];
	} else if (resources->taken < resources->plan.most) {
		resources->taken++;
		ask.opens = 1;
	} else {
		result = leat_monitor_wait(&resources->monitor, &ask, done, t);
	}
	leat_monitor_leave(&resources->monitor);
	return result > 0 && ask.opens ? resources_open(resources, thing) : result;
}

/* More than are out cannot come back. */
static void resources_must_be_out(leat_resources *resources, const char *where)
{
	size_t out;

	leat_monitor_enter(&resources->monitor);
	out = resources->taken - resources->idle;
	leat_monitor_leave(&resources->monitor);
	if (out == 0)
		leat_panic_(where, "a resource was put that had not been got");
}

void leat_resources_put_(leat_resources *resources, void *thing, const char *where)
{
	resources_must_be_out(resources, where);
	leat_monitor_enter(&resources->monitor);
	resources_return_thing(resources, thing);
	leat_monitor_leave(&resources->monitor);
}

/* Its place is free when it is closed, not before: there are never more than `most` open. */
void leat_resources_put_broken_(leat_resources *resources, void *thing, const char *where)
{
	resources_must_be_out(resources, where);
	pthread_cleanup_push(resources_lose, resources);
	resources->plan.close(resources->plan.arg, thing);
	pthread_cleanup_pop(1);
}

/* ------------------------------------------------------------------------------------------- make, warm, drop -- */

static void resources_wait_for_all(leat_resources *resources)
{
	struct resources_ask nothing = { NULL, 0 };

	leat_monitor_enter(&resources->monitor);
	while (resources->taken != resources->idle)
		(void)leat_monitor_wait(&resources->monitor, &nothing, LEAT_NIL, LEAT_NEVER); /* for ever: 1 */
	leat_monitor_leave(&resources->monitor);
}

static void resources_fail(leat_resources *resources, int error)
{
	leat_monitor_enter(&resources->monitor);
	if (!resources->error)
		resources->error = error;
	leat_monitor_leave(&resources->monitor);
}

/* The error first: when its place is back, the resources may end. */
static void resources_leave_cold(void *of_resources)
{
	resources_fail(of_resources, EOWNERDEAD); /* unless there is another */
	resources_lose(of_resources);
}

static void resources_warm_one(void *of_resources)
{
	leat_resources *resources = of_resources;
	void *thing = NULL;
	int error;

	pthread_cleanup_push(resources_leave_cold, resources);
	error = resources->plan.open(resources->plan.arg, &thing);
	if (error < 0)
		resources_fail(resources, -error);
	pthread_cleanup_pop(error < 0);
	if (error >= 0)
		leat_resources_put(resources, thing);
}

static void resources_warm(leat_resources *resources)
{
	resources->taken = resources->plan.warm;
	for (size_t i = 0; i < resources->plan.warm; i++) {
		if (leat_go(resources_warm_one, resources) < 0) {
			resources_fail(resources, errno);
			resources_lose(resources);
		}
	}
	resources_wait_for_all(resources);
}

static void resources_end(leat_resources *resources)
{
	while (resources->idle > 0)
		resources->plan.close(resources->plan.arg, resources->things[--resources->idle]);
	free(resources);
}

leat_resources *leat_resources_make(const leat_resources_plan *plan)
{
	leat_resources *made = NULL;
	int error = EINVAL;

	if (plan && plan->open && plan->close && plan->most > 0 && plan->warm <= plan->most &&
	    plan->most <= (PTRDIFF_MAX - sizeof *made) / sizeof *made->things) {
		made = malloc(sizeof *made + plan->most * sizeof *made->things);
		error = ENOMEM;
	}
	if (made) {
		*made = (leat_resources){ .plan = *plan };
		resources_warm(made);
		error = made->error;
	}
	if (made && error) {
		resources_end(made);
		made = NULL;
	}
	if (error)
		errno = error;
	return made;
}

void leat_resources_drop(leat_resources *resources)
{
	if (!resources)
		return;
	resources_wait_for_all(resources);
	resources_end(resources);
}
