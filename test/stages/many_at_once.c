/* SPDX-License-Identifier: 0BSD
 *
 * many_at_once.c - a body may receive and send many values in one call: leat_next_n, leat_emit_n. Nothing but the speed
 * differs from one value at a time: the order, done, a consumer that leaves, and the ownership stay. Stages of the
 * library that have many values in their hands send them so.
 */
#include "../test.h"

enum { MANY = 500 };

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------ leat_emit_n -- */

/* A source that sends MANY owned values, `at_once` of them in a call. `sends` counts the calls that returned 1. */
struct source { size_t at_once; atomic_int *sends; };

static void source_body(leat_stage *stage, void *arg)
{
	const struct source *source = arg;
	owned values[MANY];

	for (size_t sent = 0, n; sent < MANY; sent += n) {
		n = source->at_once < MANY - sent ? source->at_once : MANY - sent;
		for (size_t i = 0; i < n; i++)
			values[i] = own((int)(sent + i));
		if (!leat_emit_n(stage, values, n))
			return;
		atomic_fetch_add(source->sends, 1);
	}
}

static atomic_int sends;
static const leat_type source_type = { "source", sizeof(struct source), NULL, NULL };

static leat_plan source_of(leat_rx done, struct source *source)
{
	atomic_store(&sends, 0);
	return (leat_plan){ .name = "source", .done = done, .type = &owned_type, .body = source_body, .arg = source,
	                    .arg_type = &source_type };
}

static leat_rx start_source(leat_rx done, size_t at_once)
{
	struct source source = { at_once, &sends };
	leat_plan plan = source_of(done, &source);

	return leat_buffer(leat_stage_start(&plan), capacity);
}

static void all_arrive_in_order(void)
{
	for (size_t at_once = 1; at_once <= 2 * MANY; at_once *= 3) {
		must_yield_owned(start_source(nil, at_once), 0, 1, MANY);
		check((size_t)atomic_load(&sends) == (MANY + at_once - 1) / at_once);
	}
}

/* The values that were sent before done came stay in the channel. The others are released. */
static void done_comes_in_the_middle(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = start_source(done.rx, MANY);
	size_t queued = capacity < MANY ? capacity : MANY;

	must_receive_owned(out, 0);
	while (leat_len(out) < queued && leat_live() > 0)
		nap(1);
	check(leat_close_with(done.tx, EPERM) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	queued = leat_len(out);
	for (size_t i = 1; i <= queued; i++)
		must_receive_owned(out, (int)i);
	check(leat_wait(out) == 0 && leat_cause(out) == (queued + 1 < MANY ? EPERM : leat_cause(out)));
	check(atomic_load(&owned_alive) == 0);
	leat_drop(out);
	leat_drop(done);
}

static void the_consumer_leaves_in_the_middle(void)
{
	for (int received = 0; received < 12; received++) {
		leat_rx out = start_source(nil, 7);

		for (int i = 0; i < received; i++)
			must_receive_owned(out, i);
		leat_drop(out);
		must_be_clean();
	}
}

static void each_output_gets_all(void)
{
	struct source source = { 7, &sends };
	leat_plan plan = source_of(nil, &source);
	leat_rx out[3];

	plan.out = out;
	plan.outs = 3;
	(void)leat_stage_start(&plan);
	leat_drop(out[1]);
	for (int i = 0; i < MANY; i++)
		for (int j = 0; j < 3; j += 2)
			must_receive_owned(out[j], i);
	check(leat_wait(out[0]) == 0 && leat_wait(out[2]) == 0);
	leat_drop(out[0]);
	leat_drop(out[2]);
}

static void emit_none(leat_stage *stage, void *arg)
{
	leat_rx done = *(leat_rx *)arg;

	check(leat_emit_n(stage, NULL, 0) == 1);
	check(leat_emit(stage, &(int){ 1 }) == 1);
	(void)leat_wait(done);
	check(leat_emit_n(stage, NULL, 0) == 0);
}

static void none_is_sent(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = leat_stage_start(&(leat_plan){ .name = "none", .done = done.rx, .type = LEAT_TYPE(int),
	                                             .body = emit_none, .arg = &done.rx });

	check(leat_wait(out) == 1);
	check(leat_close_with(done.tx, EPERM) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == EPERM);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(done);
}

/* The first value that is released ends the thread. The others are released nevertheless. */
static atomic_int released;

static void release_and_leave(void *value)
{
	(void)value;
	if (atomic_fetch_add(&released, 1) == 0)
		pthread_exit(NULL);
}

static const leat_type leaving_type = { "leaving", sizeof(int), NULL, release_and_leave };

static void emit_leaving(leat_stage *stage, void *arg)
{
	int values[5] = { 0 };

	check(leat_wait(*(leat_rx *)arg) == 0);
	(void)leat_emit_n(stage, values, 5);
	check(!"it has left");
}

static void a_release_that_leaves(void)
{
	leat_chan go = leat_make_unit();
	leat_rx out = leat_stage_start(&(leat_plan){ .name = "leaving", .type = &leaving_type, .body = emit_leaving,
	                                             .arg = &go.rx });

	atomic_store(&released, 0);
	leat_drop(out);
	leat_drop(go.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&released) == 5);
	leat_drop(go.rx);
}

/* ------------------------------------------------------------------------------------------ leat_next_n -- */

/* A closed channel with MANY values. */
static leat_rx queued(void)
{
	leat_chan chan = leat_make_of(&owned_type, MANY);

	for (int i = 0; i < MANY; i++) {
		owned value = own(i);

		check(leat_send(chan.tx, &value) == 1);
	}
	leat_drop(chan.tx);
	return chan.rx;
}

/* Pass on the even values. The body owns all that it has received. */
struct limits { size_t most; atomic_int largest; };

static void pass_even(leat_stage *stage, void *arg)
{
	struct limits *limits = arg;
	void *values;

	check(leat_next_n(stage, &values, 0) == 0);
	for (size_t n; (n = leat_next_n(stage, &values, limits->most)) > 0;) {
		check(n <= limits->most);
		if ((int)n > atomic_load(&limits->largest))
			atomic_store(&limits->largest, (int)n);
		for (size_t i = 0; i < n; i++) {
			owned *value = (owned *)values + i;

			if (*value->number % 2)
				disown(*value);
			else
				(void)leat_emit(stage, value);
		}
	}
}

static leat_rx even(leat_rx in, struct limits *limits, size_t most)
{
	limits->most = most;
	atomic_init(&limits->largest, 0);
	return leat_stage_start(&(leat_plan){ .name = "even", .in = &in, .ins = 1, .body = pass_even, .arg = limits });
}

static void the_number_is_bounded(void)
{
	struct limits limits;

	for (size_t most = 1; most <= 100; most *= 3) {
		must_yield_owned(even(queued(), &limits, most), 0, 2, MANY);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check((size_t)atomic_load(&limits.largest) == (most < 32 ? most : 32));
	}
}

/* The stage does not wait for a second value. */
static void one_is_enough(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	struct limits limits;
	leat_rx out = even(chan.rx, &limits, SIZE_MAX);

	for (int i = 0; i < 20; i += 2) {
		owned value = own(i);

		check(leat_send(chan.tx, &value) == 1);
		must_receive_owned(out, i);
	}
	leat_drop(chan.tx);
	check(leat_wait(out) == 0);
	leat_drop(out);
}

static void the_consumer_leaves_the_body_its_values(void)
{
	for (int received = 0; received < 12; received++) {
		struct limits limits;
		leat_rx out = even(queued(), &limits, 5);

		for (int i = 0; i < received; i++)
			must_receive_owned(out, 2 * i);
		leat_drop(out);
		must_be_clean();
	}
}

/* The number of a value does not depend on how those before it were received. */
static void number_every_fourth(leat_stage *stage, void *counter)
{
	uint64_t number;
	void *values;

	for (const owned *value; (value = leat_next_numbered(stage, counter, &number)) != NULL;) {
		check((uint64_t)*value->number == number);
		for (size_t n, left = 3; left > 0 && (n = leat_next_n(stage, &values, left)) > 0; left -= n)
			for (size_t i = 0; i < n; i++)
				disown(((owned *)values)[i]);
	}
}

static void values_received_at_once_are_numbered(void)
{
	uint64_t counter = 0;
	leat_rx in = queued();
	leat_rx out = leat_stage_start(&(leat_plan){
		.name = "number", .in = &in, .ins = 1, .body = number_every_fourth, .arg = &counter });

	check(leat_drain(out) == 0 && counter == MANY);
	must_be_clean();
}

/* ------------------------------------------------------------------------- stages that have many values -- */

/* leat_take releases the values that it holds and does not pass on. */
static void stages_of_the_library(void)
{
	leat_rx out[2];

	for (int n = 0; n <= MANY; n = 3 * n + 1)
		must_yield_owned(leat_take(nil, queued(), n), 0, 1, n);
	must_yield_owned(leat_take(nil, queued(), -1), 0, 1, MANY);
	must_yield_owned(leat_or_done(nil, queued()), 0, 1, MANY);
	must_yield_owned(leat_unbatch_of(nil, leat_batch(nil, queued(), 70, LEAT_NEVER), &owned_type), 0, 1, MANY);
	check(leat_tee(nil, queued(), out, 2) == 1);
	must_yield_owned(out[0], 0, 1, MANY);
	must_yield_owned(out[1], 0, 1, MANY);
}

int main(int argc, char **argv)
{
	return RUN(all_arrive_in_order, done_comes_in_the_middle, the_consumer_leaves_in_the_middle,
	           each_output_gets_all, none_is_sent, a_release_that_leaves, the_number_is_bounded, one_is_enough,
	           the_consumer_leaves_the_body_its_values, values_received_at_once_are_numbered,
	           stages_of_the_library);
}
