/* SPDX-License-Identifier: 0BSD
 *
 * drop_races.c - the last sender and the last receiver leave at the same moment, with values in flight. One of them
 * frees the channel, once. Each value is released once: by the receiver, by the channel, or by the sender that kept it.
 * There are ten thousand rounds. crossbeam promises this by its reference count, but has no test for it.
 */
#include "../test.h"

enum { BATCHES = 100, ROUNDS = 100 };

typedef struct {
	leat_chan chans[ROUNDS];
	atomic_int gate;
	int sent, refused;
} race;

static void send_one(race *self, leat_tx tx, int number)
{
	owned value = own(number);

	if (leat_send_by(tx, &value, LEAT_NOW) == 1) {
		self->sent++;
	} else {
		disown(value);
		self->refused++;
	}
}

static void send_and_leave(void *of_race)
{
	race *self = of_race;

	for (int batch = 0; batch < BATCHES; batch++) {
		meet(&self->gate, 2);
		for (int i = 0; i < ROUNDS; i++) {
			send_one(self, self->chans[i].tx, i);
			if (i % 2)
				send_one(self, self->chans[i].tx, i);
			leat_drop(self->chans[i].tx);
		}
		meet(&self->gate, 2);
	}
}

/* Some receivers first look for a value. */
static int receive_and_leave(leat_rx rx, int how)
{
	owned value;
	int got = 0;

	if (how % 3 == 0 && leat_recv_by(rx, &value, LEAT_NOW) == 1) {
		disown(value);
		got = 1;
	}
	leat_drop(rx);
	return got;
}

static void both_at_once(void)
{
	static race self;
	background sends;
	int got = 0;

	begin(&sends, send_and_leave, &self);
	for (int batch = 0; batch < BATCHES; batch++) {
		for (int i = 0; i < ROUNDS; i++)
			self.chans[i] = leat_make_of(&owned_type, capacity);
		meet(&self.gate, 2);
		for (int i = 0; i < ROUNDS; i++)
			got += receive_and_leave(self.chans[i].rx, i);
		meet(&self.gate, 2);
		check(atomic_load(&owned_alive) == 0);
	}
	must_return(&sends);
	check(self.sent + self.refused == BATCHES * (ROUNDS + ROUNDS / 2) && got <= self.sent);
}

/* As many senders sleep as receivers leave. A sender that is refused keeps its value. */
typedef struct {
	background behind;
	leat_tx tx;
	int result;
} sleeper;

static void send_until_told(void *of_sleeper)
{
	sleeper *self = of_sleeper;
	owned value = own(1);

	while ((self->result = leat_send(self->tx, &value)) == 1)
		value = own(1);
	disown(value);
	leat_drop(self->tx);
}

static void while_others_sleep(void)
{
	for (int round = 0; round < 50; round++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		sleeper sleepers[3];

		for (int i = 0; i < 3; i++) {
			sleepers[i].tx = leat_dup(chan.tx);
			begin(&sleepers[i].behind, send_until_told, &sleepers[i]);
		}
		leat_drop(chan.tx);
		for (int i = 0; i < round % 8; i++)
			check(leat_wait(chan.rx) == 1);
		leat_drop(chan.rx);
		for (int i = 0; i < 3; i++) {
			must_return(&sleepers[i].behind);
			check(sleepers[i].result == 0);
		}
		check(atomic_load(&owned_alive) == 0);
	}
}

int main(int argc, char **argv)
{
	return RUN(both_at_once, while_others_sleep);
}
