/* leat_gauge - at most n threads at once in some place; others are refused, or wait.
 *
 *     enter --\
 *     enter ---> [* * *] -> leave
 *     enter --/
 *
 * A buffered channel is a semaphore. Sending a unit takes a place, receiving one gives it back. A sender that finds no
 * room waits in the channel's queue, so a select can wait for a place and for other things at once.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>

/* In a channel without room, a thread that enters would meet one that leaves. A nil channel lets nobody in. */
leat_gauge (leat_gauge_make)(size_t n)
{
	if (n == 0)
		return (leat_gauge){ { { NULL }, { NULL } } };
	return (leat_gauge){ leat_make_of(&(leat_type){ "gauge", 0, NULL, NULL }, n) };
}

void leat_gauge_drop(leat_gauge gauge)
{
	leat_drop(gauge.places_);
}

int leat_gauge_enter(leat_gauge gauge, leat_rx done, leat_time t)
{
	enum { DONE, PLACE };
	leat_case on[] = { [DONE] = LEAT_READY(done), [PLACE] = LEAT_SIGNAL(gauge.places_.tx) };

	switch (leat_select_first(on, t)) {
	case DONE: return leat_refuse(ECANCELED);
	case PLACE: return on[PLACE].ok ? 1 : leat_refuse(leat_cause(gauge.places_));
	default: return -1;
	}
}

void leat_gauge_leave_(leat_gauge gauge, const char *where)
{
	if (leat_wait_by(gauge.places_.rx, LEAT_NOW) <= 0)
		leat_panic_(where, "leat_gauge_leave of a gauge that nobody is inside");
}

static void gauge_leave(void *of_gauge)
{
	leat_gauge_leave(*(leat_gauge *)of_gauge);
}

int leat_gauge_process(leat_gauge gauge, void (*fn)(void *arg), void *arg)
{
	if (!fn)
		return leat_refuse(EINVAL);
	if (leat_gauge_enter(gauge, LEAT_NIL, LEAT_NOW) < 0)
		return -1;
	pthread_cleanup_push(gauge_leave, &gauge);
	fn(arg);
	pthread_cleanup_pop(1);
	return 1;
}

/* --------------------------------------------------------------------------------------------- as a stage -- */

struct gauge_map { leat_gauge gauge; leat_map_fn *fn; void *arg; };

/* Each worker has a handle of its own, because the gauge's maker may drop the gauge before the stage ends. */
static int gauge_map_copy(void *to, const void *from)
{
	const struct gauge_map *map = from;

	leat_dup(map->gauge.places_);
	*(struct gauge_map *)to = *map;
	return 0;
}

static void gauge_map_release(void *of_map)
{
	leat_gauge_drop(((struct gauge_map *)of_map)->gauge);
}

static int gauge_map_call(struct gauge_map *map, const void *in, void *out)
{
	int result;

	pthread_cleanup_push(gauge_leave, &map->gauge);
	result = map->fn(map->arg, in, out);
	pthread_cleanup_pop(1);
	return result;
}

/* While the stage waits for a place it still watches done and its consumer. It leaves the gauge before it emits the
 * result, so a slow consumer does not keep others out. */
static void gauge_map_body(leat_stage *stage, void *arg)
{
	struct gauge_map *map = arg;

	for (const void *in; (in = leat_next(stage)) != NULL;) {
		leat_case place = LEAT_SIGNAL(map->gauge.places_.tx);
		void *out = leat_scratch(stage);

		if (leat_stage_select(stage, &place, 1, LEAT_NEVER) < 0) {
			leat_fail(stage, errno); /* without effect if it is time to return */
			return;
		}
		if (!leat_emit_result(stage, gauge_map_call(map, in, out), out))
			return;
	}
}

leat_rx (leat_gauge_map_of)(leat_rx done, leat_rx in, leat_gauge gauge, size_t workers, const leat_type *type,
                          leat_map_fn *fn, void *arg)
{
	struct gauge_map map = { gauge, fn, arg };
	leat_type copied = { "gauge_map", sizeof map, gauge_map_copy, gauge_map_release };

	if (leat_never_started(gauge.places_)) {
		leat_drop(in);
		return leat_ended(leat_cause(gauge.places_));
	}
	return leat_stage_start(&(leat_plan){
		.name = "gauge_map",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = workers,
		.body = fn && type && workers ? gauge_map_body : NULL,
		.arg = &map,
		.arg_type = &copied,
	});
}
