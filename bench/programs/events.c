/* SPDX-License-Identifier: 0BSD
 *
 * events chain|fused|from|batch ROOM - what 3 million events come to. Four steps look at each of them.
 *
 *     chain   make -> [ROOM] -> step -> ... -> step -> main sums: a thread for each step
 *     fused   make -> [ROOM] -> all steps -> main sums: one thread for all steps, by leat_steps
 *     from    make and all steps -> [ROOM] -> main sums: one thread for both, by leat_steps_from
 *     batch   as chain, but a value is a batch of 256 events, which the steps change in place and pass on
 */
#include <leat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 3000000, STEPS = 4, BATCH = 256, MOST_ROOM = 1 << 20 };

struct event { uint64_t time, amount; uint32_t kind, user; };

/* ------------------------------------------------------------------------------------------ the events -- */

/* Make event number n. */
static struct event make(uint64_t n)
{
	uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15;

	return (struct event){ .time = 1000 * n, .amount = mixed >> 40, .kind = mixed >> 20 & 7, .user = mixed >> 8 & 4095 };
}

/* Each step changes the event. It returns 1, or 0 if the event is to be left out. */
static int check(struct event *event)
{
	return event->kind != 0;
}

static int convert(struct event *event)
{
	static const uint64_t rates[] = { 1, 3, 5, 7, 11, 13, 17, 19 };

	event->amount = event->amount * rates[event->kind] / 8;
	return 1;
}

static int tax(struct event *event)
{
	event->amount += event->amount / 5;
	return 1;
}

static int place(struct event *event)
{
	event->user = event->user * 31 % 1021;
	event->time /= 1000;
	return 1;
}

typedef int step(struct event *event);

static step *steps[STEPS] = { check, convert, tax, place };

struct sum { uint64_t events, amount, users, time; };

static void add(struct sum *sum, const struct event *event)
{
	sum->events++;
	sum->amount += event->amount;
	sum->users += event->user;
	sum->time += event->time;
}

/* ----------------------------------------------------------------------------------- one event a value -- */

static int next_event(void *count, void *out)
{
	uint64_t *n = count;

	*(struct event *)out = make(*n);
	return (*n)++ < EVENTS;
}

/* A leat_map_fn. */
static int take_step(void *of_step, const void *in, void *out)
{
	struct event *event = out;

	*event = *(const struct event *)in;
	return (*(step **)of_step)(event);
}

static leat_rx start_chain(leat_rx events)
{
	for (int i = 0; i < STEPS; i++)
		events = leat_map(LEAT_NIL, events, struct event, take_step, &steps[i]);
	return events;
}

static int sum_events(leat_rx events, struct sum *sum)
{
	int cause;

	for (struct event event; leat_recv(events, &event) > 0;)
		add(sum, &event);
	cause = leat_cause(events);
	leat_drop(events);
	return cause;
}

/* Returns 0 or an errno value. */
static int run(const char *mode, size_t room, struct sum *sum)
{
	uint64_t count = 0;
	leat_rx events;
	int error;

	if (strcmp(mode, "from") == 0) {
		events = leat_steps_from(LEAT_NIL, struct event, next_event, &count,
		                         LEAT_STEPS({ take_step, &steps[0] }, { take_step, &steps[1] },
		                                    { take_step, &steps[2] }, { take_step, &steps[3] }));
		events = leat_buffer(events, room);
	} else {
		events = leat_buffer(leat_repeat_fn(LEAT_NIL, struct event, next_event, &count), room);
		events = strcmp(mode, "chain") == 0 ? start_chain(events) :
			leat_steps(LEAT_NIL, events, struct event,
			           LEAT_STEPS({ take_step, &steps[0] }, { take_step, &steps[1] },
			                      { take_step, &steps[2] }, { take_step, &steps[3] }));
	}
	error = sum_events(events, sum);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the count any more */
	return error;
}

/* ----------------------------------------------------------------------------------- one batch a value -- */

struct batch { leat_pool *pool; size_t count; struct event events[BATCH]; };

static void batch_release(void *of_batch)
{
	struct batch *batch = *(struct batch **)of_batch;

	leat_pool_put(batch->pool, batch);
}

static const leat_type batch_type = { "batch", sizeof(struct batch *), NULL, batch_release };

static void *batch_make(void *unused)
{
	(void)unused;
	return malloc(sizeof(struct batch));
}

static void batch_free(void *unused, void *batch)
{
	(void)unused;
	free(batch);
}

struct source { leat_pool *pool; uint64_t count; };

static int next_batch(void *of_source, void *out)
{
	struct source *source = of_source;
	struct batch *batch = source->count < EVENTS ? leat_pool_get(source->pool) : NULL;

	if (!batch)
		return source->count < EVENTS ? -ENOMEM : 0;
	batch->pool = source->pool;
	for (batch->count = 0; batch->count < BATCH && source->count < EVENTS; source->count++)
		batch->events[batch->count++] = make(source->count);
	*(struct batch **)out = batch;
	return 1;
}

/* Take a step with each event of each batch, and pass the batch on without the events that the step leaves out. */
static inline void step_batches(leat_stage *stage, step *take)
{
	for (struct batch **batch; (batch = leat_next(stage)) != NULL;) {
		struct event *events = (*batch)->events;
		size_t kept = 0;

		for (size_t i = 0; i < (*batch)->count; i++) {
			events[kept] = events[i];
			kept += take(&events[kept]) > 0;
		}
		(*batch)->count = kept;
		if (!leat_emit(stage, batch))
			return;
	}
}

/* The bodies of the stages. The compiler puts the step into each of them, so that no event needs a call. */
static void check_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, check); }
static void convert_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, convert); }
static void tax_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, tax); }
static void place_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, place); }

typedef void body(leat_stage *stage, void *unused);

static body *const bodies[STEPS] = { check_batches, convert_batches, tax_batches, place_batches };

static int sum_batches(leat_rx batches, struct sum *sum)
{
	int cause;

	for (struct batch *batch; leat_recv(batches, &batch) > 0; batch_release(&batch))
		for (size_t i = 0; i < batch->count; i++)
			add(sum, &batch->events[i]);
	cause = leat_cause(batches);
	leat_drop(batches);
	return cause;
}

/* Returns 0 or an errno value. */
static int run_batches(size_t room, struct sum *sum)
{
	struct source source = { .pool = leat_pool_make(batch_make, batch_free, NULL) };
	leat_rx batches;
	int error;

	if (!source.pool)
		return ENOMEM;
	batches = leat_buffer(leat_repeat_fn_of(LEAT_NIL, &batch_type, next_batch, &source), room);
	for (int i = 0; i < STEPS; i++)
		batches = leat_stage_start(&(leat_plan){ .name = "step", .in = &batches, .ins = 1, .body = bodies[i] });
	error = sum_batches(batches, sum);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the pool any more */
	leat_pool_drop(source.pool);
	return error;
}

/* ------------------------------------------------------------------------------------------------ main -- */

int main(int argc, char **argv)
{
	static const char *modes[] = { "chain", "fused", "from", "batch" };
	unsigned long room = argc == 3 ? strtoul(argv[2], NULL, 10) : MOST_ROOM;
	struct sum sum = { 0 };
	int mode = 0, error;

	while (mode < 4 && argc == 3 && strcmp(argv[1], modes[mode]) != 0)
		mode++;
	if (mode == 4 || room >= MOST_ROOM) {
		fprintf(stderr, "usage: events chain|fused|from|batch ROOM\n");
		return 2;
	}
	error = mode == 3 ? run_batches(room, &sum) : run(modes[mode], room, &sum);
	if (error) {
		fprintf(stderr, "events: %s\n", leat_strerror(error));
		return 1;
	}
	printf("%ju events, amount %ju, users %ju, time %ju\n", (uintmax_t)sum.events, (uintmax_t)sum.amount,
	       (uintmax_t)sum.users, (uintmax_t)sum.time);
	return 0;
}
