/* SPDX-License-Identifier: 0BSD
 *
 * ahead.c - a stage may take several values of a channel with room at once. Only its speed shows that. No value is
 * lost, released twice or out of order. The stage stops at the next value after done. A sibling that receives from
 * the same channel gets its share: the stage takes few values then, and only while they take little time. The stage
 * never holds more values than the header says.
 */
#include "../test.h"

enum { MANY = 500 };

static const leat_rx nil;

/* ---------------------------------------------------------------------------------------- a gate in a map -- */

/* A stage function that stops at the value `at` until it may go on. */
typedef struct {
	leat_chan reached, go_on;
	int at;
	atomic_int calls;
} gate;

static void gate_make(gate *self, int at)
{
	self->reached = leat_make_unit();
	self->go_on = leat_make_unit();
	self->at = at;
	atomic_init(&self->calls, 0);
}

static void gate_drop(gate *self)
{
	leat_drop(self->reached);
	leat_drop(self->go_on);
}

static int gate_pass(void *of_gate, const void *in, void *out)
{
	gate *self = of_gate;

	atomic_fetch_add(&self->calls, 1);
	*(owned *)out = own(**(int *const *)in);
	if (*((const owned *)in)->number != self->at)
		return 1;
	check(leat_signal(self->reached.tx) == 1);
	check(leat_wait(self->go_on.rx) == 1);
	return 1;
}

/* A closed channel with `count` values. It has room for exactly these, or for more. */
static leat_rx queued(int count)
{
	leat_chan chan = leat_make_of(&owned_type, capacity > (size_t)count ? capacity : (size_t)count);

	for (int i = 0; i < count; i++) {
		owned value = own(i);

		check(leat_send(chan.tx, &value) == 1);
	}
	leat_drop(chan.tx);
	return chan.rx;
}

/* ------------------------------------------------------------------------------------------------- tests -- */

static void all_arrive_in_order(void)
{
	gate none;

	gate_make(&none, -1);
	must_yield_owned(leat_map_of(nil, queued(MANY), &owned_type, gate_pass, &none), 0, 1, MANY);
	check(atomic_load(&none.calls) == MANY);
	gate_drop(&none);
}

/* The stage holds values that it has not handed on. They are released; the check at the end of each test looks for
 * that. */
static void done_stops_at_the_next_value(void)
{
	leat_chan done = leat_make_unit();
	gate fifth;
	leat_rx out;

	gate_make(&fifth, 5);
	out = leat_map_of(done.rx, queued(MANY), &owned_type, gate_pass, &fifth);
	check(leat_wait(fifth.reached.rx) == 1);
	check(leat_close(done.tx) == 1);
	check(leat_signal(fifth.go_on.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&fifth.calls) == 6);
	for (int i = 0; i < 5; i++)
		check(leat_wait(out) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == ECANCELED);
	leat_drop(out);
	leat_drop(done);
	gate_drop(&fifth);
}

static void consumer_stops_at_the_next_value(void)
{
	gate fifth;
	leat_rx out;

	gate_make(&fifth, 5);
	out = leat_map_of(nil, queued(MANY), &owned_type, gate_pass, &fifth);
	check(leat_wait(fifth.reached.rx) == 1);
	leat_drop(out);
	check(leat_signal(fifth.go_on.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&fifth.calls) == 6);
	gate_drop(&fifth);
}

/* While one worker is busy with its first value, the other worker can get all others. */
static void sibling_gets_its_share(void)
{
	leat_rx in = queued(MANY), other = leat_dup(in), out;
	gate first;

	gate_make(&first, 0);
	out = leat_map_of(nil, in, &owned_type, gate_pass, &first);
	check(leat_wait(first.reached.rx) == 1);
	for (int i = 1; i < MANY; i++)
		must_receive_owned(other, i);
	check(leat_wait(other) == 0);
	leat_drop(other);
	check(leat_signal(first.go_on.tx) == 1);
	must_yield_owned(out, 0, 1, 1);
	gate_drop(&first);
}

/* Two workers share MANY values. One of them is stopped at the value `at` until the other one has had all but `most` of
 * those that remain. (If it could not have so many, this would not end.) */
static leat_rx must_leave(int most, gate *self, leat_map_fn *fn, leat_rx done)
{
	leat_rx out = leat_map_n_of(done, queued(MANY), 2, &owned_type, fn, self);

	check(leat_wait(self->reached.rx) == 1);
	while (atomic_load(&self->calls) < MANY - most)
		nap(1);
	return out;
}

/* Each value comes once, in whatever order. */
static void must_yield_all(leat_rx out)
{
	char seen[MANY] = { 0 };
	owned value;

	for (int i = 0; i < MANY; i++) {
		check(leat_recv(out, &value) == 1 && seen[*value.number]++ == 0);
		disown(value);
	}
	check(leat_wait(out) == 0 && leat_cause(out) == 0);
	leat_drop(out);
}

static void a_quick_worker_holds_few_values(void)
{
	gate late;
	leat_rx out;

	gate_make(&late, 100);
	out = must_leave(3, &late, gate_pass, nil);
	check(leat_signal(late.go_on.tx) == 1);
	must_yield_all(out);
	gate_drop(&late);
}

static void what_workers_hold_is_released(void)
{
	leat_chan done = leat_make_unit();
	gate late;
	leat_rx out;

	gate_make(&late, 100);
	out = must_leave(3, &late, gate_pass, done.rx);
	check(leat_close(done.tx) == 1);
	check(leat_signal(late.go_on.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&late.calls) >= MANY - 3);
	leat_drop(out);
	leat_drop(done);
	gate_drop(&late);
}

static int slow_pass(void *of_gate, const void *in, void *out)
{
	nanosleep(&(struct timespec){ 0, 20000 }, NULL);
	return gate_pass(of_gate, in, out);
}

static void a_slow_worker_holds_one_value(void)
{
	gate late;
	leat_rx out;

	gate_make(&late, 30);
	out = must_leave(0, &late, slow_pass, nil);
	check(leat_signal(late.go_on.tx) == 1);
	must_yield_all(out);
	gate_drop(&late);
}

/* The gate as the function of a filter. It keeps no value. */
static int gate_refuse(void *of_gate, const void *in)
{
	owned made;

	(void)gate_pass(of_gate, in, &made);
	disown(made);
	return 0;
}

static void done_stops_one_that_emits_nothing(void)
{
	leat_chan done = leat_make_unit();
	gate fifth;
	leat_rx out;

	gate_make(&fifth, 5);
	out = leat_filter(done.rx, queued(MANY), gate_refuse, &fifth);
	check(leat_wait(fifth.reached.rx) == 1);
	check(leat_close(done.tx) == 1);
	check(leat_signal(fifth.go_on.tx) == 1);
	check(leat_wait(out) == 0 && leat_cause(out) == ECANCELED);
	check(atomic_load(&fifth.calls) == 6);
	leat_drop(out);
	leat_drop(done);
	gate_drop(&fifth);
}

/* The channel is full, and the stage is busy with its first value. Returns how many values have left the channel. */
static size_t taken_of(size_t room)
{
	leat_chan chan = leat_make_of(&owned_type, room);
	size_t taken;
	gate first;
	leat_rx out;

	gate_make(&first, 0);
	for (size_t i = 0; i < room; i++) {
		owned value = own((int)i);

		check(leat_send(chan.tx, &value) == 1);
	}
	out = leat_map_of(nil, chan.rx, &owned_type, gate_pass, &first);
	check(leat_wait(first.reached.rx) == 1);
	taken = room - leat_len(chan.tx);
	leat_drop(chan.tx);
	leat_drop(out);
	check(leat_signal(first.go_on.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	gate_drop(&first);
	return taken;
}

static void holds_a_quarter_and_no_more_than_32(void)
{
	check(taken_of(1) == 1);
	check(taken_of(8) == 1);
	check(taken_of(16) == 4);
	check(taken_of(100) == 25);
	check(taken_of(1000) == 32);
}

/* A stage takes a large value only when it is its turn, so that the stage stays small. */
typedef struct { int number; char rest[2000]; } large;

static int large_number(void *of_chan, const void *in, void *out)
{
	leat_rx *waiting = of_chan;

	*(int *)out = (int)leat_len(*waiting) * 1000 + ((const large *)in)->number;
	return 1;
}

static void large_values_one_by_one(void)
{
	enum { FEW = 100 };
	leat_chan chan = leat_make(large, FEW);
	leat_rx out;

	for (int i = 0; i < FEW; i++) {
		large value = { .number = i };

		check(leat_send(chan.tx, &value) == 1);
	}
	leat_drop(chan.tx);
	out = leat_map(nil, chan.rx, int, large_number, &chan.rx);
	for (int i = 0, n; i < FEW; i++)
		check(leat_recv(out, &n) == 1 && n == (FEW - 1 - i) * 1000 + i);
	check(leat_wait(out) == 0);
	leat_drop(out);
}

/* The value is a struct with text behind it. No C type has that size, but the number in the struct must be aligned. */
static int is_aligned(void *arg, const void *in)
{
	(void)arg;
	return (uintptr_t)in % _Alignof(uint64_t) == 0 ? 0 : -EINVAL;
}

static void sizes_that_no_type_has(void)
{
	for (size_t size = sizeof(uint64_t) + 1; size < 2 * sizeof(uint64_t); size++) {
		leat_chan chan = leat_make_of(&(leat_type){ "number and text", size, NULL, NULL }, MANY);
		uint64_t value[2] = { 0 };

		for (int i = 0; i < MANY; i++)
			check(leat_send_sized(chan.tx, value, size, LEAT_NEVER) == 1);
		leat_drop(chan.tx);
		check(leat_each(nil, chan.rx, 1, is_aligned, NULL) == 0);
	}
}

/* Emit every second value. */
static void every_other(leat_stage *stage, void *arg)
{
	(void)arg;
	for (void *value; (value = leat_next(stage)) != NULL;) {
		if (!leat_emit(stage, value) || !leat_next(stage))
			return;
	}
}

static void values_are_passed_over_one_by_one(void)
{
	leat_rx in = queued(MANY);

	must_yield_owned(leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = every_other }), 0, 2, MANY);
}

/* Count the values. Those that came before the end come first. */
static void count_values(leat_stage *stage, void *arg)
{
	atomic_int *count = arg;

	while (*count < 2 * MANY && leat_next(stage))
		++*count;
}

static void values_come_before_a_cause(void)
{
	leat_chan chan = leat_make(int, 100);
	leat_rx in = chan.rx, out;
	atomic_int count = 0;

	send_ints(chan.tx, 0, 100);
	check(leat_drop_with(chan.tx, EIO) == 1);
	out = leat_stage_start(&(leat_plan){ .in = &in, .ins = 1, .body = count_values, .arg = &count });
	check(leat_wait(out) == 0 && leat_cause(out) == EIO);
	check(atomic_load(&count) == 100);
	leat_drop(out);
}

int main(int argc, char **argv)
{
	return RUN(all_arrive_in_order, done_stops_at_the_next_value, done_stops_one_that_emits_nothing,
	           consumer_stops_at_the_next_value, sibling_gets_its_share, a_quick_worker_holds_few_values,
	           what_workers_hold_is_released, a_slow_worker_holds_one_value, holds_a_quarter_and_no_more_than_32,
	           large_values_one_by_one, sizes_that_no_type_has,
	           values_are_passed_over_one_by_one, values_come_before_a_cause);
}
