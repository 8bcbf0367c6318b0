/* SPDX-License-Identifier: 0BSD
 *
 * no_race_close.c - Go promises that a send happens before the completion of its receive, and a close before a receive
 * that sees it. With room for C values, the k-th receive happens before the completion of the (k+C)-th send. The same
 * holds here, also for drops that close. The shared variables below are plain memory. The thread sanitizer reports a
 * race if nothing orders them, and a wrong value shows that a write came too late.
 */
#include "go.h"

enum { ROUNDS = 60, CELLS = 16 };

typedef struct { leat_chan chan; int way, cells[CELLS]; } shared;

static void write_cells(shared *self, int value)
{
	for (int i = 0; i < CELLS; i++)
		self->cells[i] = value;
}

static void must_read(const shared *self, int value)
{
	for (int i = 0; i < CELLS; i++)
		check(self->cells[i] == value);
}

static void write_and_end(void *of_shared)
{
	shared *self = of_shared;

	write_cells(self, 1);
	if (self->way % 2)
		check(leat_close(self->chan.tx) == 1);
	leat_drop(self->chan.tx);
}

/* See the end by one of several kinds of calls. */
static void see_the_end(leat_rx rx, int way)
{
	int n;
	leat_case on[] = { { 0 }, LEAT_RECV(rx, &n) };

	switch (way % 5) {
	case 0: check(leat_recv(rx, &n) == 0); break;
	case 1: check(leat_select(on, LEAT_NEVER) == 1 && !on[1].ok); break;
	case 2: check(leat_recv_n(rx, &n, 1, LEAT_NEVER) == 0); break;
	case 3:
		while (leat_recv_by(rx, &n, LEAT_NOW) != 0)
			sched_yield();
		break;
	default:
		while (!leat_closed(rx))
			sched_yield();
	}
}

static void an_end_comes_after_what_was_before_it(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		shared self = { .chan = leat_make(int, capacity), .way = i };
		leat_rx rx = self.chan.rx;

		start(write_and_end, &self);
		see_the_end(rx, i / 2);
		must_read(&self, 1);
		join();
		leat_drop(rx);
	}
}

/* ------------------------------------------------------------------------------------------------- values -- */

static void write_and_send(void *of_shared)
{
	shared *self = of_shared;
	int n = 2;
	leat_case on[] = { LEAT_SEND(self->chan.tx, &n), { 0 } };

	write_cells(self, 2);
	check(self->way % 2 ? leat_send(self->chan.tx, &n) == 1 : leat_select(on, LEAT_NEVER) == 0 && on[0].ok);
}

static void a_value_comes_after_what_was_before_it(void)
{
	shared self = { .chan = leat_make(int, capacity) };

	for (self.way = 0; self.way < ROUNDS; self.way++) {
		int n = 0, received = 0;

		write_cells(&self, 0);
		start(write_and_send, &self);
		while (self.way / 2 % 2 && (received = leat_recv_by(self.chan.rx, &n, LEAT_NOW)) < 0)
			sched_yield();
		check(received > 0 || leat_recv(self.chan.rx, &n) == 1);
		must_read(&self, n);
		join();
	}
	leat_drop(self.chan);
}

/* ----------------------------------------------------------------------------------------------- backwards -- */

static void write_and_receive(void *of_shared)
{
	shared *self = of_shared;
	int n;

	write_cells(self, 3);
	check(leat_recv(self->chan.rx, &n) == 1);
}

/* The channel is full. A send that gets the room of a receive comes after all that the receiver did before. */
static void a_send_comes_after_the_receive_that_made_room(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		shared self = { .chan = leat_make(int, capacity) };

		fill(self.chan);
		start(write_and_receive, &self);
		check(leat_send(self.chan.tx, &i) == 1);
		must_read(&self, 3);
		join();
		leat_drop(self.chan);
	}
}

/* So a channel with room for one value is a lock. A send takes the lock, and a receive gives it back. */
typedef struct { leat_chan chan; long counter; } locked;

static void count_under_lock(void *of_locked)
{
	locked *self = of_locked;

	for (int i = 0; i < ROUNDS; i++) {
		check(leat_send(self->chan.tx, &i) == 1);
		self->counter++;
		check(leat_wait(self->chan.rx) == 1);
	}
}

static void room_for_one_is_a_lock(void)
{
	locked self = { leat_make(int, 1), 0 };

	for (int i = 0; i < 4; i++)
		start(count_under_lock, &self);
	join();
	check(self.counter == 4 * ROUNDS);
	leat_drop(self.chan);
}

int main(int argc, char **argv)
{
	return RUN(an_end_comes_after_what_was_before_it, a_value_comes_after_what_was_before_it,
	           a_send_comes_after_the_receive_that_made_room, room_for_one_is_a_lock);
}
