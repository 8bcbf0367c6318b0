/* SPDX-License-Identifier: 0BSD
 *
 * in_time.c - the body of a stage may also wait for a time: leat_next_by, leat_emit_by, leat_stage_select. Nothing is
 * lost when the time is over. The value is received or sent later, exactly once. Also tested: leat_force_send, which
 * never waits.
 */
#include "../test.h"

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------- leat_next_by -- */

/* Emit the values of the input, and -1 for each second without a value. */
static void tell_lateness(leat_stage *stage, void *arg)
{
	void *value;
	int got;

	(void)arg;
	while ((got = leat_next_by(stage, &value, leat_in(LEAT_S(1)))) != 0) {
		if (got < 0)
			check(errno == ETIMEDOUT);
		if (!leat_emit(stage, got > 0 ? value : &(int){ -1 }))
			return;
	}
	check(leat_next_by(stage, &value, LEAT_NOW) == 0); /* the end stays the end */
}

static leat_rx with_lateness(leat_rx done, leat_rx in)
{
	return leat_stage_start(&(leat_plan){
		.name = "late", .done = done, .in = &in, .ins = 1, .body = tell_lateness });
}

static void next_comes_late_or_not(void)
{
	leat_chan in = leat_make(int, capacity);
	leat_rx out;
	leat_time begin;
	int n;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	begin = leat_now();
	out = with_lateness(nil, in.rx);
	for (int i = 1; i <= 3; i++) {
		check(leat_recv(out, &n) == 1 && n == -1);
		check(leat_now() == begin + LEAT_S(i));
	}
	check(leat_send(in.tx, &(int){ 5 }) == 1);
	while (leat_recv(out, &n) == 1 && n == -1)
		; /* a -1 may already be on its way */
	check(n == 5);
	leat_drop(in.tx);
	while (leat_recv(out, &n) > 0)
		check(n == -1);
	check(leat_cause(out) == 0);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

/* A value that is there is received at once, even after the time. No value is lost when many waits time out. */
static void tell_past(leat_stage *stage, void *arg)
{
	void *value;
	int got;

	(void)arg;
	while ((got = leat_next_by(stage, &value, LEAT_NOW)) != 0) {
		if (got < 0) {
			check(errno == EAGAIN);
			sched_yield();
		} else if (!leat_emit(stage, value)) {
			return;
		}
	}
}

static void next_takes_what_is_there(void)
{
	leat_rx in = owned_numbers(0, 500);
	leat_rx out = leat_stage_start(&(leat_plan){ .name = "past", .in = &in, .ins = 1, .body = tell_past });

	must_yield_owned(out, 0, 1, 500);
}

static void next_ends_with_done(void)
{
	leat_chan done = leat_make_unit(), in = leat_make(int, capacity);
	leat_rx out = with_lateness(done.rx, in.rx);

	leat_close_with(done.tx, EIO);
	check(leat_drain(out) == EIO);
	leat_drop(done);
	leat_drop(in.tx);
}

/* ------------------------------------------------------------------------------------------- leat_emit_by -- */

static atomic_int late_emits;

/* Pass each value on, and try again after each second. */
static void insist(leat_stage *stage, void *arg)
{
	(void)arg;
	for (void *value; (value = leat_next(stage)) != NULL;) {
		int sent;

		while ((sent = leat_emit_by(stage, value, leat_in(LEAT_MS(1)))) < 0) {
			check(errno == ETIMEDOUT);
			atomic_fetch_add(&late_emits, 1);
		}
		if (!sent)
			return;
	}
}

static leat_rx insisting(leat_rx done, leat_rx in)
{
	return leat_stage_start(&(leat_plan){ .name = "insist", .done = done, .in = &in, .ins = 1, .body = insist });
}

static void a_late_value_is_sent_once(void)
{
	leat_rx out = insisting(nil, owned_numbers(0, 50));

	atomic_store(&late_emits, 0);
	if (capacity < 50)
		while (atomic_load(&late_emits) < 3)
			nap(1);
	must_yield_owned(out, 0, 1, 50);
}

static void a_late_value_is_released_at_the_end(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out = insisting(done.rx, owned_numbers(0, 50));

	atomic_store(&late_emits, 0);
	if (capacity < 50)
		while (atomic_load(&late_emits) < 1)
			nap(1);
	leat_drop(done.tx);
	if (capacity % 2)
		check(leat_drain(out) == ECANCELED || capacity >= 50);
	else
		leat_drop(out);
	leat_drop(done.rx);
}

static void emit_twice(leat_stage *stage, void *arg)
{
	(void)arg;
	check(leat_emit_by(stage, &(int){ 1 }, LEAT_NOW) == -1 && errno == EINVAL);
}

static void several_outputs_are_refused(void)
{
	leat_rx out[2];

	(void)leat_stage_start(&(leat_plan){
		.name = "two", .type = LEAT_TYPE(int), .out = out, .outs = 2, .body = emit_twice });
	check(leat_drain(out[0]) == 0 && leat_drain(out[1]) == 0);
}

/* --------------------------------------------------------------------------------------- leat_stage_select -- */

struct choice { leat_rx a, b; atomic_int *canceled; };

/* Emit the values of both inputs, those of b negated. Emit -1000 for each second without a value. */
static void choose(leat_stage *stage, void *arg)
{
	enum { A, B };
	struct choice *own = arg;
	int a, b;
	leat_case on[] = { [A] = LEAT_RECV(own->a, &a), [B] = LEAT_RECV(own->b, &b) };

	for (;;) {
		int chosen = leat_stage_select(stage, on, 2, leat_in(LEAT_S(1))), value = -1000;

		if (chosen < 0 && errno == ECANCELED) {
			check(!leat_running(stage));
			atomic_fetch_add(own->canceled, 1);
			return;
		}
		if (chosen < 0)
			check(errno == ETIMEDOUT);
		else if (!on[chosen].ok)
			return;
		else
			value = chosen == A ? a : -b;
		if (!leat_emit(stage, &value))
			return;
	}
}

static leat_rx choosing(leat_rx done, struct choice *of)
{
	return leat_stage_start(&(leat_plan){
		.name = "choose", .done = done, .type = LEAT_TYPE(int), .body = choose, .arg = of });
}

static void a_body_selects(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);
	atomic_int canceled = 0;
	struct choice of = { a.rx, b.rx, &canceled };
	leat_rx out;
	int n;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	out = choosing(nil, &of);
	check(leat_recv(out, &n) == 1 && n == -1000);
	check(leat_send(b.tx, &(int){ 4 }) == 1);
	while (leat_recv(out, &n) == 1 && n == -1000)
		;
	check(n == -4);
	check(leat_send(a.tx, &(int){ 3 }) == 1);
	while (leat_recv(out, &n) == 1 && n == -1000)
		;
	check(n == 3);
	leat_drop(a.tx);
	while (leat_recv(out, &n) > 0)
		check(n == -1000);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&canceled) == 0);
	leat_clock_real();
	leat_drop(a.rx);
	leat_drop(b);
}

static void its_select_ends_with_done_and_with_the_consumer(void)
{
	leat_chan done = leat_make_unit(), a = leat_make(int, capacity);
	atomic_int canceled = 0;
	struct choice of = { a.rx, nil, &canceled };
	leat_rx out = choosing(done.rx, &of);

	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&canceled) == 1);
	out = choosing(done.rx, &of);
	leat_close_with(done.tx, EIO);
	check(leat_drain(out) == EIO);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&canceled) == 2);
	leat_drop(done);
	leat_drop(a);
}

enum { MANY = 40 };

static void select_with_one_left(leat_stage *stage, void *of_go)
{
	int n;
	leat_case on[] = { LEAT_RECV(*(leat_rx *)of_go, &n) };

	check(leat_wait(*(leat_rx *)of_go) == 1);
	check(leat_stage_select(stage, on, 1, LEAT_NEVER) == 0 && on[0].ok && n == 2);
	check(leat_emit(stage, &n) == 1);
	check(leat_stage_select(stage, on, 1, LEAT_NEVER) == -1 && errno == ECANCELED);
}

/* One of several outputs is gone before the select, and one goes during it. The select ends when the last one goes. */
static void a_select_outlives_some_outputs(void)
{
	leat_chan go = leat_make(int, capacity);
	leat_rx out[3];
	int n;

	(void)leat_stage_start(&(leat_plan){ .name = "left", .type = LEAT_TYPE(int), .out = out, .outs = 3,
	                                     .body = select_with_one_left, .arg = &go.rx });
	leat_drop(out[0]);
	check(leat_send(go.tx, &(int){ 1 }) == 1);
	nap(5);
	leat_drop(out[1]);
	nap(5);
	check(leat_send(go.tx, &(int){ 2 }) == 1);
	check(leat_recv(out[2], &n) == 1 && n == 2);
	leat_drop(out[2]);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(go);
}

static void choose_of_many(leat_stage *stage, void *arg)
{
	leat_case on[MANY];
	int n;

	for (int i = 0; i < MANY; i++)
		on[i] = LEAT_RECV(((leat_rx *)arg)[i], &n);
	for (int chosen; (chosen = leat_stage_select(stage, on, MANY, LEAT_NEVER)) >= 0 && on[chosen].ok;)
		if (!leat_emit(stage, &(int){ n + chosen }))
			return;
}

static void a_select_may_have_many_cases(void)
{
	leat_chan in[MANY];
	leat_rx rx[MANY], out;
	int n;

	for (int i = 0; i < MANY; i++) {
		in[i] = leat_make(int, capacity);
		rx[i] = in[i].rx;
	}
	out = leat_stage_start(&(leat_plan){
		.name = "many", .type = LEAT_TYPE(int), .body = choose_of_many, .arg = rx });
	for (int i = 0; i < MANY; i++) {
		check(leat_send(in[i].tx, &(int){ 1000 }) == 1);
		check(leat_recv(out, &n) == 1 && n == 1000 + i);
	}
	leat_drop(in[7].tx);
	check(leat_drain(out) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < MANY; i++) {
		if (i != 7)
			leat_drop(in[i].tx);
		leat_drop(in[i].rx);
	}
}

static void select_absurdly(leat_stage *stage, void *arg)
{
	(void)arg;
	check(leat_stage_select(stage, NULL, SIZE_MAX, LEAT_NOW) == -1 && errno == EINVAL);
}

static void an_absurd_number_of_cases_is_refused(void)
{
	leat_rx out = leat_stage_start(&(leat_plan){
		.name = "absurd", .type = LEAT_TYPE(int), .body = select_absurdly });

	check(leat_drain(out) == 0);
}

/* --------------------------------------------------------------------------------------- leat_next_numbered -- */

static void number_them(leat_stage *stage, void *counter)
{
	uint64_t number;

	for (void *value; (value = leat_next_numbered(stage, counter, &number)) != NULL;)
		if (!leat_emit(stage, &(int){ (int)number - *(int *)value }))
			return;
}

static leat_rx numbering(const leat_rx *in, size_t ins, uint64_t *counter)
{
	return leat_stage_start(&(leat_plan){
		.name = "number", .in = in, .ins = ins, .workers = 3, .body = number_them, .arg = counter });
}

/* The number does not depend on the worker that has the value, nor on how many values it received at once. */
static void each_value_has_its_number(void)
{
	uint64_t counter = 0;
	leat_rx in = numbers(0, 700), out = numbering(&in, 1, &counter);
	int received = 0;

	for (int n; leat_recv(out, &n) > 0; received++)
		check(n == 0);
	check(leat_cause(out) == 0 && received == 700);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(counter == 700);
}

static void several_inputs_have_no_numbers(void)
{
	uint64_t counter = 0;
	leat_rx in[] = { numbers(0, 5), numbers(0, 5) };

	check(leat_drain(numbering(in, 2, &counter)) == EINVAL);
}

/* ----------------------------------------------------------------------------------------------- leat_force_send -- */

static void push_displaces_the_oldest(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	int first = capacity ? 50 : 0;

	for (int i = 0; i < 1050; i++) {
		owned value = own(i);
		int sent = leat_force_send(chan.tx, &value);

		check(sent == (capacity ? 1 : -1));
		if (sent < 0) {
			check(errno == EAGAIN);
			disown(value);
		}
	}
	check(leat_len(chan) == capacity);
	first = 1050 - (int)capacity;
	leat_drop(chan.tx);
	must_yield_owned(chan.rx, first, 1, 1050);
}

static void push_meets_a_receiver(void)
{
	leat_chan chan = leat_make(int, capacity);
	call receiver;

	begin_receive(&receiver, chan);
	must_block(&receiver.behind);
	check(leat_force_send(chan.tx, &(int){ 9 }) == 1);
	must_return(&receiver.behind);
	check(receiver.result == 1 && receiver.value == 9);
	leat_drop(chan.rx);
	check(leat_force_send(chan.tx, &(int){ 9 }) == 0);
	leat_drop(chan.tx);
}

/* Senders that sleep came before. Their values go in first, in their order. */
static void push_overtakes_no_sender(void)
{
	enum { SENDERS = 3 };
	leat_chan chan = leat_make(int, capacity);
	call senders[SENDERS], late;
	int first = (int)capacity, pushed = first + SENDERS;

	send_ints(chan.tx, 0, capacity);
	for (int i = 0; i < SENDERS; i++) {
		begin_send(&senders[i], chan, first + i);
		must_block(&senders[i].behind);
	}
	check(leat_force_send(chan.tx, &pushed) == (capacity ? 1 : -1));
	begin_send(&late, chan, pushed + 1);
	for (int i = capacity ? pushed + 1 - (int)capacity : 0; i < pushed; i++)
		receive_ints(chan.rx, i, 1);
	if (capacity)
		receive_ints(chan.rx, pushed, 1);
	receive_ints(chan.rx, pushed + 1, 1);
	for (int i = 0; i < SENDERS; i++) {
		must_return(&senders[i].behind);
		check(senders[i].result == 1);
	}
	must_return(&late.behind);
	leat_drop(chan);
}

static leat_tx used_by_release;

/* Release a value, and send it again as its negative, to the same channel. */
static void send_again(void *value)
{
	int again = -*(int *)value;

	if (again < 0)
		check(leat_force_send(used_by_release, &again) == 1);
}

/* A displaced value is released with no lock held, also while the place in the queue is kept. */
static void a_release_may_push(void)
{
	leat_type type = { "again", sizeof(int), NULL, send_again };
	leat_chan chan = leat_make_of(&type, 1);
	call sender;

	used_by_release = chan.tx;
	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	begin_send(&sender, chan, 2);
	must_block(&sender.behind);
	check(leat_force_send(chan.tx, &(int){ 3 }) == 1);
	must_return(&sender.behind);
	check(sender.result == 1 && leat_len(chan) == 1);
	check(leat_wait(chan.rx) == 1);
	leat_drop(chan);
}

/* Too large for the buffer on the stack that displacing uses. */
struct large { owned value; char rest[2000]; };

static const leat_type large_type = { "large", sizeof(struct large), NULL, owned_release };

static void push_displaces_large_values(void)
{
	leat_chan chan = leat_make_of(&large_type, 2);
	struct large large = { .rest = "" };

	for (int i = 0; i < 5; i++) {
		large.value = own(i);
		check(leat_force_send(chan.tx, &large) == 1);
	}
	check(leat_recv(chan.rx, &large) == 1 && *large.value.number == 3);
	disown(large.value);
	leat_drop(chan);
}

static void receive_rising(void *of_rx)
{
	int last = -1;

	for (int n; leat_recv(*(leat_rx *)of_rx, &n) > 0; last = n)
		check(n > last);
	check(last == 4999);
}

/* The received values are in order, and the last value arrives. */
static void pushed_values_rise(void)
{
	leat_chan chan = leat_make(int, capacity ? capacity : 1);
	background receiver;

	begin(&receiver, receive_rising, &chan.rx);
	for (int i = 0; i < 5000; i++)
		check(leat_force_send(chan.tx, &i) == 1);
	leat_drop(chan.tx);
	must_return(&receiver);
	leat_drop(chan.rx);
}

int main(int argc, char **argv)
{
	return RUN(next_comes_late_or_not, next_takes_what_is_there, next_ends_with_done, a_late_value_is_sent_once,
	           a_late_value_is_released_at_the_end, several_outputs_are_refused, a_body_selects,
	           its_select_ends_with_done_and_with_the_consumer, a_select_outlives_some_outputs,
	           a_select_may_have_many_cases, an_absurd_number_of_cases_is_refused,
	           each_value_has_its_number, several_inputs_have_no_numbers, push_displaces_the_oldest,
	           push_meets_a_receiver, push_overtakes_no_sender, a_release_may_push, push_displaces_large_values,
	           pushed_values_rise);
}
