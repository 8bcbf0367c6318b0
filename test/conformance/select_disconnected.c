/* SPDX-License-Identifier: 0BSD
 *
 * select_disconnected.c - a case whose other side has left is ready, with ok 0. It wins over a default and a deadline,
 * and it wakes a select that sleeps. So it is in crossbeam, where the operation then fails. Other ready cases may be
 * chosen instead. To keep such a case from being chosen again, switch it off.
 */
#include "../test.h"

/* A receive case of a channel with `queued` values and no sender. */
static leat_rx left_by_senders(size_t queued)
{
	leat_chan chan = leat_make(int, capacity);

	send_ints(chan.tx, 0, queued);
	leat_drop(chan.tx);
	return chan.rx;
}

static leat_tx left_by_receivers(void)
{
	leat_chan chan = leat_make(int, capacity);

	leat_drop(chan.rx);
	return chan.tx;
}

static void before_any_default_or_deadline(void)
{
	leat_time times[] = { LEAT_NOW, 0, leat_in(LEAT_S(3600)), LEAT_NEVER };
	leat_rx rx = left_by_senders(0);
	leat_tx tx = left_by_receivers();

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int n = 7, sent = 8;
		leat_case receives[] = { LEAT_RECV(rx, &n) }, sends[] = { LEAT_SEND(tx, &sent) };
		leat_case gone[] = { LEAT_GONE(tx) };

		check(leat_select(receives, times[i]) == 0 && receives[0].ok == 0 && n == 0);
		check(leat_select(sends, times[i]) == 0 && sends[0].ok == 0 && sent == 8);
		check(leat_select(gone, times[i]) == 0 && gone[0].ok == 0);
	}
	leat_drop(rx);
	leat_drop(tx);
}

/* The queued values come first. */
static void not_before_it_is_drained(void)
{
	leat_rx rx = left_by_senders(capacity);
	int n = 7;
	leat_case on[] = { LEAT_RECV(rx, &n), { 0 } };

	for (size_t i = 0; i < capacity; i++)
		check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 1 && n == (int)i);
	for (int again = 0; again < 3; again++, n = 7)
		check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 0 && n == 0);
	leat_drop(rx);
}

/* Two of three channels have ended. Each is reported and switched off, and the third is left. */
static void told_and_switched_off(void)
{
	leat_rx rx = left_by_senders(0);
	leat_tx tx = left_by_receivers();
	leat_chan chan = leat_make(int, capacity + 1);
	int n = 7, got, told = 0;
	leat_case on[] = { LEAT_SEND(tx, &n), LEAT_RECV(rx, &got), { 0 } };

	for (int chosen; (chosen = leat_select(on, LEAT_NOW)) >= 0; told++) {
		check(on[chosen].ok == 0);
		on[chosen] = (leat_case){ 0 };
	}
	check(told == 2 && errno == EAGAIN);
	on[2] = LEAT_SEND(chan.tx, &n);
	check(leat_select(on, LEAT_NEVER) == 2 && on[2].ok == 1);
	leat_drop(rx);
	leat_drop(tx);
	leat_drop(chan);
}

/* A value and an end are both ready. Both are chosen at times, and the value is not lost. */
static void beside_one_that_is_ready(void)
{
	leat_rx rx = left_by_senders(0);
	leat_chan chan = leat_make(int, capacity + 1);
	int got, n, values = 0, ends = 0;
	leat_case on[] = { LEAT_RECV(rx, &got), LEAT_RECV(chan.rx, &n) };

	for (int i = 0; i < 400; i++) {
		if (leat_len(chan) == 0)
			send_ints(chan.tx, values, 1);
		if (leat_select(on, LEAT_NEVER) == 0)
			ends++;
		else
			check(n == values++);
	}
	check(ends >= 100 && values >= 100);
	leat_drop(rx);
	leat_drop(chan);
}

typedef struct {
	background behind;
	leat_chan full, empty, watched;
	int chosen, ok, got;
} sleeper;

static void sleep_on_all(void *of_sleeper)
{
	sleeper *self = of_sleeper;
	int n = 1;
	leat_case on[] = { LEAT_SEND(self->full.tx, &n), LEAT_RECV(self->empty.rx, &self->got),
	                   LEAT_GONE(self->watched.tx) };

	self->chosen = leat_select(on, LEAT_NEVER);
	self->ok = self->chosen < 0 ? -1 : on[self->chosen].ok;
}

static void begin_sleeper(sleeper *self)
{
	self->full = leat_make(int, capacity);
	self->empty = leat_make(int, capacity);
	self->watched = leat_make(int, capacity);
	self->got = 7;
	send_ints(self->full.tx, 0, capacity);
	begin(&self->behind, sleep_on_all, self);
	must_block(&self->behind);
}

static void must_have_chosen(sleeper *self, int which)
{
	must_return(&self->behind);
	check(self->chosen == which && self->ok == 0 && self->got == (which == 1 ? 0 : 7));
}

/* The first of two receivers that leaves does not wake it. */
static void wakes_a_sender_that_sleeps(void)
{
	sleeper self;
	leat_rx second;

	begin_sleeper(&self);
	second = leat_dup(self.full.rx);
	leat_drop(self.full.rx);
	must_block(&self.behind);
	leat_drop(second);
	must_have_chosen(&self, 0);
	leat_drop(self.full.tx);
	leat_drop(self.empty);
	leat_drop(self.watched);
}

static void wakes_a_receiver_that_sleeps(void)
{
	sleeper self;

	begin_sleeper(&self);
	leat_drop(self.empty.tx);
	must_have_chosen(&self, 1);
	leat_drop(self.empty.rx);
	leat_drop(self.full);
	leat_drop(self.watched);
}

static void wakes_who_waits_for_the_others_to_go(void)
{
	sleeper self;

	begin_sleeper(&self);
	leat_drop(self.watched.rx);
	must_have_chosen(&self, 2);
	leat_drop(self.watched.tx);
	leat_drop(self.full);
	leat_drop(self.empty);
}

int main(int argc, char **argv)
{
	return RUN(before_any_default_or_deadline, not_before_it_is_drained, told_and_switched_off,
	           beside_one_that_is_ready, wakes_a_sender_that_sleeps, wakes_a_receiver_that_sleeps,
	           wakes_who_waits_for_the_others_to_go);
}
