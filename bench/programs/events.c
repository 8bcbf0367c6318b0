/* SPDX-License-Identifier: 0BSD
 *
 * events chain|fused|from|batch ROOM - what 3 million events come to. Four steps look at each of them.
 *
 *     chain   make -> [ROOM] -> step -> ... -> step -> main sums: a thread for each step
 *     fused   make -> [ROOM] -> all steps -> main sums: one thread for all steps, by leat_steps
 *     from    make and all steps -> [ROOM] -> main sums: one thread for both
 *     batch   as chain, but a value is a batch of 256 events, which the steps change in place and pass on
 */
#include <leat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 3000000, STEPS = 4, AT_ONCE = 64, BATCH = 256, MOST_ROOM = 1 << 20 };

struct event { uint64_t time, amount; uint32_t kind, user; };

/* ------------------------------------------------------------------------------------------ the events -- */

/* Make event number n. */
static struct event make(uint64_t n)
{
	uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15;

	return (struct event){ .time = 1000 * n, .amount = mixed >> 40, .kind = mixed >> 20 & 7, .user = mixed >> 8 & 4095 };
}

/* The steps: the first one leaves events out, the others change them. */
static int check(void *unused, const void *in)
{
	const struct event *event = in;

	(void)unused;
	return event->kind != 0;
}

static int convert(void *unused, void *of_event)
{
	static const uint64_t rates[] = { 1, 3, 5, 7, 11, 13, 17, 19 };
	struct event *event = of_event;

	(void)unused;
	event->amount = event->amount * rates[event->kind] / 8;
	return 1;
}

static int tax(void *unused, void *of_event)
{
	struct event *event = of_event;

	(void)unused;
	event->amount += event->amount / 5;
	return 1;
}

static int place(void *unused, void *of_event)
{
	struct event *event = of_event;

	(void)unused;
	event->user = event->user * 31 % 1021;
	event->time /= 1000;
	return 1;
}

struct sum { uint64_t events, amount, users, time; };

static void add(struct sum *sum, const struct event *event)
{
	sum->events++;
	sum->amount += event->amount;
	sum->users += event->user;
	sum->time += event->time;
}

/* ----------------------------------------------------------------------------------- one event a value -- */

/* A leat_fill_fn that makes many events in a call. */
static long next_events(void *of_count, void *values, size_t n)
{
	uint64_t *count = of_count;
	struct event *events = values;
	size_t made = 0;

	while (made < n && *count < EVENTS)
		events[made++] = make((*count)++);
	return (long)made;
}

static int take_steps(struct event *event)
{
	return check(NULL, event) && convert(NULL, event) && tax(NULL, event) && place(NULL, event);
}

/* A leat_fill_fn that makes events and takes all steps with them. */
static long next_ready_events(void *of_count, void *values, size_t n)
{
	uint64_t *count = of_count;
	struct event *events = values;
	size_t made = 0;

	while (made < n && *count < EVENTS) {
		events[made] = make((*count)++);
		made += take_steps(&events[made]) > 0;
	}
	return (long)made;
}

static leat_rx start_chain(leat_rx events)
{
	events = leat_filter(LEAT_NIL, events, check, NULL);
	events = leat_steps(LEAT_NIL, events, struct event, LEAT_STEPS(LEAT_UPDATE(convert, NULL)));
	events = leat_steps(LEAT_NIL, events, struct event, LEAT_STEPS(LEAT_UPDATE(tax, NULL)));
	return leat_steps(LEAT_NIL, events, struct event, LEAT_STEPS(LEAT_UPDATE(place, NULL)));
}

static int sum_events(leat_rx events, struct sum *sum)
{
	struct event some[AT_ONCE];
	int cause;

	for (long got; (got = leat_recv_n(events, some, AT_ONCE, LEAT_NEVER)) > 0;)
		for (long i = 0; i < got; i++)
			add(sum, &some[i]);
	cause = leat_cause(events);
	leat_drop(events);
	return cause;
}

/* Returns 0 or an errno value. */
static int run(const char *mode, size_t room, struct sum *sum)
{
	int from = strcmp(mode, "from") == 0, error;
	uint64_t count = 0;
	leat_rx events = leat_source_n(LEAT_NIL, struct event, AT_ONCE, from ? next_ready_events : next_events, &count);

	events = leat_buffer(events, room);
	if (strcmp(mode, "chain") == 0)
		events = start_chain(events);
	else if (!from)
		events = leat_steps(LEAT_NIL, events, struct event,
		                    LEAT_STEPS(LEAT_FILTER(check, NULL), LEAT_UPDATE(convert, NULL),
		                               LEAT_UPDATE(tax, NULL), LEAT_UPDATE(place, NULL)));
	error = sum_events(events, sum);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the count any more */
	return error;
}

/* ----------------------------------------------------------------------------------- one batch a value -- */

/* In each batch, leave events out or change them; then pass the batch on. */
static inline void step_batches(leat_stage *stage, leat_filter_fn *keep, leat_update_fn *update)
{
	for (leat_batched **batch; (batch = leat_next(stage)) != NULL;) {
		struct event *events = (*batch)->values;
		size_t kept = 0;

		for (size_t i = 0; i < (*batch)->count; i++) {
			events[kept] = events[i];
			kept += keep ? keep(NULL, &events[kept]) > 0 : update(NULL, &events[kept]) > 0;
		}
		(*batch)->count = kept;
		if (!leat_emit(stage, batch))
			return;
	}
}

/* The bodies of the stages. The compiler puts the step into each of them, so that no event needs a call. */
static void check_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, check, NULL); }
static void convert_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, NULL, convert); }
static void tax_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, NULL, tax); }
static void place_batches(leat_stage *stage, void *unused) { (void)unused; step_batches(stage, NULL, place); }

typedef void body(leat_stage *stage, void *unused);

static int sum_batches(leat_rx batches, struct sum *sum)
{
	int cause;

	for (leat_batched *batch; leat_recv(batches, &batch) > 0; leat_batched_free(batch))
		for (size_t i = 0; i < batch->count; i++)
			add(sum, (struct event *)batch->values + i);
	cause = leat_cause(batches);
	leat_drop(batches);
	return cause;
}

/* Returns 0 or an errno value. */
static int run_batches(size_t room, struct sum *sum)
{
	static body *const bodies[STEPS] = { check_batches, convert_batches, tax_batches, place_batches };
	uint64_t count = 0;
	leat_rx batches = leat_batch_from(LEAT_NIL, struct event, BATCH, next_events, &count);
	int error;

	batches = leat_buffer(batches, room);
	for (int i = 0; i < STEPS; i++)
		batches = leat_stage_start(&(leat_plan){ .name = "step", .in = &batches, .ins = 1, .body = bodies[i] });
	error = sum_batches(batches, sum);
	(void)leat_wait_all(LEAT_NEVER); /* 1: no stage uses the count any more */
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
