/* SPDX-License-Identifier: 0BSD
 *
 * close_races.c - Go promises that a close wakes all waiting threads, that queued values are received before the end,
 * and that each receive gets a value or sees the end. The same holds here. In Go, a send that meets the close panics.
 * Here it returns 0 and keeps its value, so a close may race with sends. A second close panics in Go. Here it returns
 * 0, and the close of nil returns -1.
 */
#include "go.h"

enum { WAITING = 4, ROUNDS = 200 };

/* ------------------------------------------------------------------------------------- who sleeps is woken -- */

typedef struct { leat_chan chan; int way, result, value; } waiter;

static void receive_somehow(void *of_waiter)
{
	waiter *self = of_waiter;
	leat_case on[] = { LEAT_RECV(self->chan.rx, &self->value), LEAT_RECV(self->chan.rx, &self->value) };

	switch (self->way) {
	case 0: self->result = leat_recv(self->chan.rx, &self->value); break;
	case 1: self->result = (int)leat_recv_n(self->chan.rx, &self->value, 1, LEAT_NEVER); break;
	case 2: self->result = leat_recv_by(self->chan.rx, &self->value, leat_in(LEAT_S(9))); break;
	default: self->result = on[leat_select(on, LEAT_NEVER)].ok;
	}
}

static void send_somehow(void *of_waiter)
{
	waiter *self = of_waiter;
	leat_case on[] = { LEAT_SEND(self->chan.tx, &self->value), LEAT_SEND(self->chan.tx, &self->value) };

	switch (self->way) {
	case 0: self->result = leat_send(self->chan.tx, &self->value); break;
	case 1: self->result = (int)leat_send_n(self->chan.tx, &self->value, 1, LEAT_NEVER); break;
	case 2: self->result = leat_send_by(self->chan.tx, &self->value, leat_in(LEAT_S(9))); break;
	default: self->result = on[leat_select(on, LEAT_NEVER)].ok;
	}
}

static void close_over(leat_chan chan, void (*fn)(void *), waiter *waiters)
{
	for (int i = 0; i < WAITING; i++) {
		waiters[i] = (waiter){ chan, i, 9, 5 };
		start(fn, &waiters[i]);
	}
	until_all_sleep();
	check(leat_close(chan.tx) == 1);
	join();
}

static void sleeping_receivers_see_the_end(void)
{
	leat_chan chan = leat_make(int, capacity);
	waiter waiters[WAITING];

	clock_runs();
	close_over(chan, receive_somehow, waiters);
	leat_clock_real();
	for (int i = 0; i < WAITING; i++)
		check(waiters[i].result == 0 && waiters[i].value == 0);
	leat_drop(chan);
}

/* The values that were queued before are still there. The values of the sleeping senders are not. */
static void sleeping_senders_keep_their_value(void)
{
	leat_chan chan = leat_make(int, capacity);
	waiter waiters[WAITING];

	clock_runs();
	fill(chan);
	close_over(chan, send_somehow, waiters);
	leat_clock_real();
	for (int i = 0; i < WAITING; i++)
		check(waiters[i].result == 0 && waiters[i].value == 5);
	receive_ints(chan.rx, 0, capacity);
	check(leat_wait(chan.rx) == 0);
	leat_drop(chan);
}

/* --------------------------------------------------------------------------------------------------- order -- */

static void values_come_before_the_end(void)
{
	leat_chan chan = leat_make(int, capacity);

	fill(chan);
	check(!leat_closed(chan) && leat_close(chan.tx) == 1 && leat_closed(chan));
	receive_ints(chan.rx, 0, capacity);
	for (int i = 0; i < 3; i++) {
		int n = 5;

		check(leat_recv_by(chan.rx, &n, i % 2 ? LEAT_NOW : LEAT_NEVER) == 0 && n == 0);
	}
	leat_drop(chan);
}

static void a_second_close_says_so(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_close_with(chan.tx, 7) == 1);
	check(leat_close(chan.tx) == 0 && leat_close_with(chan.tx, 8) == 0 && leat_cause(chan) == 7);
	check(leat_close((leat_tx){ NULL }) == -1 && errno == EINVAL);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------------------- racing -- */

enum { MOST = 5 };

typedef struct { leat_chan chan; atomic_int *gate; int name, parties, moved, looks; } racer;

static void close_in_the_middle(void *of_racer)
{
	racer *self = of_racer;

	meet(self->gate, self->parties);
	for (atomic_int i = 0; i < self->looks; i++)
		;
	check(leat_close(self->chan.tx) == 1);
}

static void send_until_the_end(void *of_racer)
{
	racer *self = of_racer;
	int sent, n = self->name;

	meet(self->gate, self->parties);
	for (; (sent = leat_send(self->chan.tx, &n)) == 1; n += MOST)
		self->moved++;
	check(sent == 0);
}

static void receive_until_the_end(void *of_racer)
{
	racer *self = of_racer;
	int received, n, next[MOST] = { 0 };

	meet(self->gate, self->parties);
	while ((received = leat_recv(self->chan.rx, &n)) == 1) {
		check(n / MOST >= next[n % MOST]);
		next[n % MOST] = n / MOST + 1;
		self->moved++;
	}
	check(received == 0);
}

static void race(racer *racers, int count, void (*const *fns)(void *), int looks)
{
	leat_chan chan = leat_make(int, capacity);
	atomic_int gate = 0;

	for (int i = 0; i < count; i++) {
		racers[i] = (racer){ chan, &gate, i, count, 0, looks };
		start(fns[i], &racers[i]);
	}
	join();
	check(leat_len(chan) == 0 && leat_closed(chan));
	leat_drop(chan);
}

/* All values that were sent are received, none of them twice. */
static void close_races_with_a_send_and_a_receive(void)
{
	void (*const fns[])(void *) = { close_in_the_middle, send_until_the_end, receive_until_the_end };
	racer racers[3];

	for (int i = 0; i < ROUNDS; i++) {
		race(racers, 3, fns, i % 50 * 20);
		check(racers[1].moved == racers[2].moved);
	}
}

static void close_races_with_many(void)
{
	void (*const fns[MOST])(void *) = { close_in_the_middle, send_until_the_end, send_until_the_end,
		                        receive_until_the_end, receive_until_the_end };
	racer racers[MOST];

	for (int i = 0; i < ROUNDS / 4; i++) {
		race(racers, MOST, fns, i % 50 * 40);
		check(racers[1].moved + racers[2].moved == racers[3].moved + racers[4].moved);
	}
}

typedef struct { leat_chan chan; atomic_int *gate; int received; } looker;

static void look_now(void *of_looker)
{
	looker *self = of_looker;
	int n;

	meet(self->gate, 2);
	self->received = leat_recv_by(self->chan.rx, &n, LEAT_NOW);
}

/* There is a value, or else the end, at every moment. For that, the channel needs room for one value. */
static void who_does_not_wait_finds_a_value_or_the_end(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		leat_chan chan = leat_make(int, capacity ? capacity : 1);
		atomic_int gate = 0;
		looker other = { chan, &gate, -1 };
		int n, received;

		check(leat_send(chan.tx, &i) == 1);
		start(look_now, &other);
		meet(&gate, 2);
		check(leat_close(chan.tx) == 1);
		received = leat_recv(chan.rx, &n);
		join();
		check(received >= 0 && other.received >= 0 && received + other.received == 1);
		leat_drop(chan);
	}
}

int main(int argc, char **argv)
{
	return RUN(sleeping_receivers_see_the_end, sleeping_senders_keep_their_value, values_come_before_the_end,
	           a_second_close_says_so, close_races_with_a_send_and_a_receive, close_races_with_many,
	           who_does_not_wait_finds_a_value_or_the_end);
}
