/* SPDX-License-Identifier: 0BSD
 *
 * send_after_disconnect.c - when no receiver is left, each form of sending reports that and keeps its value, however
 * much room there is. After crossbeam. There only the receivers can end the channel like this. Here any sender can
 * close it too, and then the queued values can still be received.
 */
#include "../test.h"

/* Try each form of sending to a channel that has ended. Owned values still belong to the sender. */
static void must_refuse(leat_tx tx)
{
	leat_rx nobody = LEAT_NIL;
	owned value = own(1), several[2] = { value, value };
	leat_case on[] = { LEAT_SEND(tx, &value) };

	check(leat_closed(tx) == 1);
	check(leat_send(tx, &value) == 0);
	check(leat_send_by(tx, &value, LEAT_NOW) == 0);
	check(leat_send_by(tx, &value, leat_in(LEAT_S(3600))) == 0);
	check(leat_send_or(tx, &value, nobody) == 0);
	check(leat_send_n(tx, several, 2, LEAT_NEVER) == 0);
	check(leat_force_send(tx, &value) == 0);
	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 0);
	check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 0);
	check(*value.number == 1 && atomic_load(&owned_alive) >= 1);
	disown(value);
}

static void send_owned(leat_tx tx, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		owned value = own((int)i);

		check(leat_send(tx, &value) == 1);
	}
}

static void nobody_is_left(void)
{
	for (size_t queued = 0; queued <= capacity; queued += capacity / 2 + 1) {
		leat_chan chan = leat_make_of(&owned_type, capacity);

		send_owned(chan.tx, queued);
		leat_drop(chan.rx);
		check(atomic_load(&owned_alive) == 0 && leat_len(chan.tx) == 0);
		must_refuse(chan.tx);
		leat_drop(chan.tx);
	}
}

/* While one receiver is left, sending goes on. */
static void somebody_is_left(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity + 1);
	leat_rx other = leat_dup(chan.rx);

	leat_drop(chan.rx);
	send_owned(chan.tx, capacity + 1);
	check(leat_closed(chan.tx) == 0 && atomic_load(&owned_alive) == (int)capacity + 1);
	leat_drop(other);
	check(atomic_load(&owned_alive) == 0);
	must_refuse(chan.tx);
	leat_drop(chan.tx);
}

static void another_has_closed_it(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	leat_tx other = leat_dup(chan.tx);

	send_owned(other, capacity);
	check(leat_close(chan.tx) == 1 && leat_close(other) == 0 && leat_close_with(chan.tx, EIO) == 0);
	must_refuse(other);
	check(leat_cause(other) == 0);
	check(leat_len(chan.rx) == capacity);
	for (size_t i = 0; i < capacity; i++)
		check(leat_wait(chan.rx) == 1);
	check(leat_wait(chan.rx) == 0);
	must_refuse(other);
	leat_drop(other);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(nobody_is_left, somebody_is_left, another_has_closed_it);
}
