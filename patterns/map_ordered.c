/* leat_map_ordered - a function over each value, in several threads; results in the order of the input.
 * Needs workers.c.
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(a) f(b) f(c)
 *              \-> [f] -/
 *
 * Each value has a number, and each number has a place in a window, where a worker writes the result. After each act a
 * worker visits the window: it says there what it has done, and is told what to do next. If the next result to go out
 * is there, and no other worker is emitting, it emits that one. Else, if the window has room, it receives a value and
 * works on it. So a slow value holds up the other workers only when the window is full.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum {
	MAP_ORDERED_EACH = 16,    /* places for each worker, ... */
	MAP_ORDERED_MOST = 4096,  /* ... or as many as the input has room for, up to this */
	MAP_ORDERED_WORKERS = 1 << 20,
	MAP_ORDERED_LINE = 64     /* bytes of a cache line: different threads write neighbouring places */
};

/* A place is the room for a value, and then this struct. `there` says that a result waits to go out. `result` is what
 * the function returned; if it is more than 0, the value is in the room. */
struct map_ordered_place { int there, result; };

/* The workers share it. */
struct map_ordered_window {
	leat_monitor monitor;      /* protects all that changes, except `taken`; workers wait in it for room */
	leat_type type;
	leat_rx done;              /* borrowed: each worker that waits has a handle of its own */
	size_t workers, size, stride;
	unsigned char *places;
	uint64_t taken;            /* values received: protected by the input's lock */
	uint64_t allowed;          /* values that may be received */
	uint64_t emitted;          /* results that have gone out */
	int emitting;              /* a worker emits, or has ended while it did */
	int ended, over;           /* the input has ended; a worker has ended for another reason */
};

/* Each worker has one. */
struct map_ordered {
	leat_map_fn *fn;
	void *arg;
	leat_workers how;
	struct map_ordered_window *window;
	uint64_t number;           /* of the last value received */
	int in_order;              /* it has ended after all results had gone out */
};

/* A worker does one of these between two visits. END means that it has seen the end of the input. */
enum map_ordered_act { MAP_ORDERED_BEGIN, MAP_ORDERED_RECEIVE, MAP_ORDERED_EMIT, MAP_ORDERED_END, MAP_ORDERED_RETURN };

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

/* The number of places, a power of two. */
static size_t map_ordered_size(size_t workers, size_t cap)
{
	size_t least = cap < MAP_ORDERED_MOST ? cap : MAP_ORDERED_MOST, size = MAP_ORDERED_EACH;

	while (size < least || size < workers * MAP_ORDERED_EACH)
		size *= 2;
	return size;
}

/* Make a window. The thread that makes it counts as its first worker. NULL if there is no memory. */
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

/* A worker, or the thread that made the window, no longer needs it. The last one releases the results that did not go
 * out. */
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

/* A worker has ended. If it did so before all results had gone out, the others must return: the rest cannot go out. Its
 * own cause is in the output already, because a stage drops its outputs before it releases its arg. */
static void map_ordered_release(void *value)
{
	struct map_ordered *map = value;

	leat_monitor_enter(&map->window->monitor);
	if (!map->in_order) {
		map->window->over = 1;
		leat_monitor_wake_all(&map->window->monitor);
	}
	leat_monitor_leave(&map->window->monitor);
	map_ordered_let_go(map->window);
}

/* ---------------------------------------------------------------------------------- inside the monitor -- */

static uint64_t map_ordered_vacant(const struct map_ordered_window *window)
{
	return window->emitted + window->size - window->allowed;
}

static int map_ordered_wait(struct map_ordered_window *window)
{
	leat_until_ until = { .done = window->done, .what = "room in a window" };

	return leat_monitor_wait_until_(&window->monitor, window, until, LEAT_NEVER);
}

/* Wait for room, and allow a worker to receive another value. After the end of the input no room is needed, because the
 * worker receives nothing. Returns 0 if it is time to return. */
static int map_ordered_reserve(struct map_ordered_window *window)
{
	while (!window->over && !window->ended && map_ordered_vacant(window) == 0)
		if (map_ordered_wait(window) < 0)
			return 0;
	window->allowed++;
	return !window->over;
}

/* A result has gone out. Waking a worker takes as long as many values. So as long as the next result is there, workers
 * are woken only when half of the window is vacant. */
static void map_ordered_advance(struct map_ordered_window *window)
{
	uint64_t next = ++window->emitted, room = map_ordered_vacant(window);

	if (window->ended && next == window->taken)
		leat_monitor_wake_all(&window->monitor);
	if (!window->ended && (room >= window->size / 2 || !map_ordered_place(window, next)->there))
		for (; room > 0 && leat_monitor_wake(&window->monitor); room--)
			;
}

/* The input has ended: wait until all earlier results have gone out, so that the cause comes after them. Returns 1 if
 * they have. The worker that has seen the end has seen all that others received, so `taken` is final. */
static int map_ordered_end(struct map_ordered_window *window)
{
	if (!window->ended) {
		window->ended = 1;
		leat_monitor_wake_all(&window->monitor); /* workers that wait for room */
	}
	while (!window->over && window->emitted < window->taken)
		if (map_ordered_wait(window) < 0)
			return 0;
	return !window->over;
}

/* Choose the next act of a worker. If it `emits`, it goes on with that as long as the next result is there. */
static enum map_ordered_act map_ordered_next(struct map_ordered_window *window, int emits)
{
	struct map_ordered_place *place = map_ordered_place(window, window->emitted);

	if (place->there && (emits || !window->emitting)) {
		place->there = 0;
		window->emitting = 1;
		return MAP_ORDERED_EMIT;
	}
	if (emits)
		window->emitting = 0;
	return map_ordered_reserve(window) ? MAP_ORDERED_RECEIVE : MAP_ORDERED_RETURN;
}

/* ------------------------------------------------------------------------------------------- the stage -- */

/* Say what the worker has done. Returns what it is to do next. */
static enum map_ordered_act map_ordered_visit(struct map_ordered *map, enum map_ordered_act did)
{
	struct map_ordered_window *window = map->window;
	enum map_ordered_act next = MAP_ORDERED_RETURN;

	leat_monitor_enter(&window->monitor);
	if (did == MAP_ORDERED_RECEIVE)
		map_ordered_place(window, map->number)->there = 1;
	if (did == MAP_ORDERED_EMIT)
		map_ordered_advance(window);
	if (did == MAP_ORDERED_END)
		map->in_order = map_ordered_end(window);
	else
		next = map_ordered_next(window, did == MAP_ORDERED_EMIT);
	leat_monitor_leave(&window->monitor);
	return next;
}

static enum map_ordered_act map_ordered_emit(leat_stage *stage, const struct map_ordered_window *window)
{
	/* Without the monitor: only the worker that emits changes `emitted`. */
	const struct map_ordered_place *place = map_ordered_place(window, window->emitted);
	void *value = map_ordered_room(window, window->emitted);

	return leat_emit_result(stage, place->result, value) ? MAP_ORDERED_EMIT : MAP_ORDERED_RETURN;
}

static enum map_ordered_act map_ordered_receive(leat_stage *stage, struct map_ordered *map, void *state)
{
	struct map_ordered_window *window = map->window;
	const void *in = leat_next_numbered(stage, &window->taken, &map->number);

	if (!in)
		return leat_running(stage) ? MAP_ORDERED_END : MAP_ORDERED_RETURN;
	if (map->how.takes)
		leat_keep(stage);
	map_ordered_place(window, map->number)->result =
		map->fn(state, in, map_ordered_room(window, map->number));
	return MAP_ORDERED_RECEIVE;
}

static void map_ordered_work(leat_stage *stage, void *of_map, void *state)
{
	struct map_ordered *map = of_map;
	enum map_ordered_act act = MAP_ORDERED_BEGIN;

	while (act != MAP_ORDERED_RETURN) {
		act = map_ordered_visit(map, act);
		if (act == MAP_ORDERED_EMIT)
			act = map_ordered_emit(stage, map->window);
		else if (act == MAP_ORDERED_RECEIVE)
			act = map_ordered_receive(stage, map, state);
	}
}

static void map_ordered_body(leat_stage *stage, void *of_map)
{
	struct map_ordered *map = of_map;

	leat_work_(stage, &map->how, map->arg, map_ordered_work, map);
	if (!map->in_order)
		leat_fail(stage, ECANCELED); /* does nothing if there is a cause already, as that of another worker */
}

leat_rx leat_map_ordered_by_(const char *name, leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn,
                             void *arg, leat_workers how)
{
	struct map_ordered map = { .fn = fn, .arg = arg, .how = how };
	leat_type copied = { "map_ordered", sizeof map, map_ordered_copy, map_ordered_release };
	int valid = fn && type && how.count && how.count <= MAP_ORDERED_WORKERS;
	leat_rx out;

	if (valid && !(map.window = map_ordered_make(done, map_ordered_size(how.count, leat_cap(in)), type))) {
		leat_drop(in);
		return leat_ended(ENOMEM);
	}
	out = leat_stage_start(&(leat_plan){
		.name = name,
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = how.count,
		.body = valid ? map_ordered_body : NULL,
		.arg = &map,
		.arg_type = &copied,
	});
	if (valid)
		map_ordered_let_go(map.window);
	return out;
}

leat_rx (leat_map_ordered_of)(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn,
                              void *arg)
{
	return leat_map_ordered_by_("map_ordered", done, in, type, fn, arg, (leat_workers){ .count = workers });
}
