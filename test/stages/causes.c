/* SPDX-License-Identifier: 0BSD
 *
 * causes.c - the cause with which a stream ends. It is the first of these: the cause of done, the cause of the input,
 * the cause of a function that failed. Every stage passes it on. A thread that leaves by pthread_exit gives a cause
 * too.
 */
#include "../test.h"

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------- the stages -- */

/* How the functions of the stages treat the value 5. They pass on all other values. */
static int with_five;

enum { FAIL, FAIL_AFTER_DONE, EXIT };

static leat_tx done_to_close;

static int judge(const void *in)
{
	if (*(const int *)in != 5)
		return 1;
	if (with_five == EXIT)
		pthread_exit(NULL);
	if (with_five == FAIL_AFTER_DONE)
		check(leat_close_with(done_to_close, EPERM) == 1);
	return -EDOM;
}

static int map_fn(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return judge(in);
}

static int filter_fn(void *arg, const void *in)
{
	(void)arg;
	return judge(in);
}

/* A source has no input. It makes 0, 1, 2, and so on, and fails like the others. */
static int source_fn(void *arg, void *out)
{
	*(int *)out = (*(int *)arg)++;
	return judge(out);
}

static leat_rx a_source(leat_rx done, leat_rx in)
{
	static int next;

	leat_drop(in);
	next = 0;
	return leat_buffer(leat_repeat_fn(done, int, source_fn, &next), capacity);
}

static int same_fn(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static leat_rx a_source_with_steps(leat_rx done, leat_rx in)
{
	static int next;
	leat_rx out;

	leat_drop(in);
	next = 0;
	out = leat_steps_from(done, int, source_fn, &next, LEAT_STEPS({ same_fn, NULL }, { same_fn, NULL }));
	return leat_buffer(out, capacity);
}

static leat_rx a_map(leat_rx done, leat_rx in)
{
	return leat_map(done, in, int, map_fn, NULL);
}

static leat_rx a_steps(leat_rx done, leat_rx in)
{
	return leat_steps(done, in, int, LEAT_STEPS({ same_fn, NULL }, { map_fn, NULL }, { same_fn, NULL }));
}

static leat_rx a_filter(leat_rx done, leat_rx in)
{
	return leat_filter(done, in, filter_fn, NULL);
}

static leat_rx a_map_n(leat_rx done, leat_rx in)
{
	return leat_map_n(done, in, 3, int, map_fn, NULL);
}

static leat_rx a_map_ordered(leat_rx done, leat_rx in)
{
	return leat_map_ordered(done, in, 3, int, map_fn, NULL);
}

static leat_rx map_stage(leat_rx done, leat_rx in, void *arg)
{
	(void)arg;
	return a_map(done, in);
}

static leat_rx a_fan_out(leat_rx done, leat_rx in)
{
	leat_rx out[3];

	check(leat_fan_out(done, in, out, 3, map_stage, NULL) == 1);
	return leat_fan_in(done, out, 3);
}

static leat_rx a_take(leat_rx done, leat_rx in)
{
	return leat_take(done, in, -1);
}

static leat_rx a_tee(leat_rx done, leat_rx in)
{
	leat_rx out[2];

	check(leat_tee(done, in, out, 2) == 1);
	return leat_fan_in(done, out, 2);
}

static leat_rx a_bridge(leat_rx done, leat_rx in)
{
	leat_chan chan = leat_make_of(&leat_rx_type, 1);

	check(leat_send(chan.tx, &in) == 1);
	leat_drop(chan.tx);
	return leat_bridge(done, chan.rx, int);
}

static leat_rx a_fan_in(leat_rx done, leat_rx in)
{
	return leat_fan_in(done, LEAT_RXS(leat_ended(0), leat_dup(in), in));
}

static int compare_ints(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *(const int *)a - *(const int *)b;
}

static leat_rx a_merge_sorted(leat_rx done, leat_rx in)
{
	return leat_merge_sorted(done, LEAT_RXS(leat_ended(0), leat_dup(in), in), compare_ints, NULL);
}

static int first_of_row(void *arg, const void *const *in, void *out)
{
	return same_fn(arg, in[0], out);
}

static leat_rx a_zip(leat_rx done, leat_rx in)
{
	return leat_zip(done, int, LEAT_RXS(in, leat_repeat(nil, LEAT_VALUES(char, 'z'))), first_of_row, NULL);
}

static int send_copy(void *arg, const void *in, leat_stage *stage)
{
	return same_fn(arg, in, leat_scratch(stage)) && leat_emit(stage, leat_scratch(stage));
}

static leat_rx a_flat_map(leat_rx done, leat_rx in)
{
	return leat_flat_map(done, in, 2, int, send_copy, NULL);
}

static int last_number(void *arg, void *result, const void *value)
{
	return same_fn(arg, value, result);
}

static leat_rx a_scan(leat_rx done, leat_rx in)
{
	return leat_scan(done, in, int, &(int){ 0 }, last_number, NULL);
}

static leat_rx a_window(leat_rx done, leat_rx in)
{
	return leat_unbatch(done, leat_window(done, in, 3, 3), int);
}

typedef leat_rx stage(leat_rx done, leat_rx in);

/* The first CALLING stages call a function. The first ONE_THREAD of these have one thread. The first SOURCES of those
 * have no input. */
static stage *const stages[] = { a_source, a_source_with_steps, a_map, a_steps, a_filter, a_map_n, a_map_ordered,
	a_fan_out, a_take, leat_or_done, a_tee, a_bridge, a_fan_in, a_merge_sorted, a_zip, a_flat_map, a_scan, a_window };

enum { SOURCES = 2, ONE_THREAD = 5, CALLING = 8, STAGES = sizeof stages / sizeof *stages };

static void must_be_over(leat_rx in, int cause)
{
	check(leat_drain(in) == cause);
	must_be_clean();
}

/* ---------------------------------------------------------------------------------------- of the input -- */

enum { BEFORE, ASLEEP, WITH_A_VALUE, DROPPED, WAYS };

static void end_with(leat_tx tx, int cause, int way)
{
	if (way == ASLEEP)
		nap(1);
	if (way == WITH_A_VALUE)
		check(leat_send(tx, &(int){ 1 }) == 1);
	check((way == DROPPED ? leat_drop_with(tx, cause) : leat_close_with(tx, cause)) == 1);
	if (way != DROPPED)
		leat_drop(tx);
}

static void the_cause_of_the_input_is_passed_on(void)
{
	for (int i = WAYS * SOURCES; i < WAYS * STAGES; i++) {
		leat_chan chan = leat_make(int, capacity);
		leat_rx out;

		if (i % WAYS == BEFORE)
			check(leat_close_with(chan.tx, EIO) == 1);
		out = stages[i / WAYS](nil, chan.rx);
		if (i % WAYS == BEFORE)
			leat_drop(chan.tx);
		else
			end_with(chan.tx, EIO, i % WAYS);
		must_be_over(out, EIO);
	}
}

static void the_cause_of_the_outer_stream_is_bridge_s(void)
{
	for (int way = ASLEEP; way < WAYS; way += 2) {
		leat_chan chan = leat_make_of(&leat_rx_type, capacity);
		leat_rx out = leat_bridge(nil, chan.rx, int);

		end_with(chan.tx, EIO, way);
		must_be_over(out, EIO);
	}
}

static void a_cause_goes_all_the_way(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx out = chan.rx;

	for (int i = 0; i < 3 * (STAGES - SOURCES); i++)
		out = stages[SOURCES + i % (STAGES - SOURCES)](nil, out);
	end_with(chan.tx, EIO, WITH_A_VALUE);
	must_be_over(out, EIO);
}

/* ----------------------------------------------------------------------------------------------- of done -- */

static void done_comes_before_the_input(void)
{
	for (int i = 2 * SOURCES; i < 2 * STAGES; i++) {
		leat_chan done = leat_make_unit(), chan = leat_make(int, capacity);

		check(leat_close_with(done.tx, i % 2 ? EPERM : 0) == 1);
		check(leat_close_with(chan.tx, EIO) == 1);
		must_be_over(stages[i / 2](done.rx, chan.rx), i % 2 ? EPERM : ECANCELED);
		leat_drop(chan.tx);
		leat_drop(done);
	}
}

/* done ended first, so its cause wins, whatever the stage was doing. */
static void done_comes_before_a_later_end_of_the_input(void)
{
	for (int i = 0; i < 1000; i++) {
		leat_chan done = leat_make_unit(), chan = leat_make(int, capacity);
		leat_rx out = a_take(done.rx, chan.rx);

		for (int wait = 0; wait < i % 100; wait++)
			(void)leat_len(out);
		check(leat_close_with(done.tx, EPERM) == 1);
		check(leat_close_with(chan.tx, i % 2 ? EIO : 0) == 1);
		check(leat_wait(out) == 0 && leat_cause(out) == EPERM);
		leat_drop(out);
		leat_drop(chan.tx);
		leat_drop(done);
	}
}

/* Both are timers. A thread that wakes up at that time finds both ready, and may look at the input first. */
static void done_comes_before_an_end_of_the_input_at_the_same_time(void)
{
	for (int i = 0; i < 40; i++) {
		leat_time soon = leat_in(LEAT_US(300));
		leat_chan done = leat_make_until(soon, EPERM), in = leat_make_until(soon, EIO);

		must_be_over(leat_or_done(done.rx, in.rx), EPERM);
		leat_drop(in.tx);
		leat_drop(done);
	}
}

/* -------------------------------------------------------------------------------------- of the function -- */

static void a_failure_is_the_cause_and_stops_the_input(void)
{
	with_five = FAIL;
	for (int i = 0; i < CALLING; i++) {
		leat_rx in = leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5)), capacity);

		must_be_over(stages[i](nil, in), EDOM);
	}
}

static void a_failure_stops_a_silent_input(void)
{
	with_five = FAIL;
	for (int i = SOURCES; i < CALLING; i++) {
		leat_chan silent = leat_make(int, capacity);
		leat_rx out = stages[i](nil, silent.rx);

		check(leat_send(silent.tx, &(int){ 5 }) == 1);
		must_be_over(out, EDOM);
		check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1);
		leat_drop(silent.tx);
	}
}

static void a_failure_goes_all_the_way(void)
{
	with_five = FAIL;
	for (int i = 0; i < CALLING; i++) {
		leat_rx out = stages[i](nil, leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6, 7)));

		for (int j = SOURCES; j < STAGES; j++)
			out = stages[j](nil, out);
		must_be_over(out, EDOM);
	}
}

/* These stages pass values on in order, so all values before the failure arrive. */
static void a_failure_comes_after_the_values_before_it(void)
{
	with_five = FAIL;
	for (int i = 0; i < ONE_THREAD; i++) {
		leat_rx out = stages[i](nil, leat_generator(nil, LEAT_VALUES(int, 0, 1, 2, 3, 4, 5, 6)));

		for (int j = 0, n; j < 5; j++)
			check(leat_recv(out, &n) == 1 && n == j);
		must_be_over(out, EDOM);
	}
}

static int exit_each(void *arg, const void *in)
{
	(void)arg;
	return judge(in);
}

static void a_thread_that_exits_is_a_cause(void)
{
	with_five = EXIT;
	for (int i = 0; i < CALLING; i++)
		if (stages[i] != a_map_ordered)
			must_be_over(stages[i](nil, leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5))), EOWNERDEAD);
	for (size_t workers = 1; workers <= 3; workers += 2)
		check(leat_each(nil, leat_repeat(nil, LEAT_VALUES(int, 4, 5)), workers, exit_each, NULL) == EOWNERDEAD);
}

/* ------------------------------------------------------------------------------ which holds when in doubt -- */

/* The function fails after done has ended. */
static void done_comes_before_a_failure(void)
{
	with_five = FAIL_AFTER_DONE;
	for (int i = 0; i < CALLING; i++) {
		leat_chan done = leat_make_unit();

		done_to_close = done.tx;
		must_be_over(stages[i](done.rx, leat_generator(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6))), EPERM);
		leat_drop(done);
	}
}

static void a_thread_of_map_ordered_that_exits_is_a_cause(void)
{
	with_five = EXIT;
	must_be_over(a_map_ordered(nil, leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3, 4, 5))), EOWNERDEAD);
}

/* ------------------------------------------------------------------------------- numbers that are no errno value -- */

static const int absurd[] = { INT32_MIN, -256, -100000 };

static int absurd_source(void *result, void *out)
{
	(void)out;
	return *(const int *)result;
}

static int absurd_map(void *result, const void *in, void *out)
{
	(void)in;
	(void)out;
	return *(const int *)result;
}

static int absurd_filter(void *result, const void *in)
{
	(void)in;
	return *(const int *)result;
}

static int absurd_catch(void *result, const leat_failure *failure, void *value)
{
	(void)failure;
	(void)value;
	return *(const int *)result;
}

static int absurd_copy(void *to, const void *from)
{
	(void)to;
	(void)from;
	return INT32_MIN;
}

typedef LEAT_RESULT(int) int_result;

/* A function that fails with a number that is no errno value gives EINVAL. */
static void absurd_numbers_are_invalid(void)
{
	for (int i = 0; i < 3; i++) {
		int arg = absurd[i];
		leat_rx in, out[2], results = leat_result_from(nil, numbers(0, 3), "f", int_result, absurd_map, &arg);

		results = leat_result_catch(nil, results, absurd_catch, &arg);
		check(leat_drain(leat_result_stop(nil, results, 1)) == EINVAL);
		check(leat_drain(leat_map(nil, numbers(0, 3), int, absurd_map, &arg)) == EINVAL);
		check(leat_drain(leat_map_n(nil, numbers(0, 3), 2, int, absurd_map, &arg)) == EINVAL);
		check(leat_drain(leat_map_ordered(nil, numbers(0, 3), 2, int, absurd_map, &arg)) == EINVAL);
		check(leat_drain(leat_steps(nil, numbers(0, 3), int, LEAT_STEPS({ absurd_map, &arg }))) == EINVAL);
		check(leat_drain(leat_filter(nil, numbers(0, 3), absurd_filter, &arg)) == EINVAL);
		check(leat_drain(leat_repeat_fn(nil, int, absurd_source, &arg)) == EINVAL);
		check(leat_each(nil, numbers(0, 3), 1, absurd_filter, &arg) == EINVAL);
		in = leat_map_of(nil, numbers(0, 3), &(leat_type){ "int", sizeof(int), absurd_copy, NULL }, map_fn,
		                 NULL);
		check(leat_tee(nil, in, out, 2) == 1);
		check(leat_drain(out[0]) == EINVAL && leat_drain(out[1]) == EINVAL);
		check(leat_wait_all(LEAT_NEVER) == 1); /* no stage reads arg any more */
	}
}

static void copies_that_fail_absurdly(void)
{
	leat_type type = { "int", sizeof(int), absurd_copy, NULL };
	leat_broadcast *broadcast = leat_broadcast_make_of(&type);
	leat_rx rx = leat_subscribe(broadcast, 1, LEAT_BLOCK), in = numbers(0, 3);

	check(leat_publish(broadcast, &(int){ 1 }, nil, LEAT_NOW) == -1 && errno == EINVAL);
	check(leat_drain(leat_stage_start(&(leat_plan){
		.in = &in, .ins = 1, .body = leat_pass_on, .arg = &(int){ 1 }, .arg_type = &type })) == EINVAL);
	leat_drop(rx);
	leat_broadcast_drop(broadcast);
}

int main(int argc, char **argv)
{
	return RUN(the_cause_of_the_input_is_passed_on, the_cause_of_the_outer_stream_is_bridge_s,
	           a_cause_goes_all_the_way, done_comes_before_the_input, a_failure_is_the_cause_and_stops_the_input,
	           a_failure_stops_a_silent_input, a_failure_goes_all_the_way,
	           a_failure_comes_after_the_values_before_it, a_thread_that_exits_is_a_cause,
	           done_comes_before_a_later_end_of_the_input, done_comes_before_an_end_of_the_input_at_the_same_time,
	           done_comes_before_a_failure, a_thread_of_map_ordered_that_exits_is_a_cause,
	           absurd_numbers_are_invalid, copies_that_fail_absurdly);
}
