/* leat_single_flight - calls with the same key at the same time share one call of a function.
 *
 *     do "a" ---\
 *     do "a" ----> [f], one call -> its value for all three
 *     do "a" ---/
 *     do "b" ----> [f]
 *
 * A flight is one call of a function. The thread that begins it runs the function; threads that come with the same key
 * before it has landed wait for it. Each of these users copies the value. The last user may take the value itself, and
 * frees the flight.
 *
 * The monitor of the leat_single_flight protects the list and the counts of users. The monitor of a flight protects
 * what its landing tells. No thread is inside both.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SINGLE_FLIGHT_LINE = 64 }; /* alignment of the value, in bytes */

struct leat_flight {
	struct leat_flight *next;
	int listed;               /* 1: calls with this key still join it */
	size_t users;             /* calls that have not returned */
	pthread_t pilot;          /* the thread that runs the function */
	leat_monitor monitor;     /* protects the next two; users wait in its line */
	int landed, error;        /* landed: the function has returned, with this error or with a value */
	void *value;              /* it lies behind the key, in the same block */
	char key[];
};

/* One call of leat_single_flight_do. */
struct single_flight_call {
	leat_single_flight *single;
	struct leat_flight *flight;
	leat_single_flight_fn *fn;
	void *arg;
};

/* ------------------------------------------------------------------------------------------- the list -- */

/* The caller is inside the monitor. Returns the place of the flight with this key, or the end of the list. */
static struct leat_flight **single_flight_find(leat_single_flight *single, const char *key)
{
	struct leat_flight **at = &single->first_;

	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

/* The caller is inside the monitor. Later calls with its key begin another flight. */
static void single_flight_unlist(leat_single_flight *single, struct leat_flight *flight)
{
	struct leat_flight **at = &single->first_;

	while (flight->listed && *at != flight)
		at = &(*at)->next;
	if (flight->listed)
		*at = flight->next;
	flight->listed = 0;
}

/* Make a flight that is not in the list. NULL if there is no memory. */
static struct leat_flight *single_flight_make(const leat_type *type, const char *key)
{
	size_t key_size = strlen(key) + 1, head = sizeof(struct leat_flight) + key_size + SINGLE_FLIGHT_LINE;
	struct leat_flight *made = type->size <= PTRDIFF_MAX / 2 ? malloc(head + type->size) : NULL;
	unsigned char *room;

	if (!made)
		return NULL;
	*made = (struct leat_flight){ .pilot = pthread_self() };
	memcpy(made->key, key, key_size);
	room = (unsigned char *)made->key + key_size;
	made->value = room + -(uintptr_t)room % SINGLE_FLIGHT_LINE;
	return made;
}

/* Become a user of the flight with this key. If there is none, list `made`, which has this key, unless it is NULL. */
static struct leat_flight *single_flight_board(leat_single_flight *single, const char *key, struct leat_flight *made)
{
	struct leat_flight **at;

	leat_monitor_enter(&single->monitor_);
	at = single_flight_find(single, key);
	if (!*at && made) {
		made->listed = 1;
		*at = made;
	}
	made = *at;
	if (made)
		made->users++;
	leat_monitor_leave(&single->monitor_);
	return made;
}

/* ---------------------------------------------------------------------------------------- the value -- */

/* Is the caller the only user, and can no other call become one? */
static int single_flight_is_last(const struct single_flight_call *self)
{
	int last;

	leat_monitor_enter(&self->single->monitor_);
	last = self->flight->users == 1 && !self->flight->listed;
	leat_monitor_leave(&self->single->monitor_);
	return last;
}

/* Get off. The last user frees the flight, and releases its value, unless that was `taken`. By then the flight has
 * landed, because the thread that runs the function is a user too. */
static void single_flight_leave(const struct single_flight_call *self, int taken)
{
	const leat_type *type = self->single->type_;
	int last;

	leat_monitor_enter(&self->single->monitor_);
	last = --self->flight->users == 0;
	leat_monitor_leave(&self->single->monitor_);
	if (!last)
		return;
	if (!self->flight->error && !taken && type->release)
		type->release(self->flight->value);
	free(self->flight);
}

/* The flight has landed with a value. Returns 0 or an errno value. */
static int single_flight_take(const struct single_flight_call *self, void *value)
{
	const leat_type *type = self->single->type_;
	int owner = single_flight_is_last(self), error = 0;

	if (type->copy && !owner)
		error = type->copy(value, self->flight->value);
	else if (type->size)
		memcpy(value, self->flight->value, type->size);
	single_flight_leave(self, owner);
	return error ? leat_errno_of_(error) : 0;
}

/* ------------------------------------------------------------------------------------------- the call -- */

/* The function has returned, or left by pthread_exit. */
static void single_flight_land(void *of_self)
{
	const struct single_flight_call *self = of_self;
	struct leat_flight *flight = self->flight;

	leat_monitor_enter(&self->single->monitor_);
	single_flight_unlist(self->single, flight);
	leat_monitor_leave(&self->single->monitor_);
	leat_monitor_enter(&flight->monitor);
	flight->landed = 1;
	leat_monitor_wake_all(&flight->monitor);
	leat_monitor_leave(&flight->monitor);
}

/* The thread leaves by pthread_exit, so it does not take the value. */
static void single_flight_abandon(void *of_self)
{
	single_flight_land(of_self);
	single_flight_leave(of_self, 0);
}

static void single_flight_run(struct single_flight_call *self)
{
	int result;

	self->flight->error = EOWNERDEAD;
	pthread_cleanup_push(single_flight_abandon, self);
	result = self->fn(self->arg, self->flight->value);
	self->flight->error = result < 0 ? leat_errno_of_(result) : 0;
	pthread_cleanup_pop(0);
	single_flight_land(self);
}

/* Wait for the thread that runs the function. Returns 1, or -1 with errno. */
static int single_flight_wait(const struct single_flight_call *self, leat_rx done, leat_time t)
{
	struct leat_flight *flight = self->flight;
	leat_until_ until = { .done = done, .what = "a single flight" };
	int result = 1;

	leat_monitor_enter(&flight->monitor);
	if (!flight->landed)
		result = pthread_equal(flight->pilot, pthread_self()) ?
		                 leat_refuse(EDEADLK) :
		                 leat_monitor_wait_until_(&flight->monitor, flight, until, t);
	leat_monitor_leave(&flight->monitor);
	return result;
}

/* Returns the flight, which is `made` if this call is to run the function. NULL if there is no memory. */
static struct leat_flight *single_flight_begin(leat_single_flight *single, const char *key, struct leat_flight **made)
{
	struct leat_flight *flight = single_flight_board(single, key, NULL);

	*made = NULL;
	if (flight || !(*made = single_flight_make(single->type_, key)))
		return flight;
	flight = single_flight_board(single, key, *made);
	if (flight != *made) { /* another thread was faster */
		free(*made);
		*made = NULL;
	}
	return flight;
}

int leat_single_flight_do_(leat_single_flight *single, const char *key, leat_single_flight_fn *fn, void *arg,
                           void *value, size_t size, leat_rx done, leat_time t, const char *where)
{
	const leat_type *type = single ? single->type_ : NULL;
	struct single_flight_call self = { single, NULL, fn, arg };
	struct leat_flight *made;
	int error = 0, runs;

	if (!type || !key || !fn || !value || (type->release && !type->copy))
		return leat_refuse(EINVAL);
	if (size != type->size)
		leat_panic_(where, "a value of %zu bytes in a single flight of %s, which has %zu", size, type->name,
		            type->size);
	if (!(self.flight = single_flight_begin(single, key, &made)))
		return leat_refuse(ENOMEM);
	runs = self.flight == made;
	if (runs)
		single_flight_run(&self);
	else if (single_flight_wait(&self, done, t) < 0)
		error = errno;
	if (!error)
		error = self.flight->error; /* it was written before the landing, and is never changed */
	if (error)
		single_flight_leave(&self, 0);
	else
		error = single_flight_take(&self, value);
	return error ? leat_refuse(error) : runs;
}

void leat_single_flight_forget(leat_single_flight *single, const char *key)
{
	struct leat_flight *flight;

	if (!single || !key)
		return;
	leat_monitor_enter(&single->monitor_);
	flight = *single_flight_find(single, key);
	if (flight)
		single_flight_unlist(single, flight);
	leat_monitor_leave(&single->monitor_);
}
