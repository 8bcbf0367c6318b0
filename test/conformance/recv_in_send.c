/* SPDX-License-Identifier: 0BSD
 *
 * recv_in_send.c - calls inside calls. In crossbeam, the expression that makes a message may itself receive, and is
 * evaluated after its case was chosen. Here operands are evaluated once, where the case is made, whether it is chosen
 * or not. The release function of a value may call leat on any channel, because no lock is held.
 */
#include "../test.h"

/* --------------------------------------------------------------------------------------------- operands -- */

static int takes;

static int take(leat_rx rx)
{
	int n;

	check(leat_recv_by(rx, &n, LEAT_NOW) == 1);
	takes++;
	return n;
}

/* The operand makes the room that its own send needs. */
static void what_is_sent_was_received_from_there(void)
{
	leat_chan chan = leat_make(int, capacity + 1);

	send_ints(chan.tx, 0, capacity + 1);
	takes = 0;
	check(leat_send(chan.tx, &(int){ take(chan.rx) }) == 1);
	check(takes == 1 && leat_len(chan) == capacity + 1);
	receive_ints(chan.rx, 1, capacity);
	receive_ints(chan.rx, 0, 1);
	leat_drop(chan);
}

static void operands_of_a_case_that_loses(void)
{
	leat_chan source = leat_make(int, capacity + 1), nowhere = leat_make(int, 0);

	send_ints(source.tx, 5, 1);
	takes = 0;
	{
		leat_case on[] = { LEAT_SEND(nowhere.tx, &(int){ take(source.rx) }) };

		check(takes == 1);
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_select(on, LEAT_NOW) == -1);
	}
	check(takes == 1 && leat_len(source) == 0);
	leat_drop(source);
	leat_drop(nowhere);
}

/* --------------------------------------------------------------------------------------------- releases -- */

/* An element whose release function sends its number, and drops a handle that it owns. */
typedef struct {
	int number;
	leat_rx holds;
	leat_tx tells;
} busy;

static void release_busily(void *value)
{
	busy *self = value;
	leat_chan own_one = leat_make(int, 1);
	leat_case on[] = { LEAT_SEND(self->tells, &self->number) };
	int n;

	check(leat_send(own_one.tx, &self->number) == 1 && leat_recv(own_one.rx, &n) == 1 && n == self->number);
	leat_drop(own_one);
	check(leat_select(on, LEAT_NOW) == 0);
	leat_drop(self->holds);
	leat_drop(self->tells);
}

static const leat_type busy_type = { "busy", sizeof(busy), NULL, release_busily };

/* Each element holds a stream that carries the next element. The innermost is made first. */
static busy chain(int length, leat_tx tells)
{
	busy value = { 0, { NULL }, leat_dup(tells) };

	for (int i = 1; i < length; i++) {
		leat_chan around = leat_make_of(&busy_type, capacity + 1);

		check(leat_send(around.tx, &value) == 1);
		leat_drop(around.tx);
		value = (busy){ i, around.rx, leat_dup(tells) };
	}
	return value;
}

/* All elements were released, the outermost first. */
static void must_have_told(leat_chan told, int length)
{
	leat_drop(told.tx);
	for (int i = length, n; i-- > 0;)
		check(leat_recv(told.rx, &n) == 1 && n == i);
	check(leat_wait(told.rx) == 0);
	leat_drop(told.rx);
}

enum { LENGTH = 50 };

static void released_with_its_channel(void)
{
	leat_chan told = leat_make(int, LENGTH), chan = leat_make_of(&busy_type, capacity + 1);
	busy value = chain(LENGTH, told.tx);

	check(leat_send(chan.tx, &value) == 1);
	leat_drop(chan);
	must_have_told(told, LENGTH);
}

static void released_by_who_discards_it(void)
{
	leat_chan told = leat_make(int, LENGTH), chan = leat_make_of(&busy_type, capacity + 1);
	leat_case on[] = { LEAT_WAIT(chan.rx) };
	busy value = chain(LENGTH - 1, told.tx), last = chain(1, told.tx);

	last.number = LENGTH - 1;
	check(leat_send(chan.tx, &last) == 1 && leat_wait(chan.rx) == 1);
	check(leat_send(chan.tx, &value) == 1 && leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
	leat_drop(chan);
	must_have_told(told, LENGTH);
}

static void released_by_who_displaces_it(void)
{
	leat_chan told = leat_make(int, LENGTH), chan = leat_make_of(&busy_type, 1);
	busy value = chain(LENGTH - 1, told.tx), first = chain(1, told.tx);

	first.number = LENGTH - 1;
	check(leat_force_send(chan.tx, &first) == 1 && leat_force_send(chan.tx, &value) == 1);
	leat_drop(chan);
	must_have_told(told, LENGTH);
}

/* ------------------------------------------------------------------------- releases on the same channel -- */

static leat_chan same;
static int depth, deepest;

/* Discards the next value of its own channel, whose release function discards the next one, and so on. */
static void release_the_rest(void *value)
{
	(void)value;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (leat_len(same) > 0)
		check(leat_wait_by(same.rx, LEAT_NOW) == 1);
	depth--;
}

static void a_release_receives_from_its_channel(void)
{
	leat_type type = { "greedy", sizeof(int), NULL, release_the_rest };

	same = leat_make_of(&type, capacity + 5);
	deepest = 0;
	send_ints(same.tx, 0, 5);
	check(leat_wait(same.rx) == 1);
	check(deepest == 5 && depth == 0 && leat_len(same) == 0);
	leat_drop(same);
}

/* Sends itself once more when it is discarded, until the channel is closed. */
static void release_back(void *value)
{
	depth++;
	check(leat_send_by(same.tx, (int *)value, LEAT_NOW) == (depth < 3));
	if (depth == 2)
		check(leat_close(same.tx) == 1);
}

static void a_release_sends_to_its_channel(void)
{
	leat_type type = { "undying", sizeof(int), NULL, release_back };

	same = leat_make_of(&type, capacity + 1);
	depth = 0;
	send_ints(same.tx, 0, 1);
	while (leat_wait(same.rx) == 1)
		;
	check(depth == 3);
	leat_drop(same);
	depth = 0;
}

int main(int argc, char **argv)
{
	return RUN(what_is_sent_was_received_from_there, operands_of_a_case_that_loses, released_with_its_channel,
	           released_by_who_discards_it, released_by_who_displaces_it, a_release_receives_from_its_channel,
	           a_release_sends_to_its_channel);
}
