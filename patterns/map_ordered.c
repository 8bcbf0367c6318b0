/* leat_map_ordered - a function over each value, in several threads; results in the order of the input.
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(a) f(b) f(c)
 *              \-> [f] -/
 *
 * Each value has a number, and each number a place in a window, where its result is written. Who finishes the result
 * that is next emits it, and those after it that are there already: a slow value holds up the others only when the
 * window is full.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum {
	MAP_ORDERED_EACH = 16,    /* places for each worker, ... */
	MAP_ORDERED_MOST = 256,   /* ... or as many as the input has room for, but so many */
	MAP_ORDERED_WORKERS = 1 << 20,
	MAP_ORDERED_LINE = 64     /* neighbours are written by different threads */
};

/* Behind the room for a result. */
struct map_ordered_place { int there, result; };

/* What the workers share. */
struct map_ordered_window {
	leat_monitor monitor;
	leat_type type;
	leat_rx done;              /* borrowed: who waits in the monitor is a worker, which has a handle of its own */
	size_t workers, size, stride;
	unsigned char *places;
	uint64_t taken;            /* values received: by the input's lock */
	uint64_t allowed, emitted; /* values that may be received; whose results are out */
	int emitting;              /* somebody is */
	int ended, over;           /* the input has; a worker has otherwise */
};

/* What a worker has. */
struct map_ordered {
	leat_map_fn *fn;
	void *arg;
	struct map_ordered_window *window;
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
		map_ordered_place(window, i)->there = 0;
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
		const struct map_ordered_place *place = map_ordered_place(window, i);

		if (place->there && place->result > 0)
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

/* ---------------------------------------------------------------------------------- inside the monitor -- */

static uint64_t map_ordered_vacant(const struct map_ordered_window *window)
{
	return window->emitted + window->size - window->allowed;
}

/* 1: another value may be received. 0: it is time to return. */
static int map_ordered_reserve(struct map_ordered_window *window)
{
	while (!window->over && !window->ended && map_ordered_vacant(window) == 0)
		if (leat_monitor_wait(&window->monitor, window, window->done, LEAT_NEVER) < 0)
			return 0;
	window->allowed++;
	return !window->over;
}

/* A result has gone out. Nobody is woken for a single place as long as there is enough to emit: that takes as much time
 * as many values. */
static void map_ordered_advance(struct map_ordered_window *window)
{
	uint64_t next = ++window->emitted, room = map_ordered_vacant(window);

	if (window->ended && next == window->taken)
		map_ordered_wake_all(window);
	if (!window->ended && (room >= window->size / 2 || !map_ordered_place(window, next)->there))
		for (; room > 0 && leat_monitor_wake(&window->monitor); room--)
			;
}

/* Emit what is next for as long as it is there. 0: it is time to return, and nobody emits any more. */
static int map_ordered_emit(leat_stage *stage, struct map_ordered_window *window)
{
	struct map_ordered_place *place;
	int going_on;

	while ((place = map_ordered_place(window, window->emitted))->there) {
		void *value = map_ordered_room(window, window->emitted);

		window->emitting = 1;
		place->there = 0;
		leat_monitor_leave(&window->monitor);
		going_on = leat_emit_result(stage, place->result, value);
		leat_monitor_enter(&window->monitor);
		if (!going_on)
			return 0;
		map_ordered_advance(window);
	}
	window->emitting = 0;
	return 1;
}

/* The input has ended: wait until what came before is out, so that the cause comes after. 1: it is. `taken` is
 * final: who has seen the end of the input has seen what others received. */
static int map_ordered_end(struct map_ordered_window *window)
{
	if (!window->ended) {
		window->ended = 1;
		map_ordered_wake_all(window); /* those in map_ordered_reserve */
	}
	while (!window->over && window->emitted < window->taken)
		if (leat_monitor_wait(&window->monitor, window, window->done, LEAT_NEVER) < 0)
			return 0;
	return !window->over;
}

/* Take a value, work on it, and leave the result. 0: it is time to return. */
static int map_ordered_step(leat_stage *stage, struct map_ordered *map)
{
	struct map_ordered_window *window = map->window;
	struct map_ordered_place *place;
	uint64_t number;
	const void *in;

	leat_monitor_leave(&window->monitor);
	if (!(in = leat_next_numbered(stage, &window->taken, &number))) {
		int ended = leat_running(stage);

		leat_monitor_enter(&window->monitor);
		map->in_order = ended && map_ordered_end(window);
		return 0;
	}
	place = map_ordered_place(window, number);
	place->result = map->fn(map->arg, in, map_ordered_room(window, number));
	leat_monitor_enter(&window->monitor);
	place->there = 1;
	return window->emitting || map_ordered_emit(stage, window);
}

/* ------------------------------------------------------------------------------------------- the stage -- */

static void map_ordered_body(leat_stage *stage, void *arg)
{
	struct map_ordered *map = arg;

	leat_monitor_enter(&map->window->monitor);
	while (map_ordered_reserve(map->window) && map_ordered_step(stage, map))
		;
	leat_monitor_leave(&map->window->monitor);
	if (!map->in_order)
		leat_fail(stage, ECANCELED); /* by done, which is first to be looked at: or there is a cause by now */
}

leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map_ordered map = { fn, arg, NULL, 0 };
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
