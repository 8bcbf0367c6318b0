/* leat_resources - a few expensive things, lent to the threads in the order in which they ask.
 *
 *     get --> [ idle things, places for more ] <-- put
 *     get --> waits in line      put_broken: a place again
 *
 * There are `most` places. A place is taken by a thing that is idle, out, or busy: it is being opened or closed. A
 * thing or a place that comes back goes straight to the first in line, so no thread waits while there is a thing or a
 * place for it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

struct leat_resources {
	leat_monitor monitor;
	leat_resources_plan plan;
	size_t taken, idle, busy; /* places: taken ones, and of these idle and busy ones. The other things are out */
	leat_rx gate;       /* while things are opened in advance: over when all threads for that have been started */
	int error;          /* the first error while things are opened in advance */
	void *things[];     /* the idle things; the last one put is lent first, because it is still in the caches */
};

/* A waiter gets a thing in *thing, or a place in which it opens one itself. A waiter with `thing` NULL waits for all
 * things to be back. */
struct resources_ask { void **thing; int opens; };

/* --------------------------------------------------------------------- what comes back: inside the monitor -- */

/* Wake the first in line if it waits for a thing. Its struct stays valid until this thread leaves the monitor. */
static struct resources_ask *resources_next(leat_resources *resources)
{
	struct resources_ask *first = leat_monitor_first(&resources->monitor);

	return first && first->thing && leat_monitor_wake(&resources->monitor) ? first : NULL;
}

static void resources_tell_if_all_are_back(leat_resources *resources)
{
	if (resources->taken == resources->idle)
		(void)leat_monitor_wake(&resources->monitor); /* 0: no thread waits for that */
}

/* Give a thing whose place is busy to the first in line, or keep it as idle. */
static void resources_return_thing(leat_resources *resources, void *thing)
{
	struct resources_ask *next = resources_next(resources);

	resources->busy--;
	if (next)
		*next->thing = thing;
	else
		resources->things[resources->idle++] = thing;
	resources_tell_if_all_are_back(resources);
}

/* Give a busy place to the first in line, which opens a thing in it: the place stays busy. Else the place is free. */
static void resources_return_place(leat_resources *resources)
{
	struct resources_ask *next = resources_next(resources);

	if (next) {
		next->opens = 1;
	} else {
		resources->taken--;
		resources->busy--;
	}
	resources_tell_if_all_are_back(resources);
}

/* ---------------------------------------------------------------------------------------- open, close, lend -- */

/* Give a place back. Also called when a function of the user's leaves by pthread_exit. */
static void resources_lose(void *of_resources)
{
	leat_resources *resources = of_resources;

	leat_monitor_enter(&resources->monitor);
	resources_return_place(resources);
	leat_monitor_leave(&resources->monitor);
}

/* Open a thing in the busy place that the caller has. Then the thing is out. */
static int resources_open(leat_resources *resources, void **thing)
{
	int error;

	pthread_cleanup_push(resources_lose, resources);
	error = resources->plan.open(resources->plan.arg, thing);
	pthread_cleanup_pop(error < 0);
	if (error < 0)
		return leat_refuse(leat_errno_of_(error));
	leat_monitor_enter(&resources->monitor);
	resources->busy--;
	leat_monitor_leave(&resources->monitor);
	return 1;
}

/* done is checked first. Otherwise a loop that always finds an idle thing would never notice it. */
int leat_resources_get(leat_resources *resources, void **thing, leat_rx done, leat_time t)
{
	leat_until_ until = { .done = done, .what = "a resource" };
	struct resources_ask ask = { thing, 0 };
	int result = 1;

	if (!resources || !thing)
		return leat_refuse(EINVAL);
	if (!leat_is_nil(done) && leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(ECANCELED);
	leat_monitor_enter(&resources->monitor);
	if (resources->idle > 0) {
		*thing = resources->things[--resources->idle];
	} else if (resources->taken < resources->plan.most) {
		resources->taken++;
		resources->busy++;
		ask.opens = 1;
	} else {
		result = leat_monitor_wait_until_(&resources->monitor, &ask, until, t);
	}
	leat_monitor_leave(&resources->monitor);
	return result > 0 && ask.opens ? resources_open(resources, thing) : result;
}

/* A thing that is out comes back: its place is busy from now on. Checking and counting are one step, because another
 * thread may put at the same time. If `thing` is given, it is lent again in the same step. */
static void resources_take_back(leat_resources *resources, void **thing, const char *where)
{
	int out = 0;

	if (resources) {
		leat_monitor_enter(&resources->monitor);
		out = resources->taken > resources->idle + resources->busy;
		resources->busy += out ? 1 : 0;
		if (out && thing)
			resources_return_thing(resources, *thing);
		leat_monitor_leave(&resources->monitor);
	}
	if (!out)
		leat_panic_(where, "a resource was put that had not been got");
}

void leat_resources_put_(leat_resources *resources, void *thing, const char *where)
{
	resources_take_back(resources, &thing, where);
}

/* Its place becomes free only when the thing is closed. So there are never more than `most` open things. */
void leat_resources_put_broken_(leat_resources *resources, void *thing, const char *where)
{
	resources_take_back(resources, NULL, where);
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
		(void)leat_monitor_wait(&resources->monitor, &nothing, LEAT_NIL, LEAT_NEVER); /* 1, always */
	leat_monitor_leave(&resources->monitor);
}

static void resources_fail(leat_resources *resources, int error)
{
	leat_monitor_enter(&resources->monitor);
	if (!resources->error)
		resources->error = error;
	leat_monitor_leave(&resources->monitor);
}

/* The error is set first: as soon as the place is back, the maker may free the resources. */
static void resources_fail_to_warm(void *of_resources)
{
	resources_fail(of_resources, EOWNERDEAD); /* an earlier error stays */
	resources_lose(of_resources);
}

/* Nothing is opened before all threads for that have been started. */
static void resources_warm_one(void *of_resources)
{
	leat_resources *resources = of_resources;
	void *thing = NULL;
	int error;

	(void)leat_wait(resources->gate); /* 0, always: no value comes, only the end */
	pthread_cleanup_push(resources_fail_to_warm, resources);
	error = -leat_cause(resources->gate);
	if (!error)
		error = resources->plan.open(resources->plan.arg, &thing);
	if (error < 0)
		resources_fail(resources, leat_errno_of_(error));
	pthread_cleanup_pop(error < 0);
	if (error < 0)
		return;
	leat_monitor_enter(&resources->monitor);
	resources_return_thing(resources, thing);
	leat_monitor_leave(&resources->monitor);
}

/* Start the threads. Returns 0 or an errno value. */
static int resources_start_to_warm(leat_resources *resources, const char *where)
{
	int error = leat_cause(resources->gate);

	while (!error && resources->taken < resources->plan.warm) {
		if (leat_go_as_("resources", resources_warm_one, resources, where) < 0)
			error = errno;
		else
			resources->taken = ++resources->busy; /* without the monitor: the threads wait at the gate */
	}
	return error;
}

static void resources_warm(leat_resources *resources, const char *where)
{
	leat_chan gate = leat_make_unit();

	leat_name(gate, "resources.gate");
	resources->gate = gate.rx;
	resources->error = resources_start_to_warm(resources, where);
	(void)leat_close_with(gate.tx, resources->error); /* 1; or 0 if it could not be made */
	resources_wait_for_all(resources);
	leat_drop(gate);
}

static void resources_end(leat_resources *resources)
{
	while (resources->idle > 0)
		resources->plan.close(resources->plan.arg, resources->things[--resources->idle]);
	free(resources);
}

static int resources_can_be_made(const leat_resources_plan *plan)
{
	size_t most = (PTRDIFF_MAX - sizeof(leat_resources)) / sizeof(void *);

	return plan && plan->open && plan->close && plan->most > 0 && plan->most <= most && plan->warm <= plan->most;
}

leat_resources *leat_resources_make_at_(const leat_resources_plan *plan, const char *where)
{
	leat_resources *made = NULL;
	int error = EINVAL;

	if (resources_can_be_made(plan)) {
		made = malloc(sizeof *made + plan->most * sizeof *made->things);
		error = ENOMEM;
	}
	if (made) {
		*made = (leat_resources){ .plan = *plan };
		if (plan->warm)
			resources_warm(made, where);
		error = made->error;
	}
	if (!error)
		return made;
	if (made)
		resources_end(made);
	errno = error;
	return NULL;
}

leat_resources *(leat_resources_make)(const leat_resources_plan *plan)
{
	return leat_resources_make_at_(plan, NULL);
}

void leat_resources_drop(leat_resources *resources)
{
	if (!resources)
		return;
	resources_wait_for_all(resources);
	resources_end(resources);
}
