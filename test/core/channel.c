/* SPDX-License-Identifier: 0BSD
 *
 * channel.c - values arrive in order, whole, and once each. Sends and receives block as the capacity of the channel
 * says.
 */
#include "../test.h"

enum { SENDERS = 4, RECEIVERS = 4, EACH = 2000 };

/* ------------------------------------------------------------------------------------------- order -- */

typedef struct {
	background behind;
	leat_tx tx;
	int number;
} sender;

/* Each value tells its sender, and its number among the values of that sender. */
static void send_each(void *of_sender)
{
	sender *self = of_sender;

	for (int i = 0; i < EACH; i++)
		check(leat_send(self->tx, &(int){ self->number * EACH + i }) == 1);
	leat_drop(self->tx);
}

static void begin_senders(sender senders[], int count, leat_tx tx)
{
	for (int i = 0; i < count; i++) {
		senders[i].tx = leat_dup(tx);
		senders[i].number = i;
		begin(&senders[i].behind, send_each, &senders[i]);
	}
	leat_drop(tx);
}

static void one_sender_in_order(void)
{
	leat_chan chan = leat_make(int, capacity);
	sender one[1];
	int rest;

	begin_senders(one, 1, chan.tx);
	receive_ints(chan.rx, 0, EACH);
	check(leat_recv(chan.rx, &rest) == 0);
	must_return(&one[0].behind);
	leat_drop(chan.rx);
}

static void each_of_several_senders_in_order(void)
{
	leat_chan chan = leat_make(int, capacity);
	sender senders[SENDERS];
	int next[SENDERS] = { 0 };

	begin_senders(senders, SENDERS, chan.tx);
	for (int value; leat_recv(chan.rx, &value) > 0;) {
		check(value >= 0 && value < SENDERS * EACH);
		check(value % EACH == next[value / EACH]++);
	}
	for (int i = 0; i < SENDERS; i++) {
		check(next[i] == EACH);
		must_return(&senders[i].behind);
	}
	leat_drop(chan.rx);
}

/* The oldest value lies in each place of the ring once, with the ring full. */
static void in_order_around_the_ring(void)
{
	leat_chan chan = leat_make(int, capacity);
	size_t rounds = capacity ? 3 * capacity : 0;

	send_ints(chan.tx, 0, capacity);
	for (size_t i = 0; i < rounds; i++) {
		check(leat_len(chan) == capacity);
		receive_ints(chan.rx, (int)i, 1);
		check(leat_len(chan) == capacity - 1);
		send_ints(chan.tx, (int)(capacity + i), 1);
	}
	receive_ints(chan.rx, (int)rounds, capacity);
	check(leat_len(chan) == 0);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------- blocking -- */

/* At capacity 0 this tests the rendezvous. */
static void a_send_blocks_when_full_until_one_is_received(void)
{
	leat_chan chan = leat_make(int, capacity);
	call next;

	send_ints(chan.tx, 0, capacity);
	begin_send(&next, chan, (int)capacity);
	must_block(&next.behind);
	check(leat_len(chan) == capacity);
	receive_ints(chan.rx, 0, 1);
	must_return(&next.behind);
	check(next.result == 1);
	check(leat_len(chan) == capacity);
	receive_ints(chan.rx, 1, capacity);
	leat_drop(chan);
}

static void a_receive_blocks_until_one_is_sent(void)
{
	leat_chan chan = leat_make(int, capacity);
	call next;

	begin_receive(&next, chan);
	must_block(&next.behind);
	send_ints(chan.tx, 42, 1);
	must_return(&next.behind);
	check(next.result == 1 && next.value == 42);
	leat_drop(chan);
}

static void several_wait_and_each_is_served(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waiting[RECEIVERS];
	int sum = 0;

	for (int i = 0; i < RECEIVERS; i++)
		begin_receive(&waiting[i], chan);
	for (int i = 0; i < RECEIVERS; i++)
		must_block(&waiting[i].behind);
	send_ints(chan.tx, 1, RECEIVERS);
	for (int i = 0; i < RECEIVERS; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 1);
		sum += waiting[i].value;
	}
	check(sum == RECEIVERS * (RECEIVERS + 1) / 2);
	leat_drop(chan);
}

static void several_wait_to_send_and_none_is_lost(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waiting[SENDERS];
	int sum = 0;

	send_ints(chan.tx, 0, capacity);
	for (int i = 0; i < SENDERS; i++)
		begin_send(&waiting[i], chan, 1 << i);
	for (int i = 0; i < SENDERS; i++)
		must_block(&waiting[i].behind);
	receive_ints(chan.rx, 0, capacity);
	for (int i = 0, value; i < SENDERS; i++, sum += value)
		check(leat_recv(chan.rx, &value) == 1);
	check(sum == (1 << SENDERS) - 1);
	for (int i = 0; i < SENDERS; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 1);
	}
	leat_drop(chan);
}

static void send_to_nil(void *nothing)
{
	(void)nothing;
	(void)leat_send((leat_tx){ NULL }, &(int){ 1 });
}

static void receive_from_nil(void *nothing)
{
	int value;

	(void)nothing;
	(void)leat_recv(LEAT_NIL, &value);
}

static void wait_for_nil(void *nothing)
{
	(void)nothing;
	(void)leat_wait(LEAT_NIL);
}

/* A nil channel blocks for ever. The threads of this test stay blocked until the program ends. */
static void nil_blocks(void)
{
	static void (*const calls[])(void *) = { send_to_nil, receive_from_nil, wait_for_nil };
	static background blocked[3];

	for (int i = 0; i < 3; i++) {
		begin(&blocked[i], calls[i], NULL);
		check(pthread_detach(blocked[i].thread) == 0);
	}
	for (int i = 0; i < 3; i++)
		must_block(&blocked[i]);
}

/* ---------------------------------------------------------------------------------- exactly once -- */

typedef struct {
	background behind;
	leat_rx rx;
	long count, sum;
} receiver;

static void receive_all(void *of_receiver)
{
	receiver *self = of_receiver;

	self->count = self->sum = 0;
	for (int value; leat_recv(self->rx, &value) > 0; self->count++)
		self->sum += value;
	leat_drop(self->rx);
}

static void many_to_many_exactly_once(void)
{
	leat_chan chan = leat_make(int, capacity);
	sender senders[SENDERS];
	receiver receivers[RECEIVERS];
	long count = 0, sum = 0, all = (long)SENDERS * EACH;

	for (int i = 0; i < RECEIVERS; i++) {
		receivers[i].rx = leat_dup(chan.rx);
		begin(&receivers[i].behind, receive_all, &receivers[i]);
	}
	begin_senders(senders, SENDERS, chan.tx);
	for (int i = 0; i < RECEIVERS; i++) {
		must_return(&receivers[i].behind);
		count += receivers[i].count;
		sum += receivers[i].sum;
	}
	for (int i = 0; i < SENDERS; i++)
		must_return(&senders[i].behind);
	check(count == all && sum == all * (all - 1) / 2);
	leat_drop(chan.rx);
}

/* --------------------------------------------------------------------------------------- elements -- */

typedef struct { unsigned char bytes[24]; } two_dozen;
typedef struct { unsigned char bytes[4096]; } page;

typedef struct {
	background behind;
	leat_tx tx;
	size_t size;
} filler;

/* The elements have `size` bytes. Each byte of an element is the element's number. */
static void send_filled(void *of_filler)
{
	filler *self = of_filler;
	page value;

	for (int i = 0; i < 50; i++) {
		memset(&value, i, sizeof value);
		check(leat_send_sized(self->tx, &value, self->size, LEAT_NEVER) == 1);
	}
	leat_drop(self->tx);
}

static void receive_filled(leat_rx rx, size_t size)
{
	page value, guard;

	memset(&guard, 0xee, sizeof guard);
	for (int i = 0; i < 50; i++) {
		value = guard;
		check(leat_recv_sized(rx, &value, size, LEAT_NEVER) == 1);
		for (size_t k = 0; k < size; k++)
			check(value.bytes[k] == i);
		check(memcmp(value.bytes + size, guard.bytes, sizeof value - size) == 0);
	}
	memset(&value, 0xee, sizeof value);
	check(leat_recv_sized(rx, &value, size, LEAT_NEVER) == 0);
	for (size_t k = 0; k < sizeof value; k++)
		check(value.bytes[k] == (k < size ? 0 : 0xee));
}

static void elements_of_any_size_are_whole(void)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 9, 16, 24, 64, 65, 1000, 4096 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		leat_type type = { "filled", sizes[i], NULL, NULL };
		leat_chan chan = leat_make_of(&type, capacity);
		filler from = { .tx = chan.tx, .size = sizes[i] };

		check(leat_type_of(chan).size == sizes[i]);
		begin(&from.behind, send_filled, &from);
		receive_filled(chan.rx, sizes[i]);
		must_return(&from.behind);
		leat_drop(chan.rx);
	}
}

static void literals_and_structs(void)
{
	leat_chan small = leat_make(char, capacity + 1), middle = leat_make(two_dozen, capacity + 1);
	two_dozen got = { { 0 } };
	char letter = 0;

	check(leat_send_by(small.tx, (&(char){ 'x' }), LEAT_NOW) == 1);
	check(leat_send(middle.tx, &(two_dozen){ { 1, 2, 3 } }) == 1);
	check(leat_recv(small.rx, &letter) == 1 && letter == 'x');
	check(leat_recv(middle.rx, &got) == 1);
	check(got.bytes[0] == 1 && got.bytes[2] == 3 && got.bytes[3] == 0 && got.bytes[23] == 0);
	leat_drop(small);
	leat_drop(middle);
}

static void waiting_discards_one_value(void)
{
	leat_chan chan = leat_make(int, capacity + 3);

	send_ints(chan.tx, 0, 3);
	check(leat_wait(chan.rx) == 1);
	check(leat_recv_sized(chan.rx, NULL, sizeof(int), LEAT_NOW) == 1);
	check(leat_len(chan) == 1);
	receive_ints(chan.rx, 2, 1);
	leat_close(chan.tx);
	check(leat_wait(chan.rx) == 0);
	leat_drop(chan);
}

static void signal_once(void *of_tx)
{
	check(leat_signal(*(leat_tx *)of_tx) == 1);
}

static void units_are_counted(void)
{
	leat_chan chan = leat_make_of(&(leat_type){ "unit", 0, NULL, NULL }, capacity);
	background next;

	check(leat_cause(chan) == 0 && leat_cap(chan) == capacity);
	for (size_t i = 0; i < capacity; i++)
		check(leat_signal(chan.tx) == 1);
	begin(&next, signal_once, &chan.tx);
	must_block(&next);
	for (size_t i = 0; i < capacity + 1; i++)
		check(leat_wait(chan.rx) == 1);
	must_return(&next);
	check(leat_wait_by(chan.rx, LEAT_NOW) == -1);
	leat_drop(chan);
}

static void a_unit_channel_is_a_rendezvous(void)
{
	leat_chan done = leat_make_unit();
	background signals;

	check(leat_cap(done) == 0 && leat_type_of(done).size == 0);
	begin(&signals, signal_once, &done.tx);
	must_block(&signals);
	check(leat_wait(done.rx) == 1);
	must_return(&signals);
	leat_drop(done);
}

/* ------------------------------------------------------------------------------------- what is seen -- */

enum { CELLS = 500 };

/* Plain memory that one thread writes and the other reads. The thread sanitizer reports a race unless the channel
 * orders the two. */
typedef struct {
	leat_chan chan;
	int asked[CELLS], answered[CELLS], closing;
} shared;

static void write_then_send(void *of_shared)
{
	shared *both = of_shared;

	for (int i = 0; i < CELLS; i++) {
		both->asked[i] = i;
		check(leat_send(both->chan.tx, &i) == 1);
		/* In a rendezvous, the receiver has been there before the send returns. */
		if (capacity == 0)
			check(both->answered[i] == -i);
	}
	both->closing = 1;
	leat_close(both->chan.tx);
}

static void what_came_before_is_seen(void)
{
	static shared both;
	background sends;
	int rest;

	both.chan = leat_make(int, capacity);
	begin(&sends, write_then_send, &both);
	for (int i = 0, got; i < CELLS; i++) {
		both.answered[i] = -i;
		check(leat_recv(both.chan.rx, &got) == 1);
		check(got == i && both.asked[i] == i);
	}
	check(leat_recv(both.chan.rx, &rest) == 0);
	check(both.closing == 1);
	must_return(&sends);
	leat_drop(both.chan);
}

int main(int argc, char **argv)
{
	return RUN(one_sender_in_order, each_of_several_senders_in_order, in_order_around_the_ring,
	           a_send_blocks_when_full_until_one_is_received, a_receive_blocks_until_one_is_sent,
	           several_wait_and_each_is_served, several_wait_to_send_and_none_is_lost, nil_blocks,
	           many_to_many_exactly_once, elements_of_any_size_are_whole, literals_and_structs,
	           waiting_discards_one_value, units_are_counted, a_unit_channel_is_a_rendezvous,
	           what_came_before_is_seen);
}
