/* leat_map_ordered - a function over each value, in several threads; results in the order of the input.
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(a) f(b) f(c)
 *              \-> [f] -/
 *
 * Each value has a number, and each number a place in a window, where its result is written. Who finds that nobody
 * emits does so, as long as the next result is there: a slow value holds up the others only when the window is full.
 *
 * WHO HAS A RESULT shows it, then looks whether somebody emits; WHO EMITS says that he stops, then looks whether the
 * next result is there. All of that is seq_cst, so that one of the two sees the other, and no result is left behind.
 * In the same way who waits says so before he looks how far the others are, and who emits looks for him after having
 * gone on.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
	MAP_ORDERED_EACH = 16,    /* places for each worker, ... */
	MAP_ORDERED_MOST = 256,   /* ... or as many as the input has room for, but so many */
	MAP_ORDERED_WORKERS = 1 << 20,
	MAP_ORDERED_LINE = 64     /* neighbours are written by different threads */
};

/* Behind the room for a result. */
struct map_ordered_place { atomic_int there; int result; };

/* What the workers share. */
struct map_ordered_window {
	leat_type type;
	leat_rx done;              /* borrowed: who waits in the monitor is a worker, which has a handle of its own */
	size_t size, stride;
	unsigned char *places;
	uint64_t taken;            /* values received: by the input's lock */
	char apart[MAP_ORDERED_LINE];
	atomic_int emitting;       /* somebody is */
	char apart_too[MAP_ORDERED_LINE];
	_Atomic uint64_t emitted;  /* values whose results are out: by whoever emits */
	atomic_size_t waiting;     /* workers that wait for it to become more */
	char apart_as_well[MAP_ORDERED_LINE];
	leat_monitor monitor;      /* of what follows */
	size_t workers;
	int over;                  /* a worker has ended, and not with the input */
};

/* What a worker has. */
struct map_ordered {
	leat_map_fn *fn;
	void *arg;
	struct map_ordered_window *window;
	uint64_t seen;             /* of `emitted`, at some time */
	int in_order;              /* it ends when all results are out */
};

/* ------------------------------------------------------------------------------------------- the window -- */

static void *map_ordered_room(const struct map_ordered_window *window, uint64_t number)
{
	return window->places + (number & (window->size - 1)) * window->stride;
}

static struct map_ordered_place *map_ordered_place(const struct map_ordered_window *window, uint64_t number)
{
	void *end = (unsigned char *)map_ordered_room(window, number) + window->stride;

	return (struct map_ordered_place *)end - 1;
}

/* How many places: a power of two. */
static size_t map_ordered_size(size_t workers, size_t cap)
{
	size_t least = cap < MAP_ORDERED_MOST ? cap : MAP_ORDERED_MOST, size = MAP_ORDERED_EACH;

	while (size < least || size < workers * MAP_ORDERED_EACH)
		size *= 2;
	return size;
}

/* Of one worker: whoever makes it. NULL: no memory. */
static struct map_ordered_window *map_ordered_make(leat_rx done, size_t size, const leat_type *type)
{
	enum { LINE = MAP_ORDERED_LINE };
	size_t stride = (type->size + sizeof(struct map_ordered_place) + LINE - 1) / LINE * LINE;
	struct map_ordered_window *window = NULL;

	if (type->size < PTRDIFF_MAX / 4 / size)
		window = malloc(sizeof *window + LINE + size * stride);
	if (!window)
		return NULL;
	*window = (struct map_ordered_window){
		.type = *type, .done = done, .workers = 1, .size = size, .stride = stride
	};
	window->places = (unsigned char *)(window + 1);
	window->places += -(uintptr_t)window->places % LINE;
	for (size_t i = 0; i < size; i++)
		atomic_init(&map_ordered_place(window, i)->there, 0);
	return window;
}

/* The last worker releases the results that did not go out. */
static void map_ordered_let_go(struct map_ordered_window *window)
{
	size_t left;

	leat_monitor_enter(&window->monitor);
	left = --window->workers;
	leat_monitor_leave(&window->monitor);
	if (left > 0)
		return;
	for (size_t i = 0; window->type.release && i < window->size; i++) {
		struct map_ordered_place *place = map_ordered_place(window, i);

		if (atomic_load(&place->there) && place->result > 0)
			window->type.release(map_ordered_room(window, i));
	}
	free(window);
}

static int map_ordered_copy(void *to, const void *from)
{
	struct map_ordered *copy = to;

	*copy = *(const struct map_ordered *)from;
	leat_monitor_enter(&copy->window->monitor);
	copy->window->workers++;
	leat_monitor_leave(&copy->window->monitor);
	return 0;
}

/* Inside. */
static void map_ordered_wake_all(struct map_ordered_window *window)
{
	while (leat_monitor_wake(&window->monitor))
		;
}

/* When a worker has failed, or its function has left the thread, the rest cannot go out. It has left its cause in the
 * output by now, so that those who return for it come second. */
static void map_ordered_release(void *value)
{
	struct map_ordered *map = value;

	leat_monitor_enter(&map->window->monitor);
	if (!map->in_order) {
		map->window->over = 1;
		map_ordered_wake_all(map->window);
	}
	leat_monitor_leave(&map->window->monitor);
	map_ordered_let_go(map->window);
}

/* --------------------------------------------------------------------------------------------- in order -- */

/* Wait until so many results are out. 0: it is time to return. */
static int map_ordered_wait(struct map_ordered_window *window, uint64_t emitted)
{
	int waiting = 1;

	leat_monitor_enter(&window->monitor);
	atomic_fetch_add(&window->waiting, 1);
	while (waiting > 0 && !window->over && atomic_load(&window->emitted) < emitted)
		waiting = leat_monitor_wait(&window->monitor, window, window->done, LEAT_NEVER);
	atomic_fetch_sub(&window->waiting, 1);
	waiting = waiting > 0 && !window->over;
	leat_monitor_leave(&window->monitor);
	return waiting;
}

/* Until the value's place is free: until the result before it there is out. */
static int map_ordered_wait_place(struct map_ordered *map, uint64_t number)
{
	struct map_ordered_window *window = map->window;

	if (number >= map->seen + window->size)
		map->seen = atomic_load(&window->emitted);
	return number < map->seen + window->size || map_ordered_wait(window, number - window->size + 1);
}

static void map_ordered_wake_waiting(struct map_ordered_window *window)
{
	if (atomic_load(&window->waiting) == 0)
		return;
	leat_monitor_enter(&window->monitor);
	map_ordered_wake_all(window);
	leat_monitor_leave(&window->monitor);
}

/* Emit what is next for as long as it is there. 0: it is time to return, and nobody emits any more. Nobody is woken for
 * a single place as long as there is enough to emit: that takes as much time as many values. */
static int map_ordered_emit_there(leat_stage *stage, struct map_ordered_window *window)
{
	uint64_t next = atomic_load(&window->emitted);

	for (struct map_ordered_place *place; atomic_load(&(place = map_ordered_place(window, next))->there);) {
		atomic_store(&place->there, 0);
		if (!leat_emit_result(stage, place->result, map_ordered_room(window, next)))
			return 0;
		atomic_store(&window->emitted, ++next);
		if (next % (window->size / 2) == 0)
			map_ordered_wake_waiting(window);
	}
	return 1;
}

/* Unless somebody else does. */
static int map_ordered_emit(leat_stage *stage, struct map_ordered_window *window)
{
	do {
		if (atomic_load(&window->emitting) || atomic_exchange(&window->emitting, 1))
			return 1;
		if (!map_ordered_emit_there(stage, window))
			return 0;
		atomic_store(&window->emitting, 0);
		map_ordered_wake_waiting(window);
	} while (atomic_load(&map_ordered_place(window, atomic_load(&window->emitted))->there));
	return 1;
}

/* Take a value, work on it, and leave the result. 0: it is time to return. */
static int map_ordered_step(leat_stage *stage, struct map_ordered *map)
{
	struct map_ordered_window *window = map->window;
	struct map_ordered_place *place;
	uint64_t number;
	const void *in = leat_next_numbered(stage, &window->taken, &number);

	if (!in) { /* whoever has seen the end of the input has seen what others received: `taken` is final */
		map->in_order = leat_running(stage) && map_ordered_wait(window, window->taken);
		return 0;
	}
	if (!map_ordered_wait_place(map, number))
		return 0;
	place = map_ordered_place(window, number);
	place->result = map->fn(map->arg, in, map_ordered_room(window, number));
	atomic_store(&place->there, 1);
	return map_ordered_emit(stage, window);
}

/* ------------------------------------------------------------------------------------------- the stage -- */

static void map_ordered_body(leat_stage *stage, void *arg)
{
	struct map_ordered *map = arg;

	while (map_ordered_step(stage, map))
		;
	if (!map->in_order)
		leat_fail(stage, ECANCELED); /* by done, which is first to be looked at: or there is a cause by now */
}

leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map_ordered map = { fn, arg, NULL, 0, 0 };
	leat_type copied = { "map_ordered", sizeof map, map_ordered_copy, map_ordered_release };
	int valid = fn && type && workers && workers <= MAP_ORDERED_WORKERS;
	leat_rx out;

	if (valid && !(map.window = map_ordered_make(done, map_ordered_size(workers, leat_cap(in)), type))) {
		leat_drop(in);
		return leat_ended(ENOMEM);
	}
	out = leat_stage_start(&(leat_plan){
		.name = "map_ordered",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = workers,
		.body = valid ? map_ordered_body : NULL,
		.arg = &map,
		.arg_type = &copied,
	});
	if (valid)
		map_ordered_let_go(map.window);
	return out;
}
