/* SPDX-License-Identifier: 0BSD
 *
 * discard.c - values that no receiver gets: how many were lost for want of room, and a close that releases what is
 * queued. Also how many handles each end has.
 */
#include "../test.h"

static const leat_chan nil;

/* ---------------------------------------------------------------------------------------------- handles -- */

static void handles_are_counted(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_tx tx = leat_dup(chan.tx);
	leat_rx rx[2] = { leat_dup(chan.rx), leat_dup(chan.rx) };

	check(leat_senders(chan) == 2 && leat_senders(chan.rx) == 2 && leat_receivers(tx) == 3);
	leat_drop(tx);
	leat_drop(rx[0]);
	check(leat_senders(rx[1]) == 1 && leat_receivers(rx[1]) == 2);
	leat_drop(chan.tx);
	check(leat_senders(rx[1]) == 0 && leat_closed(rx[1]) == 1);
	leat_drop(chan.rx);
	check(leat_receivers(rx[1]) == 1);
	leat_drop(rx[1]);
}

static void handles_of_other_streams(void)
{
	leat_chan until = leat_make_until(LEAT_NEVER, 0), failed = leat_make(int, (size_t)-1);
	leat_rx tick = leat_tick(LEAT_S(1)), out = leat_take(LEAT_NIL, numbers(1, 1), -1);

	check(leat_senders(nil) == 0 && leat_receivers(nil) == 0 && leat_lost(nil) == 0);
	check(leat_senders(failed) == 0 && leat_receivers(failed) == 0 && leat_lost(failed) == 0);
	check(leat_senders(until) == 1 && leat_receivers(until) == 1 && leat_lost(until) == 0);
	check(leat_senders(tick) == 0 && leat_receivers(tick) == 1 && leat_lost(tick) == 0);
	check(leat_receivers(out) == 1); /* the number of senders depends on how far the stage is */
	leat_drop(until);
	leat_drop(tick);
	leat_drop(out);
}

/* ------------------------------------------------------------------------------------------------- lost -- */

static void displaced_values_are_counted(void)
{
	leat_chan chan = leat_make(int, 3);

	for (int i = 0; i < 10; i++)
		check(leat_force_send(chan.tx, &i) == 1 && leat_lost(chan) == (i < 3 ? 0 : (uint64_t)i - 2));
	receive_ints(chan.rx, 7, 3);
	check(leat_lost(chan.rx) == 7);
	check(leat_send_by(chan.tx, &(int){ 1 }, LEAT_NOW) == 1 && leat_lost(chan) == 7);
	leat_drop(chan);
}

/* A sender sleeps, so more than one value is displaced. */
static void displaced_values_are_counted_behind_a_sender(void)
{
	leat_chan chan = leat_make(int, 2);
	call sleeper;

	send_ints(chan.tx, 0, 2);
	begin_send(&sleeper, chan, 2);
	must_block(&sleeper.behind);
	check(leat_force_send(chan.tx, &(int){ 3 }) == 1 && leat_lost(chan) == 2);
	must_return(&sleeper.behind);
	receive_ints(chan.rx, 2, 2);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------ close and discard -- */

static void closing_discards_what_is_queued(void)
{
	leat_chan chan = leat_make_of(&owned_type, 5);
	owned value;

	for (int i = 0; i < 5; i++)
		check(leat_send(chan.tx, &(owned){ own(i).number }) == 1);
	must_receive_owned(chan.rx, 0);
	check(leat_close_discarding(chan.tx, EIO) == 1 && atomic_load(&owned_alive) == 0);
	check(leat_len(chan) == 0 && leat_recv(chan.rx, &value) == 0 && leat_cause(chan) == EIO);
	check(leat_close_discarding(chan.tx, EPIPE) == 0 && leat_cause(chan) == EIO);
	leat_drop(chan);
}

static void closing_discards_plain_values_and_units(void)
{
	leat_chan plain = leat_make(int, 1000), units = leat_make_of(&place_type, 3);

	send_ints(plain.tx, 0, 1000);
	check(leat_close_discarding(plain.tx, 0) == 1 && leat_len(plain) == 0 && leat_wait(plain.rx) == 0);
	atomic_store(&places, 0);
	for (int i = 0; i < 3; i++)
		check(leat_signal(units.tx) == 1);
	check(leat_close_discarding(units.tx, 0) == 1 && atomic_load(&places) == 3);
	leat_drop(plain);
	leat_drop(units);
}

/* Also what was queued when another thread closed the channel. */
static void what_was_left_by_a_close(void)
{
	leat_chan chan = leat_make(int, 3), failed = leat_make(int, (size_t)-1), gone = leat_make(int, 3);

	send_ints(chan.tx, 0, 2);
	check(leat_close(chan.tx) == 1 && leat_len(chan) == 2);
	check(leat_close_discarding(chan.tx, 0) == 0 && leat_len(chan) == 0);
	check(leat_close_discarding(nil.tx, 0) == -1 && errno == EINVAL);
	check(leat_close_discarding(failed.tx, 0) == 0);
	send_ints(gone.tx, 0, 2);
	leat_drop(gone.rx);
	check(leat_close_discarding(gone.tx, 0) == 1);
	leat_drop(gone.tx);
	leat_drop(chan);
}

static void a_sleeping_sender_keeps_its_value(void)
{
	leat_chan chan = leat_make(int, 0);
	call sleeper;

	begin_send(&sleeper, chan, 7);
	must_block(&sleeper.behind);
	check(leat_close_discarding(chan.tx, 0) == 1);
	must_return(&sleeper.behind);
	check(sleeper.result == 0 && sleeper.value == 7);
	leat_drop(chan);
}

enum { ROUNDS = 200, VALUES = 50 };

typedef struct { leat_rx rx; int received; } reader;

static void receive_all(void *of_reader)
{
	reader *self = of_reader;

	for (owned value; leat_recv(self->rx, &value) > 0; self->received++)
		disown(value);
}

/* Each value is received or released, once. */
static void closing_races_a_receiver(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		leat_chan chan = leat_make_of(&owned_type, VALUES);
		reader self = { chan.rx, 0 };
		background behind;

		for (int i = 0; i < VALUES; i++)
			check(leat_send(chan.tx, &(owned){ own(i).number }) == 1);
		begin(&behind, receive_all, &self);
		check(leat_close_discarding(chan.tx, 0) == 1);
		must_return(&behind);
		check(self.received <= VALUES && atomic_load(&owned_alive) == 0);
		leat_drop(chan);
	}
}

int main(int argc, char **argv)
{
	return RUN(handles_are_counted, handles_of_other_streams, displaced_values_are_counted,
	           displaced_values_are_counted_behind_a_sender, closing_discards_what_is_queued,
	           closing_discards_plain_values_and_units, what_was_left_by_a_close, a_sleeping_sender_keeps_its_value,
	           closing_races_a_receiver);
}
