/* SPDX-License-Identifier: 0BSD
 *
 * bad_arguments.c - each constructor gets each kind of wrong argument. It returns a stream that has ended with EINVAL,
 * and it still takes over its other arguments. A stream that has failed earlier passes its cause through every stage.
 */
#include "../test.h"

#include <signal.h>

static const leat_rx nil;

/* ------------------------------------------------------------------------------ what a failing call takes, too -- */

enum { MOST = 8 };

static leat_tx open_ends[MOST]; /* senders of the inputs that the constructors took over */
static size_t opened;
static leat_chan done;

static leat_rx silent_of(const leat_type *type)
{
	leat_chan chan = leat_make_of(type, capacity);

	check(opened < MOST);
	open_ends[opened++] = chan.tx;
	return chan.rx;
}

static leat_rx silent(void)
{
	return silent_of(LEAT_TYPE(int));
}

/* The stream has ended with `cause`. No stage holds an input or done any more. */
static void must_be(leat_rx out, int cause)
{
	check(!leat_is_nil(out) && leat_never_started(out) && leat_closed(out));
	check(leat_wait(out) == 0 && leat_wait(out) == 0 && leat_cause(out) == cause);
	leat_drop(out);
	while (opened > 0) {
		check(leat_wait_gone(open_ends[--opened], LEAT_NEVER) == 1);
		leat_drop(open_ends[opened]);
	}
	must_be_clean();
}

static void must_refuse(leat_rx out)
{
	must_be(out, EINVAL);
}

/* The same for a call that returns -1 and fills `out`. */
static void must_refuse_all(int result, leat_rx *out, size_t n, int cause)
{
	check(result == -1 && errno == cause);
	for (size_t i = 0; i < n; i++)
		must_be(out[i], cause);
	must_be(leat_ended(cause), cause);
}

static void begin_with_done(void)
{
	done = leat_make_unit();
}

static void must_have_let_go_of_done(void)
{
	leat_drop(done.rx);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
}

/* ------------------------------------------------------------------------------------------ functions to give -- */

static int source_fn(void *arg, void *out)
{
	(void)arg;
	*(int *)out = 1;
	return 1;
}

static int map_fn(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static const leat_step step = { map_fn, NULL };

static int key_fn(void *arg, const void *in, leat_key *key)
{
	(void)arg;
	(void)in;
	(void)key;
	return 0;
}

static int filter_fn(void *arg, const void *in)
{
	(void)arg;
	return *(const int *)in;
}

static int compare_fn(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *(const int *)a - *(const int *)b;
}

static int zip_fn(void *arg, const void *const *in, void *out)
{
	return map_fn(arg, in[0], out);
}

static int fold_fn(void *arg, void *result, const void *value)
{
	return map_fn(arg, value, result);
}

static int flat_map_fn(void *arg, const void *in, leat_stage *stage)
{
	return map_fn(arg, in, leat_scratch(stage)) && leat_emit(stage, leat_scratch(stage));
}

static leat_rx stage_fn(leat_rx until, leat_rx in, void *arg)
{
	(void)arg;
	return leat_or_done(until, in);
}

static leat_rx nil_stage(leat_rx until, leat_rx in, void *arg)
{
	(void)until;
	(void)arg;
	leat_drop(in);
	return nil;
}

/* --------------------------------------------------------------------------------------------- refused -- */

static void channels(void)
{
	leat_chan bad[] = { leat_make(int, SIZE_MAX), leat_make(int, PTRDIFF_MAX / 2), leat_make_of(NULL, capacity) };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		check(leat_same(bad[i].tx, bad[i].rx) && leat_closed(bad[i]));
		leat_drop(bad[i].tx);
		must_refuse(bad[i].rx);
	}
	must_refuse(leat_ended(-1));
	must_refuse(leat_ended(256));
}

static void sources(void)
{
	static const int values[] = { 1, 2 };

	begin_with_done();
	must_refuse(leat_generator(done.rx, sizeof(int), NULL, 2));
	must_refuse(leat_generator(done.rx, sizeof(int), values, 0));
	must_refuse(leat_repeat(done.rx, sizeof(int), NULL, 2));
	must_refuse(leat_repeat(done.rx, sizeof(int), values, 0));
	must_refuse(leat_repeat_fn(done.rx, int, NULL, NULL));
	must_refuse(leat_repeat_fn_of(done.rx, NULL, source_fn, NULL));
	must_refuse(leat_steps_from(done.rx, int, NULL, NULL, LEAT_STEPS({ map_fn, NULL })));
	must_refuse(leat_steps_from(done.rx, int, source_fn, NULL, LEAT_STEPS()));
	must_refuse(leat_steps_from(done.rx, int, source_fn, NULL, LEAT_STEPS({ NULL, NULL })));
	must_refuse(leat_steps_from(done.rx, int, source_fn, NULL, NULL, 1));
	must_refuse(leat_steps_from_of(done.rx, NULL, source_fn, NULL, &step, 1));
	must_have_let_go_of_done();
}

static void stages_with_one_input(void)
{
	begin_with_done();
	must_refuse(leat_take(done.rx, nil, 1));
	must_refuse(leat_take(done.rx, nil, 0));
	must_refuse(leat_map(done.rx, nil, int, map_fn, NULL));
	must_refuse(leat_map(done.rx, silent(), int, NULL, NULL));
	must_refuse(leat_map_of(done.rx, silent(), NULL, map_fn, NULL));
	must_refuse(leat_filter(done.rx, nil, filter_fn, NULL));
	must_refuse(leat_filter(done.rx, silent(), NULL, NULL));
	must_refuse(leat_or_done(done.rx, nil));
	must_have_let_go_of_done();
}

static void steps(void)
{
	leat_type huge = { "huge", SIZE_MAX - 100, NULL, NULL };

	begin_with_done();
	must_refuse(leat_steps(done.rx, nil, int, LEAT_STEPS({ map_fn, NULL })));
	must_refuse(leat_steps(done.rx, silent(), int, LEAT_STEPS()));
	must_refuse(leat_steps(done.rx, silent(), int, &step, 0));
	must_refuse(leat_steps(done.rx, silent(), int, NULL, 1));
	must_refuse(leat_steps(done.rx, silent(), int, LEAT_STEPS({ map_fn, NULL }, { NULL, NULL })));
	must_refuse(leat_steps(done.rx, silent(), int, LEAT_STEPS(LEAT_FILTER(NULL, NULL))));
	must_refuse(leat_steps(done.rx, silent(), long, LEAT_STEPS(LEAT_FILTER(filter_fn, NULL))));
	must_refuse(leat_steps(done.rx, nil, int, LEAT_STEPS(LEAT_FILTER(filter_fn, NULL))));
	must_refuse(leat_steps_of(done.rx, silent(), NULL, &step, 1));
	must_refuse(leat_steps_of(done.rx, silent(), &huge, &step, 1));
	must_have_let_go_of_done();
}

static void workers(void)
{
	begin_with_done();
	must_refuse(leat_map_n(done.rx, nil, 2, int, map_fn, NULL));
	must_refuse(leat_map_n(done.rx, silent(), 0, int, map_fn, NULL));
	must_refuse(leat_map_n(done.rx, silent(), SIZE_MAX, int, map_fn, NULL));
	must_refuse(leat_map_n(done.rx, silent(), 2, int, NULL, NULL));
	must_refuse(leat_map_n_of(done.rx, silent(), 2, NULL, map_fn, NULL));
	must_refuse(leat_map_with(done.rx, nil, int, map_fn, NULL, NULL));
	must_refuse(leat_map_with(done.rx, silent(), int, NULL, NULL, NULL));
	must_refuse(leat_map_with_of(done.rx, silent(), NULL, map_fn, NULL, NULL));
	for (int ordered = 0; ordered < 2; ordered++)
		must_refuse(leat_map_with(done.rx, silent(), int, map_fn, NULL,
		                          &(leat_workers){ .count = SIZE_MAX, .ordered = ordered }));
	must_refuse(leat_map_ordered(done.rx, nil, 2, int, map_fn, NULL));
	must_refuse(leat_map_ordered(done.rx, silent(), 0, int, map_fn, NULL));
	must_refuse(leat_map_ordered(done.rx, silent(), SIZE_MAX, int, map_fn, NULL));
	must_refuse(leat_map_ordered(done.rx, silent(), 2, int, NULL, NULL));
	must_refuse(leat_map_ordered_of(done.rx, silent(), 2, NULL, map_fn, NULL));
	must_have_let_go_of_done();
}

static void ends(void)
{
	begin_with_done();
	check(leat_each(done.rx, nil, 1, filter_fn, NULL) == EINVAL);
	check(leat_each(done.rx, silent(), 0, filter_fn, NULL) == EINVAL);
	check(leat_each(done.rx, silent(), SIZE_MAX, filter_fn, NULL) == EINVAL);
	check(leat_each(done.rx, silent(), 1, NULL, NULL) == EINVAL);
	check(leat_each_with(done.rx, nil, filter_fn, NULL, NULL) == EINVAL);
	check(leat_each_with(done.rx, silent(), NULL, NULL, NULL) == EINVAL);
	check(leat_each_with(done.rx, silent(), filter_fn, NULL, &(leat_workers){ .ordered = 1 }) == EINVAL);
	check(leat_drain(nil) == EINVAL);
	must_be(leat_ended(0), 0);
	must_have_let_go_of_done();
}

static void tee(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_rx out[3];

	begin_with_done();
	must_refuse_all(leat_tee(done.rx, nil, out, 3), out, 3, EINVAL);
	must_refuse_all(leat_tee(done.rx, silent(), out, 0), out, 0, EINVAL);
	must_refuse_all(leat_tee(done.rx, silent(), NULL, 3), out, 0, EINVAL);
	must_refuse_all(leat_tee(done.rx, silent_of(&uncopied), out, 3), out, 3, EINVAL);
	must_have_let_go_of_done();
}

static void partition(void)
{
	leat_rx out[3];

	begin_with_done();
	must_refuse_all(leat_partition(done.rx, nil, out, 3, filter_fn, NULL), out, 3, EINVAL);
	must_refuse_all(leat_partition(done.rx, silent(), out, 0, filter_fn, NULL), out, 0, EINVAL);
	must_refuse_all(leat_partition(done.rx, silent(), NULL, 3, filter_fn, NULL), out, 0, EINVAL);
	must_refuse_all(leat_partition(done.rx, silent(), out, 3, NULL, NULL), out, 3, EINVAL);
	must_have_let_go_of_done();
}

static void stages_that_thin_out(void)
{
	begin_with_done();
	must_refuse(leat_distinct(done.rx, nil, 1, key_fn, NULL));
	must_refuse(leat_distinct(done.rx, silent(), 0, key_fn, NULL));
	must_refuse(leat_group_by(done.rx, nil, 1, 1, key_fn, NULL));
	must_refuse(leat_group_by(done.rx, silent(), 0, 1, key_fn, NULL));
	must_refuse(leat_group_by(done.rx, silent(), 1, 0, key_fn, NULL));
	must_refuse(leat_debounce(done.rx, nil, 1));
	must_refuse(leat_debounce(done.rx, silent(), -1));
	must_refuse(leat_throttle(done.rx, nil, 1, LEAT_FIRST));
	must_refuse(leat_throttle(done.rx, silent(), -1, LEAT_LAST));
	must_refuse(leat_throttle(done.rx, silent(), 1, LEAT_LAST + 1));
	must_refuse(leat_throttle(done.rx, silent(), 1, LEAT_FIRST - 1));
	must_have_let_go_of_done();
}

/* The values have the size of a leat_rx, but are not leat_rx: void * and leat_tx. */
static void bridge(void)
{
	begin_with_done();
	must_refuse(leat_bridge(done.rx, nil, int));
	must_refuse(leat_bridge(done.rx, silent(), int));
	must_refuse(leat_bridge(done.rx, silent_of(LEAT_TYPE(void *)), int));
	must_refuse(leat_bridge(done.rx, silent_of(&leat_tx_type), int));
	must_refuse(leat_bridge_of(done.rx, silent_of(&leat_rx_type), NULL));
	must_have_let_go_of_done();
}

static void combined(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_type huge = { "huge", SIZE_MAX - 100, NULL, NULL };
	owned first = { NULL };

	begin_with_done();
	must_refuse(leat_merge_sorted(done.rx, LEAT_RXS(silent(), silent()), NULL, NULL));
	must_refuse(leat_merge_sorted(done.rx, LEAT_RXS(silent(), nil), compare_fn, NULL));
	must_refuse(leat_merge_sorted(done.rx, LEAT_RXS(silent(), silent_of(LEAT_TYPE(char))), compare_fn, NULL));
	must_refuse(leat_zip(done.rx, int, LEAT_RXS(silent(), silent()), NULL, NULL));
	must_refuse(leat_zip(done.rx, int, LEAT_RXS(silent(), nil), zip_fn, NULL));
	must_refuse(leat_zip(done.rx, int, NULL, 0, zip_fn, NULL));
	must_refuse(leat_zip_of(done.rx, NULL, LEAT_RXS(silent(), silent()), zip_fn, NULL));
	must_refuse(leat_window(done.rx, nil, 1, 1));
	must_refuse(leat_window(done.rx, silent(), 0, 1));
	must_refuse(leat_window(done.rx, silent(), 1, 0));
	must_refuse(leat_window(done.rx, silent(), SIZE_MAX, 1));
	must_refuse(leat_window(done.rx, silent_of(&uncopied), 2, 1));
	must_refuse(leat_scan(done.rx, nil, int, &(int){ 0 }, fold_fn, NULL));
	must_refuse(leat_scan(done.rx, silent(), int, NULL, fold_fn, NULL));
	must_refuse(leat_scan(done.rx, silent(), int, &(int){ 0 }, NULL, NULL));
	must_refuse(leat_scan_of(done.rx, silent(), NULL, &(int){ 0 }, fold_fn, NULL));
	must_refuse(leat_scan_of(done.rx, silent(), &uncopied, &first, fold_fn, NULL));
	must_refuse(leat_scan_of(done.rx, silent(), &huge, &first, fold_fn, NULL));
	must_refuse(leat_flat_map(done.rx, nil, 1, int, flat_map_fn, NULL));
	must_refuse(leat_flat_map(done.rx, silent(), 0, int, flat_map_fn, NULL));
	must_refuse(leat_flat_map(done.rx, silent(), 1, int, NULL, NULL));
	must_refuse(leat_flat_map_of(done.rx, silent(), 1, NULL, flat_map_fn, NULL));
	check(leat_reduce(done.rx, nil, &(int){ 0 }, fold_fn, NULL) == EINVAL);
	check(leat_reduce(done.rx, silent(), &(int){ 0 }, NULL, NULL) == EINVAL);
	must_be(leat_ended(0), 0);
	must_have_let_go_of_done();
}

/* A stage takes 2^20 streams at most; those beyond are dropped too. */
static void too_many_members(void)
{
	enum { TOO_MANY = (1 << 20) + 1 };
	leat_rx *members = calloc(TOO_MANY, sizeof *members);

	check(members != NULL);
	members[0] = silent();
	members[TOO_MANY - 1] = silent();
	must_refuse(leat_or(members, TOO_MANY));
	free(members);
}

static void several_inputs(void)
{
	begin_with_done();
	must_refuse(leat_or(NULL, 2));
	must_refuse(leat_fan_in(done.rx, NULL, 2));
	must_refuse(leat_fan_in(done.rx, LEAT_RXS(silent(), nil, silent())));
	must_refuse(leat_fan_in(done.rx, LEAT_RXS(silent(), silent_of(LEAT_TYPE(char)), silent())));
	must_refuse(leat_fan_in(done.rx, LEAT_RXS(silent_of(&leat_rx_type), silent_of(&leat_tx_type))));
	must_refuse(leat_fan_in(done.rx, LEAT_RXS(silent_of(&owned_type), leat_ended(0), silent_of(LEAT_TYPE(char)))));
	must_have_let_go_of_done();
}

static void fan_out(void)
{
	leat_rx out[3];

	begin_with_done();
	must_refuse_all(leat_fan_out(done.rx, nil, out, 3, stage_fn, NULL), out, 3, EINVAL);
	must_refuse_all(leat_fan_out(done.rx, silent(), out, 0, stage_fn, NULL), out, 0, EINVAL);
	must_refuse_all(leat_fan_out(done.rx, silent(), NULL, 3, stage_fn, NULL), out, 0, EINVAL);
	must_refuse_all(leat_fan_out(done.rx, silent(), out, 3, NULL, NULL), out, 3, EINVAL);
	must_refuse_all(leat_fan_out(done.rx, silent(), out, 3, nil_stage, NULL), out, 3, EINVAL);
	must_have_let_go_of_done();
}

static void queue(void)
{
	must_refuse(leat_buffer(nil, capacity));
	must_refuse(leat_buffer(silent(), SIZE_MAX));
	must_refuse(leat_buffer(silent(), PTRDIFF_MAX / 2));
}

static void signals(void)
{
	static const int number = SIGUSR1;

	begin_with_done();
	must_refuse(leat_signals(done.rx, NULL, 1));
	must_refuse(leat_signals(done.rx, &number, 0));
	must_refuse(leat_signals(done.rx, LEAT_SIGNALS()));
	must_refuse(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, 0)));
	must_refuse(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, -1)));
	must_refuse(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, 1000)));
	must_refuse(leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1, SIGKILL)));
	must_have_let_go_of_done();
}

/* ------------------------------------------------------------------------------------- one's own stages -- */

static leat_rx start(const leat_rx *in, size_t ins, const leat_type *type, size_t workers)
{
	return leat_stage_start(&(leat_plan){ .done = done.rx, .in = in, .ins = ins, .type = type, .workers = workers,
	                                      .body = leat_pass_on });
}

static void plans(void)
{
	leat_rx one = silent();

	begin_with_done();
	check(leat_cause(leat_stage_start(NULL)) == EINVAL);
	must_refuse(leat_stage_start(&(leat_plan){ .done = done.rx, .in = &one, .ins = 1 }));
	must_refuse(leat_stage_start(&(leat_plan){ .done = done.rx, .body = leat_pass_on }));
	must_refuse(start(&nil, 1, LEAT_TYPE(int), 1));
	must_refuse(start((leat_rx[]){ silent(), nil }, 2, NULL, 1));
	must_refuse(start((leat_rx[]){ silent(), silent_of(LEAT_TYPE(char)) }, 2, NULL, 1));
	must_refuse(start(NULL, 2, LEAT_TYPE(int), 1));
	must_refuse(start((leat_rx[]){ silent() }, 1, NULL, SIZE_MAX));
	must_refuse(start(NULL, 0, &(leat_type){ "huge", SIZE_MAX, NULL, NULL }, 1));
	must_have_let_go_of_done();
}

static void must_refuse_outputs(leat_rx in, size_t outs, void (*body)(leat_stage *stage, void *arg))
{
	leat_rx out[2];

	must_refuse(leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .out = out, .outs = outs, .body = body }));
	for (size_t i = 0; i < outs; i++)
		must_refuse(out[i]);
}

static void plans_with_outputs(void)
{
	must_refuse_outputs(silent(), 0, leat_pass_on);
	must_refuse_outputs(silent(), 2, NULL);
	must_refuse_outputs(nil, 2, leat_pass_on);
}

/* A stage takes its arg over even when it is refused, unless the stage is given a copy. */
static void plans_with_an_arg_that_owns(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	owned taken[] = { own(1), own(2) }, kept = own(3);
	leat_plan plan = { .type = LEAT_TYPE(int), .workers = 2, .body = leat_pass_on, .arg = &taken[0],
	                   .arg_type = &uncopied };

	check(leat_cause(leat_stage_start(&plan)) == EINVAL);
	plan.arg = &taken[1];
	plan.workers = 1;
	plan.body = NULL;
	check(leat_cause(leat_stage_start(&plan)) == EINVAL);
	plan.arg = &kept;
	plan.arg_type = &owned_type;
	check(leat_cause(leat_stage_start(&plan)) == EINVAL);
	check(atomic_load(&owned_alive) == 1 && *kept.number == 3);
	disown(kept);
}

/* ------------------------------------------------------------------------------------------- passed on -- */

static void what_failed_before_is_passed_on(void)
{
	leat_rx failed = leat_ended(ENOMEM);

	begin_with_done();
	must_be(leat_take(done.rx, failed, 5), ENOMEM);
	must_be(leat_take(done.rx, failed, 0), ENOMEM);
	must_be(leat_map(done.rx, failed, int, map_fn, NULL), ENOMEM);
	must_be(leat_steps(done.rx, failed, int, &step, 1), ENOMEM);
	must_be(leat_filter(done.rx, failed, filter_fn, NULL), ENOMEM);
	must_be(leat_or_done(done.rx, failed), ENOMEM);
	must_be(leat_distinct(done.rx, failed, 1, NULL, NULL), ENOMEM);
	must_be(leat_group_by(done.rx, failed, 1, 1, NULL, NULL), ENOMEM);
	must_be(leat_debounce(done.rx, failed, 1), ENOMEM);
	must_be(leat_throttle(done.rx, failed, 1, LEAT_FIRST), ENOMEM);
	must_be(leat_bridge(done.rx, failed, int), ENOMEM);
	must_be(leat_or(LEAT_RXS(silent(), failed)), ENOMEM);
	must_be(leat_fan_in(done.rx, LEAT_RXS(silent(), failed, silent())), ENOMEM);
	must_be(leat_map_n(done.rx, failed, 2, int, map_fn, NULL), ENOMEM);
	must_be(leat_map_ordered(done.rx, failed, 2, int, map_fn, NULL), ENOMEM);
	must_be(leat_merge_sorted(done.rx, LEAT_RXS(silent(), failed), compare_fn, NULL), ENOMEM);
	must_be(leat_zip(done.rx, int, LEAT_RXS(silent(), failed), zip_fn, NULL), ENOMEM);
	must_be(leat_window(done.rx, failed, 2, 1), ENOMEM);
	must_be(leat_scan(done.rx, failed, int, &(int){ 0 }, fold_fn, NULL), ENOMEM);
	must_be(leat_flat_map(done.rx, failed, 2, int, flat_map_fn, NULL), ENOMEM);
	check(leat_reduce(done.rx, failed, &(int){ 0 }, fold_fn, NULL) == ENOMEM);
	must_be(leat_buffer(failed, capacity), ENOMEM);
	check(leat_each(done.rx, failed, 2, filter_fn, NULL) == ENOMEM);
	check(leat_drain(failed) == ENOMEM);
	must_be(start(&failed, 1, NULL, 3), ENOMEM);
	must_have_let_go_of_done();
}

static void what_failed_before_is_passed_on_to_all_outputs(void)
{
	leat_rx out[3];

	begin_with_done();
	must_refuse_all(leat_tee(done.rx, leat_ended(ENOMEM), out, 3), out, 3, ENOMEM);
	must_refuse_all(leat_fan_out(done.rx, leat_ended(ENOMEM), out, 3, stage_fn, NULL), out, 3, ENOMEM);
	must_refuse_all(leat_partition(done.rx, leat_ended(ENOMEM), out, 3, filter_fn, NULL), out, 3, ENOMEM);
	must_have_let_go_of_done();
}

static void it_is_enough_to_look_at_the_outermost(void)
{
	leat_rx out[2], failed;

	begin_with_done();
	failed = leat_filter(done.rx, silent(), NULL, NULL);
	must_refuse(leat_take(done.rx, leat_map(done.rx, failed, int, map_fn, NULL), 3));
	check(leat_tee(done.rx, leat_or_done(done.rx, leat_generator(done.rx, sizeof(int), NULL, 0)), out, 2) == -1);
	failed = leat_map_n(done.rx, out[1], 2, int, map_fn, NULL);
	must_refuse(leat_fan_in(done.rx, LEAT_RXS(silent(), out[0], failed)));
	must_have_let_go_of_done();
}

static void what_was_over_naturally_has_no_cause(void)
{
	leat_rx over = leat_ended(0), out[2];

	check(leat_drain(leat_take(nil, over, 5)) == 0);
	check(leat_drain(leat_map(nil, over, int, map_fn, NULL)) == 0);
	check(leat_drain(leat_steps(nil, over, int, &step, 1)) == 0);
	check(leat_drain(leat_filter(nil, leat_or_done(nil, over), filter_fn, NULL)) == 0);
	check(leat_drain(leat_bridge(nil, over, int)) == 0);
	check(leat_drain(leat_map_n(nil, over, 2, int, map_fn, NULL)) == 0);
	check(leat_drain(leat_map_ordered(nil, over, 2, int, map_fn, NULL)) == 0);
	check(leat_drain(leat_merge_sorted(nil, LEAT_RXS(over, over), compare_fn, NULL)) == 0);
	check(leat_drain(leat_merge_sorted(nil, NULL, 0, compare_fn, NULL)) == 0);
	check(leat_drain(leat_zip(nil, int, LEAT_RXS(over, over), zip_fn, NULL)) == 0);
	check(leat_drain(leat_window(nil, over, 2, 1)) == 0);
	check(leat_drain(leat_scan(nil, over, int, &(int){ 0 }, fold_fn, NULL)) == 0);
	check(leat_drain(leat_flat_map(nil, over, 2, int, flat_map_fn, NULL)) == 0);
	check(leat_reduce(nil, over, &(int){ 0 }, fold_fn, NULL) == 0);
	check(leat_fan_out(nil, over, out, 2, stage_fn, NULL) == 1);
	check(leat_drain(leat_fan_in(nil, out, 2)) == 0);
	check(leat_each(nil, over, 2, filter_fn, NULL) == 0);
}

/* --------------------------------------------------------------------------------------- absurd numbers -- */

/* A negative number of streams has become a size that no array has. The array is not touched. */
static void negative_numbers_of_streams(void)
{
	leat_chan member = leat_make(int, capacity);
	leat_rx out[] = { nil, nil };
	size_t absurd[] = { SIZE_MAX, (size_t)-2, SIZE_MAX / sizeof(leat_rx) + 2 };

	begin_with_done();
	for (int i = 0; i < 3; i++) {
		check(leat_tee(done.rx, silent(), out, absurd[i]) == -1 && errno == EINVAL);
		check(leat_fan_out(done.rx, silent(), out, absurd[i], stage_fn, NULL) == -1 && errno == EINVAL);
		must_refuse(leat_fan_in(done.rx, &member.rx, absurd[i]));
		must_refuse(leat_or(&member.rx, absurd[i]));
		must_refuse(leat_merge_sorted(done.rx, &member.rx, absurd[i], compare_fn, NULL));
		must_refuse(leat_zip(done.rx, int, &member.rx, absurd[i], zip_fn, NULL));
	}
	check(leat_is_nil(out[0]) && leat_is_nil(out[1]) && !leat_closed(member));
	check(leat_send_by(member.tx, &(int){ 1 }, LEAT_NOW) == (capacity ? 1 : -1));
	leat_drop(member);
	must_have_let_go_of_done();
}

/* The count is so large that its size in bytes wraps around to that of one value. */
static void more_values_than_memory_can_have(void)
{
	static const int values[] = { 1, 2 };
	size_t count = SIZE_MAX / sizeof(int) + 2;

	must_refuse(leat_generator(nil, sizeof(int), values, count));
	must_refuse(leat_repeat(nil, sizeof(int), values, count));
	must_refuse(leat_steps_from(nil, int, source_fn, NULL, &step, SIZE_MAX / sizeof step + 2));
}

int main(int argc, char **argv)
{
	return RUN(channels, sources, stages_with_one_input, steps, workers, ends, tee, partition,
	           stages_that_thin_out, bridge, several_inputs, combined,
	           too_many_members, fan_out, queue, signals, plans, plans_with_outputs, plans_with_an_arg_that_owns,
	           what_failed_before_is_passed_on, what_failed_before_is_passed_on_to_all_outputs,
	           it_is_enough_to_look_at_the_outermost, what_was_over_naturally_has_no_cause,
	           negative_numbers_of_streams, more_values_than_memory_can_have);
}
