/* SPDX-License-Identifier: 0BSD
 *
 * disconnect_wakes_sender.c - when the last receiver leaves, all sleeping senders wake and keep their values, as in
 * crossbeam. In leat, a close wakes them too.
 */
#include "../test.h"

enum { SENDERS = 3 };

typedef struct {
	background behind;
	leat_tx tx;
	owned value;
	int how, result;
} sender;

/* Send in one of five ways: plainly, with a deadline, unless done, in a select, or as a batch. */
static void send_somehow(void *of_sender)
{
	sender *self = of_sender;
	leat_rx nobody = LEAT_NIL;
	leat_case on[] = { LEAT_SEND(self->tx, &self->value), LEAT_WAIT(nobody) };

	switch (self->how) {
	case 0: self->result = leat_send(self->tx, &self->value); break;
	case 1: self->result = leat_send_by(self->tx, &self->value, leat_in(LEAT_S(3600))); break;
	case 2: self->result = leat_send_or(self->tx, &self->value, nobody); break;
	case 3: self->result = leat_select(on, LEAT_NEVER) == 0 ? on[0].ok : -2; break;
	default: self->result = (int)leat_send_n(self->tx, &self->value, 1, LEAT_NEVER);
	}
}

static void fill(leat_tx tx)
{
	for (size_t i = 0; i < capacity; i++) {
		owned value = own((int)i);

		check(leat_send(tx, &value) == 1);
	}
}

static void begin_senders(sender senders[], leat_tx tx, int how)
{
	for (int i = 0; i < SENDERS; i++) {
		senders[i].tx = tx;
		senders[i].value = own(i);
		senders[i].how = how;
		begin(&senders[i].behind, send_somehow, &senders[i]);
	}
	must_block(&senders[0].behind);
}

static void must_be_refused(sender senders[])
{
	for (int i = 0; i < SENDERS; i++) {
		must_return(&senders[i].behind);
		check(senders[i].result == 0 && *senders[i].value.number == i);
		disown(senders[i].value);
	}
}

static void the_last_receiver_leaves(void)
{
	for (int how = 0; how < 5; how++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		leat_rx first = leat_dup(chan.rx);
		sender senders[SENDERS];

		fill(chan.tx);
		begin_senders(senders, chan.tx, how);
		leat_drop(first);
		check(leat_closed(chan.tx) == 0);
		leat_drop(chan.rx);
		must_be_refused(senders);
		leat_drop(chan.tx);
	}
}

static void a_sender_closes(void)
{
	for (int how = 0; how < 5; how++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		sender senders[SENDERS];

		fill(chan.tx);
		begin_senders(senders, chan.tx, how);
		check(leat_close(chan.tx) == 1);
		must_be_refused(senders);
		check(leat_len(chan.rx) == capacity);
		leat_drop(chan);
	}
}

int main(int argc, char **argv)
{
	return RUN(the_last_receiver_leaves, a_sender_closes);
}
