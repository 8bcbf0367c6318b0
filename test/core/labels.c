/* SPDX-License-Identifier: 0BSD
 *
 * labels.c - what a report calls a channel or a thread: its name, and the place of the call that made or started it.
 * These tests ask the library's own functions. test/scripts/header.sh tests the place of each constructor, also in C++.
 */
#include "../test.h"
#include "../../lib/registry.h"

static int is_at(struct leat_channel *ch, const char *place)
{
	const char *noted = leati_place(ch);

	return noted && strcmp(noted, place) == 0;
}

/* Whether the channel of this expression has the place of this line. */
#define IS_PLACED(made) is_at((made).ch, LEAT_HERE_)

/* --------------------------------------------------------------------------------------------- channels -- */

static void a_channel_has_the_place_where_it_was_made(void)
{
	leat_type type = { "number", sizeof(int), NULL, NULL };
	leat_chan made;

	check(IS_PLACED((made = leat_make(int, capacity)).rx));
	check(leati_place(made.tx.ch) == leati_place(made.rx.ch) && leati_name(made.rx.ch) == NULL);
	leat_drop(made);
	check(IS_PLACED((made = leat_make_of(&type, capacity)).rx));
	leat_drop(made);
	check(IS_PLACED((made = leat_make_unit()).rx));
	leat_drop(made);
}

static void a_function_by_its_address_makes_a_channel_without_a_place(void)
{
	leat_chan (*make_of)(const leat_type *, size_t) = leat_make_of, (*make_unit)(void) = leat_make_unit;
	leat_chan number = make_of(LEAT_TYPE(int), capacity), unit = make_unit();

	check(!leat_closed(number) && leati_place(number.rx.ch) == NULL);
	check(!leat_closed(unit) && leati_place(unit.rx.ch) == NULL);
	leat_drop(number);
	leat_drop(unit);
}

static void a_name_leaves_the_place_as_it_is(void)
{
	leat_chan chan = leat_make(int, capacity);
	const char *place = leati_place(chan.rx.ch);

	leat_name(chan, "requests");
	check(strcmp(leati_name(chan.rx.ch), "requests") == 0 && leati_place(chan.rx.ch) == place);
	leat_name(chan.tx, "sent");
	check(strcmp(leati_name(chan.rx.ch), "sent") == 0);
	leat_name(chan.rx, "received");
	check(strcmp(leati_name(chan.tx.ch), "received") == 0);
	leat_name(chan, NULL);
	check(leati_name(chan.rx.ch) == NULL && leati_place(chan.rx.ch) == place);
	leat_drop(chan);
}

/* A period lies where the place of other channels is, and a stream that never started is every thread's. */
static void nil_timers_and_ended_streams_are_left_alone(void)
{
	leat_rx timers[] = { leat_after(LEAT_S(1000)), leat_tick(LEAT_S(1000)), leat_ended(EIO), LEAT_NIL,
		             leat_make(int, (size_t)-1).rx };

	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
		leat_name(timers[i], "timer");
		check(leati_name(timers[i].ch) == NULL && leati_place(timers[i].ch) == NULL);
		leat_drop(timers[i]);
	}
}

static void ticks_still_come_after_a_name(void)
{
	leat_rx tick = leat_tick(LEAT_MS(1));
	leat_time first, second;

	leat_name(tick, "tick");
	check(leat_recv(tick, &first) == 1 && leat_recv(tick, &second) == 1 && second >= first + LEAT_MS(1));
	leat_drop(tick);
}

/* ------------------------------------------------------------------------------------------ stages -- */

static void the_outer_call_gives_a_stream_its_place(void)
{
	leat_rx steps[2];

	/* leat_batch is a function that calls leat_stage_start. */
	check(IS_PLACED(steps[0] = leat_batch(LEAT_NIL, numbers(1, 3), 2, LEAT_NEVER)));
	leat_drop(steps[0]);
	check(IS_PLACED(steps[0] = leat_take(LEAT_NIL, numbers(1, 3), 2)));
	check(IS_PLACED(steps[1] = leat_take(LEAT_NIL, steps[0], 1)) && !leat_same(steps[0], steps[1]));
	leat_drop(steps[1]);
}

static void all_outputs_have_the_place_of_the_call(void)
{
	leat_rx out[3];
	int line = __LINE__, made = leat_tee(LEAT_NIL, numbers(1, 3), out, 3);
	char here[4096];

	check(made == 1);
	(void)snprintf(here, sizeof here, "%s:%d", __FILE__, line);
	for (int i = 0; i < 3; i++) {
		check(is_at(out[i].ch, here));
		leat_drop(out[i]);
	}
}

static leat_rx named(leat_rx in)
{
	leat_rx out = leat_take(LEAT_NIL, in, 2);

	leat_name(out, "two");
	return out;
}

/* These return streams that somebody has made, and perhaps named, before. */
static void a_stream_keeps_its_name_and_place_when_it_is_passed_on(void)
{
	leat_rx in = named(numbers(1, 3)), same;
	const char *place = leati_place(in.ch);

	same = leat_expect(leat_buffer(in, 5), int);
	check(leat_same(same, in) && leati_place(in.ch) == place && strcmp(leati_name(in.ch), "two") == 0);
	leat_drop(in);
}

static leat_rx named_stage(leat_rx done, leat_rx in, void *arg)
{
	(void)done;
	(void)arg;
	return named(in);
}

static void a_name_given_inside_of_a_constructor_stays(void)
{
	leat_rx out[2];

	check(leat_fan_out(LEAT_NIL, numbers(1, 3), out, 2, named_stage, NULL) == 1);
	for (int i = 0; i < 2; i++) {
		check(strcmp(leati_name(out[i].ch), "two") == 0);
		leat_drop(out[i]);
	}
}

/* ------------------------------------------------------------------------------------- started functions -- */

/* The job of a thread, as its record has it. */
typedef struct { char name[16], where[4096]; } record;

static void read_record(void *of_record)
{
	const leati_job *job = leati_self()->job;
	record *read = of_record;

	strncpy(read->name, job->name, sizeof read->name - 1);
	strncpy(read->where, job->where ? job->where : "nowhere", sizeof read->where - 1);
}

static int read_record_in_group(leat_rx done, void *of_record)
{
	(void)done;
	read_record(of_record);
	return 0;
}

static int read_record_in_stage(void *of_record, const void *in)
{
	(void)in;
	read_record(of_record);
	return 1;
}

static int read_record_of_replica(leat_rx done, void *of_record, size_t replica, void *out)
{
	(void)done;
	*(int *)out = (int)replica;
	if (replica == 0)
		return 0; /* the caller runs the first one */
	read_record(of_record);
	return 1;
}

static int open_record(void *of_record, void **thing)
{
	read_record(of_record);
	*thing = of_record;
	return 0;
}

static void close_record(void *of_record, void *thing)
{
	check(thing == of_record);
}

static int is_record(const record *read, const char *name, const char *where)
{
	return strcmp(read->name, name) == 0 && strcmp(read->where, where) == 0;
}

/* A started function has this name and the place of this line. */
#define STARTS(name, call, end) (check((call) > 0), (void)(end), check(is_record(&read, name, LEAT_HERE_)))

static void a_started_function_has_its_name_and_the_place_of_the_call(void)
{
	record read = { "", "" };
	leat_waitgroup waiting = { 0 };
	leat_errgroup *group = leat_errgroup_make(LEAT_NIL);
	leat_resources_plan plan = { 1, 1, open_record, close_record, &read };
	leat_resources *resources;
	leat_forkjoin *pool;
	int out;

	STARTS("read_record", leat_go(read_record, &read), leat_wait_all(LEAT_NEVER));
	STARTS("read_record", leat_waitgroup_go(&waiting, read_record, &read), leat_waitgroup_wait(&waiting, LEAT_NEVER));
	STARTS("read_record_in_", leat_errgroup_go(group, read_record_in_group, &read), leat_errgroup_wait(group));
	group = leat_errgroup_make(LEAT_NIL);
	STARTS("read_record_in_", leat_errgroup_try_go(group, read_record_in_group, &read), leat_errgroup_wait(group));
	STARTS("after_func", leat_after_func(leat_ended(0), read_record, &read, NULL), leat_wait_all(LEAT_NEVER));
	STARTS("after_func", leat_context_after_func(NULL, read_record, &read, NULL), leat_wait_all(LEAT_NEVER));
	STARTS("each", leat_each(LEAT_NIL, numbers(1, 3), 1, read_record_in_stage, &read) == 0, 0);
	STARTS("replica", leat_replicate(LEAT_NIL, 2, 0, int, read_record_of_replica, &read, &out), 0);
	STARTS("forkjoin", (pool = leat_forkjoin_make(1)) != NULL, leat_forkjoin_run(pool, read_record, &read));
	leat_forkjoin_drop(pool);
	STARTS("resources", (resources = leat_resources_make(&plan)) != NULL, 0);
	leat_resources_drop(resources);
}

static void a_function_by_its_address_starts_others_without_a_place(void)
{
	int (*go)(void (*)(void *), void *) = leat_go;
	record read = { "", "" };

	check(go(read_record, &read) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	check(is_record(&read, "leat", "nowhere"));
}

int main(int argc, char **argv)
{
	return RUN(a_channel_has_the_place_where_it_was_made, a_function_by_its_address_makes_a_channel_without_a_place,
	           a_name_leaves_the_place_as_it_is, nil_timers_and_ended_streams_are_left_alone,
	           ticks_still_come_after_a_name, the_outer_call_gives_a_stream_its_place,
	           all_outputs_have_the_place_of_the_call, a_stream_keeps_its_name_and_place_when_it_is_passed_on,
	           a_name_given_inside_of_a_constructor_stays, a_started_function_has_its_name_and_the_place_of_the_call,
	           a_function_by_its_address_starts_others_without_a_place);
}
