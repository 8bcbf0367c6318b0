/* SPDX-License-Identifier: 0BSD
 *
 * limits.c - nothing special happens where indices and counters wrap. Rings whose oldest value lies in one of the last
 * slots are filled, emptied, displaced, grown and released like all others. The capacities are next to powers of two.
 * The numbers of values begin again at 0 after the largest one.
 */
#include "../test.h"
#include "../../lib/internal.h"

static const size_t capacities[] = { 1, 2, 3, 127, 128, 255, 256, 257 };
enum { CAPACITIES = sizeof capacities / sizeof *capacities, MOST = 257 };

/* A channel whose next value goes into the slot that is `before` slots from the end of the ring. */
static leat_chan about_to_wrap(const leat_type *type, size_t cap, size_t before)
{
	leat_chan chan = leat_make_of(type, cap);

	check(!leat_never_started(chan) && before <= cap);
	chan.rx.ch->first = chan.rx.ch->next_free = cap - before;
	return chan;
}

/* Run the test with each capacity, and with each distance from the end of the ring. */
static void each(const leat_type *type, void (*test)(leat_chan chan, size_t cap))
{
	for (int i = 0; i < CAPACITIES; i++)
		for (size_t before = 1; before <= capacities[i] && before <= 3; before++) {
			leat_chan chan = about_to_wrap(type, capacities[i], before);

			test(chan, capacities[i]);
			leat_drop(chan);
		}
}

/* ------------------------------------------------------------------------------------------------ one by one -- */

static void fill_and_empty(leat_chan chan, size_t cap)
{
	int n;

	for (int round = 0; round < 2; round++) {
		send_ints(chan.tx, 0, cap);
		check(leat_len(chan) == cap);
		check(leat_send_by(chan.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
		receive_ints(chan.rx, 0, cap);
		check(leat_recv_by(chan.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	}
}

static void never_full_or_empty(leat_chan chan, size_t cap)
{
	int last = (int)(cap + 1) / 2;

	send_ints(chan.tx, 0, (cap + 1) / 2);
	for (int i = 0; i < 600; i++) {
		if (cap > 1)
			send_ints(chan.tx, last + i, 1);
		receive_ints(chan.rx, i, 1);
		if (cap == 1)
			send_ints(chan.tx, last + i, 1);
	}
	check(leat_len(chan) == (cap + 1) / 2);
}

static void select_round(leat_chan chan, size_t cap)
{
	int out = 0, in, next = 0, sent = 0;
	leat_case on[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(chan.rx, &in) };

	for (int i = 0; i < 1200; i++)
		if (leat_select(on, LEAT_NOW) == 0)
			out = ++sent;
		else
			check(in == next++);
	check(leat_len(chan) == (size_t)(sent - next) && leat_len(chan) <= cap);
}

static void values_go_round(void)
{
	each(LEAT_TYPE(int), fill_and_empty);
	each(LEAT_TYPE(int), never_full_or_empty);
	each(LEAT_TYPE(int), select_round);
}

/* -------------------------------------------------------------------------------------------------- in batches -- */

static void receive_batch(leat_rx rx, int first, size_t n)
{
	int in[MOST];

	check(leat_recv_n(rx, in, n, LEAT_NOW) == (long)n);
	for (size_t i = 0; i < n; i++)
		check(in[i] == first + (int)i);
}

static void batches_of_all_sizes(leat_chan chan, size_t cap)
{
	int out[2 * MOST];

	for (int i = 0; i < 2 * MOST; i++)
		out[i] = i;
	for (size_t n = 1; n <= cap; n += cap > 100 ? 17 : 1) {
		check(leat_send_n(chan.tx, out + n, n, LEAT_NOW) == (long)n);
		receive_batch(chan.rx, out[n], n);
	}
	check(leat_send_n(chan.tx, out, cap + 1, LEAT_NOW) == (long)cap);
	check(leat_send_n(chan.tx, out, 1, LEAT_NOW) == -1 && errno == EAGAIN);
	receive_batch(chan.rx, out[0], cap);
}

static void batches_go_round(void)
{
	each(LEAT_TYPE(int), batches_of_all_sizes);
}

/* ------------------------------------------------------------------------ displaced, given more room, released -- */

static void push_twice_as_many(leat_chan chan, size_t cap)
{
	for (int i = 0; i < 2 * (int)cap; i++)
		check(leat_force_send(chan.tx, &i) == 1);
	receive_ints(chan.rx, (int)cap, cap);
}

static void grow_when_full(leat_chan chan, size_t cap)
{
	send_ints(chan.tx, 0, cap);
	chan.rx = leat_buffer(chan.rx, cap + 2);
	check(leat_cap(chan) == cap + 2);
	send_ints(chan.tx, (int)cap, 2);
	receive_ints(chan.rx, 0, cap + 2);
}

static void values_keep_their_order(void)
{
	each(LEAT_TYPE(int), push_twice_as_many);
	each(LEAT_TYPE(int), grow_when_full);
}

static int next_released, queued;

static void must_be_next(void *value)
{
	check(*(int *)value == next_released++);
}

static void fill_and_leave(leat_chan chan, size_t cap)
{
	check(next_released == queued); /* all values of the previous channel */
	next_released = 0;
	queued = (int)cap;
	send_ints(chan.tx, 0, cap);
}

static void what_is_queued_is_released_oldest_first(void)
{
	each(&(leat_type){ "int", sizeof(int), NULL, must_be_next }, fill_and_leave);
	check(next_released == queued && queued == MOST);
}

/* ----------------------------------------------------------------------------------------------------- numbers -- */

static uint64_t counter;

static void tell_numbers(leat_stage *stage, void *arg)
{
	uint64_t number;

	(void)arg;
	while (leat_next_numbered(stage, &counter, &number))
		if (!leat_emit(stage, &number))
			return;
}

static void numbers_go_on_past_the_largest(void)
{
	leat_rx in = numbers(0, 600), out;
	uint64_t number, expected = UINT64_MAX - 299;

	counter = expected;
	out = leat_stage_start(&(leat_plan){ .name = "numbers", .in = &in, .ins = 1, .type = LEAT_TYPE(uint64_t),
	                                     .body = tell_numbers });
	while (leat_recv(out, &number) > 0)
		check(number == expected++);
	check(expected == 300 && leat_cause(out) == 0);
	leat_drop(out);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(counter == 300);
}

int main(int argc, char **argv)
{
	return RUN(values_go_round, batches_go_round, values_keep_their_order, what_is_queued_is_released_oldest_first,
	           numbers_go_on_past_the_largest);
}
