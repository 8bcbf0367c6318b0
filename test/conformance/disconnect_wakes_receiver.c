/* SPDX-License-Identifier: 0BSD
 *
 * disconnect_wakes_receiver.c - when the last sender leaves, all sleeping receivers wake, as in crossbeam. In leat, a
 * close wakes them too, and so does an early close of a timer that has a sending end.
 */
#include "../test.h"

enum { RECEIVERS = 3, WAYS = 6 };

typedef struct {
	background behind;
	leat_rx rx;
	int how, result, value;
} receiver;

/* Receive in one of six ways: plainly, with a deadline, unless done, in a select, as a batch, or discarding. */
static void receive_somehow(void *of_receiver)
{
	receiver *self = of_receiver;
	leat_rx nobody = LEAT_NIL;
	leat_case on[] = { LEAT_WAIT(nobody), LEAT_RECV(self->rx, &self->value) };

	switch (self->how) {
	case 0: self->result = leat_recv(self->rx, &self->value); break;
	case 1: self->result = leat_recv_by(self->rx, &self->value, leat_in(LEAT_S(3600))); break;
	case 2: self->result = leat_recv_or(self->rx, &self->value, nobody); break;
	case 3: self->result = leat_select(on, LEAT_NEVER) == 1 ? on[1].ok : -2; break;
	case 4: self->result = (int)leat_recv_n(self->rx, &self->value, 1, LEAT_NEVER); break;
	default: self->result = leat_wait(self->rx);
	}
}

static void begin_receivers(receiver receivers[], leat_rx rx, int how)
{
	for (int i = 0; i < RECEIVERS; i++) {
		receivers[i].rx = rx;
		receivers[i].how = how;
		receivers[i].value = 7;
		begin(&receivers[i].behind, receive_somehow, &receivers[i]);
	}
	must_block(&receivers[0].behind);
}

static void must_be_told(receiver receivers[])
{
	for (int i = 0; i < RECEIVERS; i++) {
		must_return(&receivers[i].behind);
		check(receivers[i].result == 0 && receivers[i].value == (receivers[i].how < 5 ? 0 : 7));
	}
}

static void the_last_sender_leaves(void)
{
	for (int how = 0; how < WAYS; how++) {
		leat_chan chan = leat_make(int, capacity);
		leat_tx first = leat_dup(chan.tx);
		receiver receivers[RECEIVERS];

		begin_receivers(receivers, chan.rx, how);
		leat_drop(first);
		check(leat_closed(chan.rx) == 0);
		leat_drop(chan.tx);
		must_be_told(receivers);
		leat_drop(chan.rx);
	}
}

static void a_sender_closes(void)
{
	for (int how = 0; how < WAYS; how++) {
		leat_chan chan = leat_make(int, capacity);
		receiver receivers[RECEIVERS];

		begin_receivers(receivers, chan.rx, how);
		check(leat_close_with(chan.tx, EIO) == 1);
		must_be_told(receivers);
		check(leat_cause(chan.rx) == EIO);
		leat_drop(chan);
	}
}

static void a_timer_is_ended_early(void)
{
	leat_chan timer = leat_make_until(leat_in(LEAT_S(3600)), 0);
	receiver receivers[RECEIVERS];

	begin_receivers(receivers, timer.rx, WAYS - 1);
	check(leat_drop_with(timer.tx, EINTR) == 1);
	must_be_told(receivers);
	check(leat_cause(timer.rx) == EINTR);
	leat_drop(timer.rx);
}

/* A thread that waits until the receivers have left is woken by that alone. */
static void wait_for_the_others(void *of_tx)
{
	check(leat_wait_gone(*(leat_tx *)of_tx, LEAT_NEVER) == 1);
}

static void the_last_receiver_leaves(void)
{
	leat_chan chan = leat_make(int, capacity);
	background waits;

	begin(&waits, wait_for_the_others, &chan.tx);
	must_block(&waits);
	check(leat_close(chan.tx) == 1);
	must_block(&waits);
	leat_drop(chan.rx);
	must_return(&waits);
	leat_drop(chan.tx);
}

int main(int argc, char **argv)
{
	return RUN(the_last_sender_leaves, a_sender_closes, a_timer_is_ended_early, the_last_receiver_leaves);
}
