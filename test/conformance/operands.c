/* SPDX-License-Identifier: 0BSD
 *
 * operands.c - Go promises that each operand of a send, a receive and a select is evaluated exactly once. That of a
 * select is evaluated each time the select runs, whether its case is chosen or not. Here, too, each operand is
 * evaluated once, although some calls are macros. But the operands of a select are evaluated where its array is made.
 * So a loop over one array sends the value that the variable has at that time.
 */
#include "go.h"

static leat_chan chan;
static int handles, values, deadlines, counts;

static leat_tx tx(void)
{
	handles++;
	return chan.tx;
}

static leat_rx rx(void)
{
	handles++;
	return chan.rx;
}

static int *at(int *value)
{
	values++;
	return value;
}

static leat_time soon(void)
{
	deadlines++;
	return leat_in(LEAT_S(1));
}

static int one(void)
{
	return ++counts > 0;
}

static void must_have_evaluated(int of_handles, int of_values, int of_deadlines, int of_counts)
{
	check(handles == of_handles && values == of_values && deadlines == of_deadlines && counts == of_counts);
	handles = values = deadlines = counts = 0;
}

static void each_once_in_a_call(void)
{
	int n = 1;

	chan = leat_make(int, capacity + 1);
	check(leat_send(tx(), at(&n)) == 1 && leat_recv(rx(), at(&n)) == 1);
	must_have_evaluated(2, 2, 0, 0);
	check(leat_send_by(tx(), at(&n), soon()) == 1 && leat_recv_by(rx(), at(&n), soon()) == 1);
	must_have_evaluated(2, 2, 2, 0);
	check(leat_send_n(tx(), at(&n), one(), soon()) == 1 && leat_recv_n(rx(), at(&n), one(), soon()) == 1);
	must_have_evaluated(2, 2, 2, 2);
	check(leat_force_send(tx(), at(&n)) == 1 && leat_wait_by(rx(), soon()) == 1);
	must_have_evaluated(2, 1, 1, 0);
	check(leat_len(rx()) == 0 && leat_cap(tx()) == capacity + 1 && !leat_closed(rx()) && leat_same(tx(), rx()));
	must_have_evaluated(5, 0, 0, 0);
	leat_drop(leat_dup(tx()));
	leat_drop(tx());
	leat_drop(rx());
	must_have_evaluated(3, 0, 0, 0);
}

/* Operands of cases that are not chosen are evaluated too, even when no case is chosen. */
static void each_once_in_a_select(void)
{
	int in, out = 1;

	chan = leat_make(int, capacity);
	fill(chan);
	for (int round = 0; round < 2; round++) {
		leat_case on[] = { LEAT_SEND(tx(), at(&out)), LEAT_RECV(LEAT_NIL, at(&in)), LEAT_GONE(tx()) };

		check(leat_select_n(on, 2 + one(), LEAT_NOW) == -1);
		must_have_evaluated(2, 2, 0, 1);
	}
	leat_drop(chan);
}

static void a_loop_sends_what_is_there_by_then(void)
{
	int out = 0;
	leat_case on[1];

	chan = leat_make(int, 3);
	on[0] = LEAT_SEND(tx(), at(&out));
	for (out = 1; out <= 3; out++)
		check(leat_select(on, LEAT_NEVER) == 0);
	must_have_evaluated(1, 1, 0, 0);
	receive_ints(chan.rx, 1, 3);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(each_once_in_a_call, each_once_in_a_select, a_loop_sends_what_is_there_by_then);
}
