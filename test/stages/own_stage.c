/* SPDX-License-Identifier: 0BSD
 *
 * own_stage.c - stages as users write them, with leat_stage_start. Each of them uses a call for stage bodies in a way
 * in which no other test uses it.
 */
#include "../test.h"

enum { MANY = 200 };

static const leat_rx nil;

static void must_be_next(leat_rx in, int expected)
{
	int n;

	check(leat_recv(in, &n) == 1 && n == expected);
}

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------------- a batcher -- */

/* The arg of the stage is the batch that it fills. The values that are left in it at the end are released with it. */
enum { BATCH = 4 };

struct batch { int count; owned values[BATCH]; };

static void batch_release(void *value)
{
	struct batch *batch = value;

	while (batch->count > 0)
		disown(batch->values[--batch->count]);
}

static const leat_type batch_type = { "batch", sizeof(struct batch), NULL, batch_release };

static int batch_emit(leat_stage *stage, struct batch *batch)
{
	struct batch *out = leat_scratch(stage);

	*out = *batch;
	batch->count = 0;
	return leat_emit(stage, out);
}

static void batch_body(leat_stage *stage, void *arg)
{
	struct batch *batch = arg;

	for (const owned *in; (in = leat_next(stage)) != NULL;) {
		batch->values[batch->count++] = own(*in->number);
		if (batch->count == BATCH && !batch_emit(stage, batch))
			return;
	}
	if (batch->count > 0)
		(void)batch_emit(stage, batch);
}

static leat_rx batches(leat_rx done, leat_rx in)
{
	struct batch empty = { 0 };

	return leat_stage_start(&(leat_plan){ .name = "batch", .done = done, .in = &in, .ins = 1, .type = &batch_type,
	                                      .body = batch_body, .arg = &empty, .arg_type = &batch_type });
}

static void a_batcher_emits_what_it_kept_after_the_natural_end(void)
{
	leat_rx out = batches(nil, owned_numbers(0, 4 * BATCH + 3));
	int count = 0, expected = 0;
	struct batch batch;

	check(leat_cap(out) == capacity);
	for (; leat_recv(out, &batch) > 0; batch_release(&batch)) {
		check(batch.count == (count++ < 4 ? BATCH : 3));
		for (int i = 0; i < batch.count; i++)
			check(*batch.values[i].number == expected++);
	}
	check(count == 5);
	must_be_over(out, 0);
}

static void a_batcher_emits_what_it_kept_before_a_cause(void)
{
	leat_chan chan = leat_make_of(&owned_type, 0);
	leat_rx out = batches(nil, chan.rx);
	owned a = own(1), b = own(2);
	struct batch batch;

	check(leat_send(chan.tx, &a) == 1 && leat_send(chan.tx, &b) == 1 && leat_drop_with(chan.tx, EIO) == 1);
	check(leat_recv(out, &batch) == 1 && batch.count == 2 && *batch.values[1].number == 2);
	batch_release(&batch);
	must_be_over(out, EIO);
}

/* Nobody receives the last batch. The cause of done wins over that of the input, even though the input ended first. */
static void a_batcher_that_cannot_emit_what_it_kept(void)
{
	leat_chan done = leat_make_unit(), chan = leat_make_of(&owned_type, 0);
	leat_rx out = batches(done.rx, chan.rx);
	owned a = own(1);

	check(leat_send(chan.tx, &a) == 1 && leat_close_with(chan.tx, EIO) == 1);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1); /* by now the stage has seen the cause */
	check(leat_close_with(done.tx, EPERM) == 1);
	while (leat_live() > 0)
		nap(1);
	must_be_over(out, EPERM);
	leat_drop(chan.tx);
	leat_drop(done);
}

/* The stage holds two values, and the input is silent. Then done ends, or the consumer leaves. */
static void a_batcher_releases_what_it_kept_at_other_ends(void)
{
	for (int way = 0; way < 2; way++) {
		leat_chan done = leat_make_unit(), chan = leat_make_of(&owned_type, 0);
		leat_rx out = batches(done.rx, chan.rx);
		owned a = own(1), b = own(2);

		check(leat_send(chan.tx, &a) == 1 && leat_send(chan.tx, &b) == 1);
		if (way == 1)
			leat_drop(out);
		else
			check(leat_close(done.tx) == 1);
		if (way == 0)
			must_be_over(out, ECANCELED);
		check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
		leat_drop(chan.tx);
		leat_drop(done);
	}
}

/* ---------------------------------------------------------------------------- two outputs, three inputs -- */

static void twice_body(leat_stage *stage, void *arg)
{
	(void)arg;
	for (const int *in; (in = leat_next(stage)) != NULL;) {
		*(long *)leat_scratch(stage) = 2L * *in;
		if (!leat_emit(stage, leat_scratch(stage)))
			return;
	}
}

static void two_outputs_of_another_type(void)
{
	leat_rx in = numbers(0, MANY), out[2];
	leat_rx first = leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .type = LEAT_TYPE(long), .out = out,
	                                               .outs = 2, .body = twice_body });

	check(leat_same(first, out[0]) && leat_cap(out[1]) == capacity);
	for (int i = 0; i < MANY; i++) {
		long n;

		check(leat_recv(out[1], &n) == 1 && n == 2 * i);
		check(leat_recv(out[0], &n) == 1 && n == 2 * i);
	}
	must_be_over(out[0], 0);
	must_be_over(out[1], 0);
}

/* A value to one output, to both, to the other, and to one that there is not. */
static void emit_here_and_there(leat_stage *stage, void *arg)
{
	owned values[] = { own(0), own(1), own(2), own(3) };

	(void)arg;
	check(leat_emit_to(stage, 0, &values[0]) == 1);
	check(leat_emit(stage, &values[1]) == 1);
	check(leat_emit_to(stage, 1, &values[2]) == 1);
	check(leat_emit_to(stage, 2, &values[3]) == 0);
}

static void values_for_one_output(void)
{
	leat_rx out[2];

	(void)leat_stage_start(&(leat_plan){ .type = &owned_type, .out = out, .outs = 2, .body = emit_here_and_there });
	must_receive_owned(out[0], 0);
	must_receive_owned(out[1], 1);
	must_receive_owned(out[0], 1);
	must_receive_owned(out[1], 2);
	must_be_over(out[0], EINVAL);
	must_be_over(out[1], EINVAL);
}

/* A value for an output that has no consumer is released. */
static void emit_to_each(leat_stage *stage, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < 9; i++) {
		owned value = own((int)i);

		if (!leat_emit_to(stage, i % 3, &value))
			return;
	}
}

static void values_for_outputs_that_leave(void)
{
	leat_rx out[3];

	(void)leat_stage_start(&(leat_plan){ .type = &owned_type, .out = out, .outs = 3, .body = emit_to_each });
	must_receive_owned(out[0], 0);
	leat_drop(out[1]); /* the stage waits for it, or will */
	must_receive_owned(out[2], 2);
	must_receive_owned(out[0], 3);
	leat_drop(out[2]);
	must_receive_owned(out[0], 6);
	must_be_over(out[0], 0);
}

/* Only a value for several consumers needs a copy. */
static void values_that_cannot_be_copied(void)
{
	leat_type uncopied = { "uncopied", sizeof(owned), NULL, owned_release };
	leat_rx in = leat_map_of(nil, numbers(0, 3), &uncopied, to_owned, NULL), out[2];

	(void)leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .out = out, .outs = 2, .body = leat_pass_on });
	must_be_over(out[0], EINVAL);
	must_be_over(out[1], EINVAL);
}

static int times_ten(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(10 * *((const owned *)in)->number);
	return 1;
}

/* A stage with three inputs, two workers and two outputs, of owned values. Each value goes to both outputs. */
static void inputs_workers_and_outputs(void)
{
	leat_rx in[] = { owned_numbers(0, 30), owned_numbers(30, 40), owned_numbers(70, 30) }, out[2], all;
	leat_rx first = leat_stage_start(&(leat_plan){ .in = in, .ins = 3, .out = out, .outs = 2, .workers = 2,
	                                               .body = leat_pass_on });
	int sum = 0, count = 0;

	check(leat_same(first, out[0]));
	all = leat_fan_in(nil, LEAT_RXS(out[0], leat_map_of(nil, out[1], &owned_type, times_ten, NULL)));
	for (owned value; leat_recv(all, &value) > 0; count++) {
		sum += *value.number;
		disown(value);
	}
	check(count == 200 && sum == 11 * 4950);
	must_be_over(all, 0);
}

/* --------------------------------------------------------------------- handles and other things in arg -- */

/* Even numbers go on. Odd numbers go to a channel of which the stage has a handle. */
struct split { leat_tx odds; leat_rx done; };

static void split_release(void *value)
{
	struct split *split = value;

	leat_drop(split->odds);
	leat_drop(split->done);
}

static int split_copy(void *to, const void *from)
{
	const struct split *split = from;

	*(struct split *)to = (struct split){ leat_dup(split->odds), leat_dup(split->done) };
	return 0;
}

static void split_body(leat_stage *stage, void *arg)
{
	struct split *split = arg;

	for (int *in; (in = leat_next(stage)) != NULL;) {
		if (*in % 2 ? leat_send_or(split->odds, in, split->done) <= 0 : !leat_emit(stage, in))
			return;
	}
}

/* With workers, each worker gets a copy, and the caller keeps `split`. Without, the stage takes `split` over. */
static leat_rx splitter(leat_rx in, struct split *split, size_t workers)
{
	leat_type type = { "split", sizeof *split, workers ? split_copy : NULL, split_release };
	leat_rx out = leat_stage_start(&(leat_plan){ .done = split->done, .in = &in, .ins = 1, .workers = workers,
	                                             .body = split_body, .arg = split, .arg_type = &type });

	if (workers)
		split_release(split);
	return out;
}

static void a_splitter_with_a_handle_of_its_own(void)
{
	for (size_t workers = 0; workers < 4; workers++) {
		leat_chan odds = leat_make(int, capacity);
		struct split arg = { odds.tx, nil };
		leat_rx all[] = { splitter(numbers(0, MANY), &arg, workers), odds.rx }, out = leat_fan_in(nil, all, 2);
		int sum = 0, count = 0;

		for (int n; leat_recv(out, &n) > 0; count++)
			sum += n;
		check(count == MANY && sum == MANY * (MANY - 1) / 2);
		must_be_over(out, 0);
	}
}

static void a_splitter_is_stopped_by_done(void)
{
	for (size_t workers = 0; workers < 4; workers++) {
		leat_chan done = leat_make_unit(), odds = leat_make(int, capacity);
		struct split arg = { odds.tx, leat_dup(done.rx) };
		leat_rx out = splitter(leat_repeat(nil, LEAT_VALUES(int, 1, 2, 3)), &arg, workers);

		check(leat_wait(odds.rx) == 1);
		check(leat_close(done.tx) == 1);
		(void)leat_drain(out);
		(void)leat_drain(odds.rx);
		leat_drop(done.rx);
		check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
		leat_drop(done.tx);
	}
}

/* Each worker gets a copy when it starts. No worker sees what another one writes to its copy. */
static void tally_body(leat_stage *stage, void *arg)
{
	int *tally = arg;

	while (leat_next(stage))
		++*tally;
	(void)leat_emit(stage, tally);
}

static void workers_have_copies_of_arg(void)
{
	leat_rx in = numbers(0, MANY);
	int start = 1000, sum = 0, n;
	leat_rx out = leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .workers = 4, .body = tally_body,
	                                             .arg = &start, .arg_type = LEAT_TYPE(int) });

	start = 0;
	for (int i = 0; i < 4; i++) {
		check(leat_recv(out, &n) == 1 && n >= 1000);
		sum += n - 1000;
	}
	check(sum == MANY && start == 0);
	must_be_over(out, 0);
}

static atomic_int copies;

static int copy_two(void *to, const void *from)
{
	if (atomic_fetch_add(&copies, 1) == 2)
		return -EMFILE;
	return owned_copy(to, from);
}

/* The copy for the third worker fails. The copies of the first two are released. */
static void an_arg_that_cannot_be_copied_is_the_cause(void)
{
	leat_type type = { "copy two", sizeof(owned), copy_two, owned_release };
	leat_chan silent = leat_make(int, capacity);
	owned arg = own(1);

	atomic_store(&copies, 0);
	must_be_over(leat_stage_start(&(leat_plan){ .in = &silent.rx, .ins = 1, .workers = 5, .body = leat_pass_on,
	                                            .arg = &arg, .arg_type = &type }), EMFILE);
	check(leat_wait_gone(silent.tx, LEAT_NEVER) == 1 && atomic_load(&copies) == 3);
	leat_drop(silent.tx);
	disown(arg);
}

/* --------------------------------------------------------------------------- streams from elsewhere -- */

/* The stage emits the stream in its arg first, and then its input. It sets went_on after the first stream: 1 if the
 * stage goes on, else 0. */
struct prefix { leat_rx first; atomic_int *went_on; };

/* Receive the next value of a stream that belongs to the body. Returns 0 if it is time to return, or if the stream is
 * over; then, if the stream has a cause, the stage has failed with it. */
static int receive_own(leat_stage *stage, leat_rx own, void *into, size_t size)
{
	leat_case cases[] = { LEAT_RECV_SIZED(own, into, size) };
	int chosen = leat_stage_select(stage, cases, 1, LEAT_NEVER);

	if (chosen == 0 && !cases[0].ok && leat_cause(own))
		leat_fail(stage, leat_cause(own));
	return chosen == 0 && cases[0].ok;
}

static void prefix_body(leat_stage *stage, void *arg)
{
	const struct prefix *prefix = arg;

	while (receive_own(stage, prefix->first, leat_scratch(stage), sizeof(int)))
		if (!leat_emit(stage, leat_scratch(stage)))
			return;
	atomic_store(prefix->went_on, leat_running(stage));
	leat_pass_on(stage, NULL);
}

/* The caller keeps `first`. */
static leat_rx prefixed(leat_rx done, leat_rx first, leat_rx in, atomic_int *went_on)
{
	atomic_store(went_on, -1);
	return leat_stage_start(&(leat_plan){ .done = done, .in = &in, .ins = 1, .body = prefix_body,
	                                      .arg = &(struct prefix){ first, went_on },
	                                      .arg_type = LEAT_TYPE(struct prefix) });
}

static void a_stream_before_the_input(void)
{
	leat_rx first = numbers(0, 10);
	atomic_int went_on;
	leat_rx out = prefixed(nil, first, numbers(10, 10), &went_on);

	for (int i = 0; i < 20; i++)
		must_be_next(out, i);
	must_be_over(out, 0);
	check(atomic_load(&went_on) == 1);
	leat_drop(first);
}

static void a_stream_before_the_input_with_a_cause(void)
{
	leat_chan failing = leat_make(int, capacity);
	leat_rx bad[] = { leat_ended(ENOMEM), failing.rx };
	static const int causes[] = { ENOMEM, EIO };

	check(leat_close_with(failing.tx, EIO) == 1);
	for (int i = 0; i < 2; i++) {
		atomic_int went_on;

		must_be_over(prefixed(nil, bad[i], numbers(0, 10), &went_on), causes[i]);
		check(atomic_load(&went_on) == 0);
		leat_drop(bad[i]);
	}
	leat_drop(failing.tx);
}

static void a_silent_stream_before_the_input(void)
{
	for (int i = 0; i < 2; i++) {
		leat_chan done = leat_make_unit(), silent = leat_make(int, capacity);
		atomic_int went_on;
		leat_rx out = prefixed(done.rx, silent.rx, numbers(0, 10), &went_on);

		nap(2);
		if (i)
			check(leat_close(done.tx) == 1);
		else
			leat_drop(out);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(atomic_load(&went_on) == 0);
		if (i)
			must_be_over(out, ECANCELED);
		leat_drop(silent);
		leat_drop(done);
	}
}

/* Wait until the gate has a value, and discard it, or until the gate is over. Returns 0 if it is time to return, or if
 * the gate ended with a cause. */
static int passes(leat_stage *stage, leat_rx gate)
{
	leat_case on[] = { LEAT_WAIT(gate) };
	int chosen = leat_stage_select(stage, on, 1, LEAT_NEVER);

	if (chosen == 0 && !on[0].ok && leat_cause(gate))
		leat_fail(stage, leat_cause(gate));
	return chosen == 0 && leat_running(stage);
}

/* Pass a value on when the gate has a value for it, or is over. The gate is the stage's arg. */
static void gated_body(leat_stage *stage, void *arg)
{
	for (void *value; (value = leat_next(stage)) != NULL && passes(stage, *(leat_rx *)arg);)
		if (!leat_emit(stage, value))
			return;
}

static leat_rx gated(leat_rx gate, leat_rx in)
{
	leat_type taken = { "gate", sizeof gate, NULL, leat_rx_type.release };

	return leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = gated_body, .arg = &gate,
	                                      .arg_type = &taken });
}

static void a_gate_that_is_awaited(void)
{
	leat_chan gate = leat_make(char, capacity);
	leat_rx out = gated(gate.rx, numbers(0, 10));
	int n;

	check(leat_recv_by(out, &n, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	for (int i = 0; i < 5; i++) {
		check(leat_send(gate.tx, "") == 1);
		must_be_next(out, i);
	}
	check(leat_recv_by(out, &n, leat_in(LEAT_MS(5))) == -1);
	leat_drop(gate.tx); /* the gate ends naturally, so it is open from now on */
	for (int i = 5; i < 10; i++)
		must_be_next(out, i);
	must_be_over(out, 0);
}

static void a_gate_with_a_cause(void)
{
	leat_chan gate = leat_make_of(&owned_type, capacity);
	leat_rx out = gated(gate.rx, owned_numbers(0, 10));

	nap(1);
	check(leat_drop_with(gate.tx, EIO) == 1);
	must_be_over(out, EIO);
	must_be_over(gated(leat_ended(EDOM), owned_numbers(0, 10)), EDOM);
}

static void a_gate_that_nobody_opens(void)
{
	leat_chan gate = leat_make_unit();
	leat_rx out = gated(gate.rx, owned_numbers(0, 10));

	nap(2);
	leat_drop(out);
	check(leat_wait_gone(gate.tx, LEAT_NEVER) == 1);
	leat_drop(gate.tx);
}

/* ----------------------------------------------------------------------------------------- other calls -- */

static atomic_int released;

static void slow_release(void *value)
{
	(void)value;
	nap(5);
	atomic_fetch_add(&released, 1);
}

static int copy_bytes(void *to, const void *from)
{
	*(char *)to = *(const char *)from;
	return 0;
}

/* A thread that waits until done is dropped finds that the output is over, and that the arg of each worker has been
 * released. */
static void done_is_let_go_last(void)
{
	leat_type type = { "slow", 1, copy_bytes, slow_release };
	leat_chan done = leat_make_unit(), silent = leat_make(int, capacity);
	leat_rx out = leat_stage_start(&(leat_plan){ .done = done.rx, .in = &silent.rx, .ins = 1, .workers = 3,
	                                             .body = leat_pass_on, .arg = "", .arg_type = &type });

	atomic_store(&released, 0);
	leat_drop(done.rx);
	leat_drop(silent.tx);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	check(leat_closed(out) && atomic_load(&released) == 3);
	leat_drop(done.tx);
	must_be_over(out, 0);
}

static void return_at_once(leat_stage *stage, void *arg)
{
	(void)stage;
	(void)arg;
}

/* The output ends only after the inputs were dropped, even if that takes a while because queued values are released. */
static void the_inputs_are_let_go_before_the_output_is_over(void)
{
	leat_type type = { "slow", 1, NULL, slow_release };
	leat_chan queued = leat_make_of(&type, 1), silent = leat_make_of(&type, capacity);
	leat_rx in[] = { queued.rx, silent.rx }, out;

	atomic_store(&released, 0);
	check(leat_send(queued.tx, "") == 1);
	out = leat_stage_start(&(leat_plan){ .in = in, .ins = 2, .body = return_at_once });
	check(leat_wait(out) == 0);
	check(leat_wait_gone(queued.tx, LEAT_NOW) == 1 && leat_wait_gone(silent.tx, LEAT_NOW) == 1);
	check(atomic_load(&released) == 1);
	leat_drop(queued.tx);
	leat_drop(silent.tx);
	must_be_over(out, 0);
}

/* Take a value of the input, which the stage releases, and one of the stream in arg, which the body must release. */
static void take_two_body(leat_stage *stage, void *arg)
{
	const owned *in = leat_next(stage);
	owned other;

	check(receive_own(stage, *(leat_rx *)arg, &other, sizeof other) == 1);
	check(in && *in->number == 1 && *other.number == 2);
	disown(other);
}

static void values_in_hand_are_released(void)
{
	leat_rx in = owned_numbers(1, 10), other = owned_numbers(2, 10);

	must_be_over(leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = take_two_body, .arg = &other }), 0);
	leat_drop(other);
}

/* Emit nothing and call nothing that waits. Count the rounds. */
static void busy_body(leat_stage *stage, void *arg)
{
	while (leat_running(stage))
		atomic_fetch_add((atomic_int *)arg, 1);
}

static leat_rx busy(leat_rx done, atomic_int *rounds)
{
	return leat_stage_start(&(leat_plan){ .done = done, .type = LEAT_TYPE(int), .body = busy_body, .arg = rounds });
}

static void a_source_that_never_emits_stops(void)
{
	leat_chan done = leat_make_unit();
	atomic_int rounds = 0;
	leat_rx out = busy(nil, &rounds);

	for (int i = 0; i < 20000 && atomic_load(&rounds) < 10; i++)
		nap(1);
	check(atomic_load(&rounds) >= 10);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	out = busy(done.rx, &rounds);
	check(leat_close_with(done.tx, EPERM) == 1);
	must_be_over(out, EPERM);
	leat_drop(done);
}

/* Fail after as many values as arg says, while the body holds an input value and an output value. */
static void failing_body(leat_stage *stage, void *arg)
{
	for (int left = *(int *)arg; leat_next(stage); left--) {
		if (left > 0)
			continue;
		leat_fail(stage, EDOM);
		leat_fail(stage, EPERM);
		check(!leat_running(stage) && !leat_next(stage));
		*(owned *)leat_scratch(stage) = own(1);
		check(!leat_emit(stage, leat_scratch(stage)));
		return;
	}
}

static void a_failure_stands_and_stops_all_calls(void)
{
	for (int after = 0; after < 10; after += 3) {
		leat_rx in = owned_numbers(0, MANY);

		must_be_over(leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = failing_body, .arg = &after,
		                                            .arg_type = LEAT_TYPE(int) }), EDOM);
	}
}

/* Change the input value. Emit the changed value or a value of the body. */
static void change_body(leat_stage *stage, void *arg)
{
	(void)arg;
	for (owned *in; (in = leat_next(stage)) != NULL;) {
		owned mine = own(*in->number + 1000);
		int go_on;

		*in->number += 100;
		go_on = leat_emit(stage, in);
		if (!leat_emit(stage, &mine) || !go_on) /* in both cases leat_emit has taken it */
			return;
	}
}

static void a_value_changed_in_place_and_one_more(void)
{
	leat_rx in = owned_numbers(0, MANY);
	leat_rx out = leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = change_body });
	int count = 0;

	for (owned value; leat_recv(out, &value) > 0; count++) {
		check(*value.number == count / 2 + (count % 2 ? 1000 : 100));
		disown(value);
	}
	check(count == 2 * MANY);
	must_be_over(out, 0);
	in = owned_numbers(0, MANY);
	leat_drop(leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = change_body }));
}

/* Count the events on streams of different types: values, and ends of streams. The case of nil is never chosen. */
static void count_events(leat_stage *stage, const leat_rx streams[4])
{
	leat_case on[4];
	int events = 0, open = 3;

	for (int i = 0; i < 4; i++)
		on[i] = LEAT_WAIT(streams[i]);
	for (; open > 0; events++) {
		int chosen = leat_stage_select(stage, on, 4, LEAT_NEVER);

		check(chosen >= 0 && !leat_is_nil(streams[chosen]));
		if (on[chosen].ok)
			continue;
		on[chosen].ch = NULL;
		open--;
	}
	(void)leat_emit(stage, &events);
}

static void events_body(leat_stage *stage, void *of_streams)
{
	count_events(stage, of_streams);
}

static void streams_of_different_types(void)
{
	leat_rx streams[] = { numbers(0, 10), nil, owned_numbers(0, 20), leat_generator(nil, LEAT_VALUES(char, 'a')) };
	leat_rx out = leat_stage_start(&(leat_plan){ .type = LEAT_TYPE(int), .body = events_body, .arg = streams });
	int n;

	check(leat_recv(out, &n) == 1 && n == 31 + 3);
	must_be_over(out, 0);
	for (int i = 0; i < 4; i++)
		leat_drop(streams[i]);
}

static void inputs_body(leat_stage *stage, void *arg)
{
	(void)arg;
	check(!leat_next(stage));
	count_events(stage, (leat_rx[]){ leat_input(stage, 0), leat_input(stage, 1), leat_input(stage, 2), nil });
}

/* leat_next would not have room for them. */
static void inputs_of_different_types(void)
{
	leat_rx in[] = { numbers(0, 10), owned_numbers(0, 20), leat_generator(nil, LEAT_VALUES(char, 'a')) };
	leat_rx out = leat_stage_start(&(leat_plan){ .in = in, .ins = 3, .mixed = 1, .type = LEAT_TYPE(int),
	                                             .body = inputs_body });

	must_be_next(out, 31 + 3);
	must_be_over(out, 0);
}

/* ------------------------------------------------------------------------------------------- whole streams -- */

static void around_body(leat_stage *stage, void *of_inner)
{
	const leat_rx *inner = of_inner;

	check(leat_emit(stage, &(int){ -1 }) == 1);
	if (leat_emit_all(stage, *inner))
		check(leat_emit(stage, &(int){ -2 }) == 1);
	else
		check(!leat_running(stage));
}

/* The stage begins with -1, goes on with `inner`, and ends with -2. */
static leat_rx around(leat_rx inner)
{
	return leat_stage_start(&(leat_plan){ .type = LEAT_TYPE(int), .body = around_body, .arg = &inner,
	                                      .arg_type = LEAT_TYPE(leat_rx) });
}

static void a_whole_stream(void)
{
	leat_rx inner[] = { numbers(0, 10), leat_ended(0) };

	for (int i = 0; i < 2; i++) {
		leat_rx out = around(inner[i]);

		must_be_next(out, -1);
		for (int n = 0; i == 0 && n < 10; n++)
			must_be_next(out, n);
		must_be_next(out, -2);
		must_be_over(out, 0);
	}
}

static void a_stream_that_cannot_be_sent(void)
{
	leat_rx inner[] = { leat_ended(EIO), nil, owned_numbers(0, 10) };
	int causes[] = { EIO, EINVAL, EINVAL };

	for (int i = 0; i < 3; i++) {
		leat_rx out = around(inner[i]);

		must_be_next(out, -1);
		must_be_over(out, causes[i]);
	}
}

/* ------------------------------------------------------------------------------------- the type that is expected */

static void halve_body(leat_stage *stage, void *arg)
{
	(void)arg;
	for (double *in; (in = leat_next(stage)) != NULL;) {
		*in /= 2;
		if (!leat_emit(stage, in))
			return;
	}
}

static leat_rx halved(leat_rx in, const leat_type *expected)
{
	return leat_stage_start(&(leat_plan){
	        .name = "halve", .in = &in, .ins = 1, .in_type = expected, .body = halve_body });
}

/* An input of another type ends the stage before it begins, and is dropped. */
static void an_input_of_another_type(void)
{
	leat_rx out = halved(numbers(1, 3), LEAT_TYPE(double)), owners = halved(owned_numbers(1, 3), LEAT_TYPE(owned));
	leat_rx plain = halved(leat_generator(LEAT_NIL, LEAT_VALUES(double, 3)), &leat_string_type);

	check(leat_never_started(out) && leat_cause(out) == EINVAL);
	check(leat_never_started(owners) && leat_cause(owners) == EINVAL); /* the same size, but it has a release */
	check(leat_never_started(plain) && leat_cause(plain) == EINVAL);
}

static void an_input_of_the_expected_type(void)
{
	leat_rx out = halved(leat_generator(LEAT_NIL, LEAT_VALUES(double, 3)), LEAT_TYPE(double));
	double half = 0;

	check(leat_recv(out, &half) == 1 && half > 1.4 && half < 1.6 && leat_recv(out, &half) == 0);
	leat_drop(out);
	check(leat_cause(halved(leat_ended(EIO), LEAT_TYPE(double))) == EIO);
}

/* The output has the input's own type, which may have more than the expected one: here, a copy. */
static void the_type_goes_on_whole(void)
{
	leat_type bare = { "bare", sizeof(owned), NULL, owned_release };
	leat_rx in = owned_numbers(1, 3);
	leat_rx out = leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .in_type = &bare, .body = leat_pass_on });

	check(leat_type_of(out).copy == owned_copy);
	must_yield_owned(out, 1, 1, 4);
}

static int halve(void *arg, const void *in, void *out)
{
	(void)arg;
	*(double *)out = *(const double *)in / 2;
	return 1;
}

static void a_stream_of_the_expected_type(void)
{
	leat_rx in = numbers(1, 3), same = leat_expect(in, int);
	leat_rx out = leat_map(LEAT_NIL, leat_expect(numbers(1, 3), double), double, halve, NULL);

	check(leat_same(in, same));
	must_yield(same, 1, 1, 4);
	check(leat_never_started(out) && leat_cause(out) == EINVAL);
	check(leat_cause(leat_expect_of(owned_numbers(1, 3), LEAT_TYPE(owned))) == EINVAL);
	check(leat_cause(leat_expect_of(numbers(1, 3), NULL)) == EINVAL);
	check(leat_cause(leat_expect(LEAT_NIL, int)) == EINVAL && leat_cause(leat_expect(leat_ended(EIO), int)) == EIO);
	must_yield_owned(leat_expect_of(owned_numbers(1, 3), &owned_type), 1, 1, 4);
}

int main(int argc, char **argv)
{
	return RUN(a_batcher_emits_what_it_kept_after_the_natural_end, a_batcher_emits_what_it_kept_before_a_cause,
	           a_batcher_that_cannot_emit_what_it_kept, a_batcher_releases_what_it_kept_at_other_ends,
	           two_outputs_of_another_type, values_for_one_output, values_for_outputs_that_leave,
	           values_that_cannot_be_copied, inputs_workers_and_outputs, a_splitter_with_a_handle_of_its_own,
	           a_splitter_is_stopped_by_done, workers_have_copies_of_arg,
	           an_arg_that_cannot_be_copied_is_the_cause, a_stream_before_the_input,
	           a_stream_before_the_input_with_a_cause, a_silent_stream_before_the_input, a_gate_that_is_awaited,
	           a_gate_with_a_cause, a_gate_that_nobody_opens, done_is_let_go_last,
	           the_inputs_are_let_go_before_the_output_is_over, values_in_hand_are_released,
	           a_source_that_never_emits_stops, a_failure_stands_and_stops_all_calls,
	           a_value_changed_in_place_and_one_more, streams_of_different_types, inputs_of_different_types,
	           a_whole_stream, a_stream_that_cannot_be_sent,
	           an_input_of_another_type, an_input_of_the_expected_type, the_type_goes_on_whole,
	           a_stream_of_the_expected_type);
}
