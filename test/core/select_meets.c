/* SPDX-License-Identifier: 0BSD
 *
 * select_meets.c - selects of several threads meet. None of them fires twice, and none takes a value that another has
 * got.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <sched.h>

static void fill(leat_chan chan)
{
	while (leat_send_by(chan.tx, &(int){ -1 }, LEAT_NOW) > 0)
		;
}

/* Each of the numbers has been seen once. */
static void must_all_be_one(atomic_int *seen, int count)
{
	for (int i = 0; i < count; i++)
		check(atomic_load(&seen[i]) == 1);
}

/* ------------------------------------------------------------------------------------ select meets select -- */

enum { TRADERS = 4, EACH = 250 };

static struct {
	leat_chan a, b;
	atomic_int next, received, seen[TRADERS * EACH];
} market;

static void note(int number)
{
	check(number >= 0 && number < TRADERS * EACH);
	atomic_fetch_add(&market.seen[number], 1);
	if (atomic_fetch_add(&market.received, 1) == TRADERS * EACH - 1) {
		leat_close(market.a.tx);
		leat_close(market.b.tx);
	}
}

/* Offer one's own values on both channels until all are sent, and take all that comes on either channel. */
static void trade(void *arg)
{
	int left = EACH, in, out = atomic_fetch_add(&market.next, EACH);
	leat_case on[] = { LEAT_SEND(market.a.tx, &out), LEAT_RECV(market.a.rx, &in), LEAT_RECV(market.b.rx, &in),
		           LEAT_SEND(market.b.tx, &out) };

	(void)arg;
	for (int chosen; (chosen = leat_select(on, LEAT_NEVER)) >= 0 && on[chosen].ok;) {
		if (chosen == 1 || chosen == 2)
			note(in);
		else if (++out && --left == 0)
			on[0].ch = on[3].ch = NULL;
	}
}

/* All threads can send and receive on the same two channels, so a later select finds an earlier one that waits. */
static void selects_meet(void)
{
	background traders[TRADERS];

	market.a = leat_make(int, capacity);
	market.b = leat_make(int, capacity);
	for (int i = 0; i < TRADERS; i++)
		begin(&traders[i], trade, NULL);
	for (int i = 0; i < TRADERS; i++)
		must_return(&traders[i]);
	must_all_be_one(market.seen, TRADERS * EACH);
	check(leat_len(market.a) == 0 && leat_len(market.b) == 0);
	leat_drop(market.a);
	leat_drop(market.b);
}

enum { CIRCLE = 3, TURNS = 600 };

typedef struct { leat_chan *chans; size_t place; } neighbour;

/* Send to one's own channel and receive from that of the neighbour. Every second thread lists the two cases in the
 * opposite order. */
static void send_and_receive(void *arg)
{
	neighbour *self = arg;
	leat_tx own = self->chans[self->place].tx;
	leat_rx next = self->chans[(self->place + 1) % CIRCLE].rx;
	int in, out = 0, expected = 0, send = self->place % 2, receive = !send;
	leat_case on[2];

	on[send] = LEAT_SEND(own, &out);
	on[receive] = LEAT_RECV(next, &in);
	while (out < TURNS || expected < TURNS) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1);
		check(chosen == send ? ++out > 0 : in == expected++);
		on[send].ch = out < TURNS ? own.ch : NULL;
		on[receive].ch = expected < TURNS ? next.ch : NULL;
	}
}

/* Each pair of channels is locked in both orders, and there is a circle of three. */
static void opposite_orders_do_not_deadlock(void)
{
	leat_chan chans[CIRCLE];
	neighbour neighbours[CIRCLE];
	background threads[CIRCLE];

	for (size_t i = 0; i < CIRCLE; i++) {
		chans[i] = leat_make(int, capacity);
		neighbours[i] = (neighbour){ chans, i };
	}
	for (size_t i = 0; i < CIRCLE; i++)
		begin(&threads[i], send_and_receive, &neighbours[i]);
	for (size_t i = 0; i < CIRCLE; i++)
		must_return(&threads[i]);
	for (size_t i = 0; i < CIRCLE; i++)
		leat_drop(chans[i]);
}

/* No case is ever ready, so each select locks both channels. If a select locked them in the order of its cases, the two
 * threads would deadlock. */
enum { LOOKS = 30000 };

static void look_often(void *of_pair)
{
	leat_rx *pair = of_pair;
	int n;
	leat_case on[] = { LEAT_RECV(pair[0], &n), LEAT_RECV(pair[1], &n) };

	for (int i = 0; i < LOOKS; i++)
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
}

static void opposite_looks_do_not_deadlock(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);
	leat_rx there[] = { a.rx, b.rx }, back[] = { b.rx, a.rx };
	background other;

	begin(&other, look_often, there);
	look_often(back);
	must_return(&other);
	leat_drop(a);
	leat_drop(b);
}

/* ------------------------------------------------------------------------------------ what is another's -- */

typedef struct { leat_case on[2]; int value[2], chosen; } taking;

static void take_one(void *arg)
{
	taking *self = arg;

	self->chosen = leat_select(self->on, LEAT_NEVER);
}

static void begin_taking(background *thread, taking *self, leat_rx a, leat_rx b)
{
	self->on[0] = LEAT_RECV(a, &self->value[0]);
	self->on[1] = LEAT_RECV(b, &self->value[1]);
	begin(thread, take_one, self);
}

/* The select is the first waiter of both channels. Once it is woken through A, it has no claim to a value of B. */
static void woken_for_one_leaves_the_other(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);
	taking both, plain;
	background takes_both, takes_b;
	int n = 1, m = 2;

	begin_taking(&takes_both, &both, a.rx, b.rx);
	must_block(&takes_both);
	begin_taking(&takes_b, &plain, b.rx, LEAT_NIL);
	must_block(&takes_b);
	check(leat_send(a.tx, &n) == 1 && leat_send(b.tx, &m) == 1);
	must_return(&takes_both);
	must_return(&takes_b);
	check(both.chosen == 0 && both.value[0] == 1 && plain.chosen == 0 && plain.value[0] == 2);
	check(leat_len(a) == 0 && leat_len(b) == 0);
	leat_drop(a);
	leat_drop(b);
}

typedef struct { leat_tx tx; atomic_int *gate; int value, sent; } offering;

static void offer(void *arg)
{
	offering *self = arg;

	meet(self->gate, 2);
	self->sent = leat_send(self->tx, &self->value);
}

/* The value that the select did not take is still there. The plain receiver gets it, or it is received here. */
static void settle(leat_chan a, leat_chan b, const taking *both, background *takes_b, taking *plain)
{
	int n = 0;

	check(both->on[both->chosen].ok == 1 && both->value[both->chosen] == both->chosen + 1);
	if (both->chosen == 1) {
		check(leat_recv(a.rx, &n) == 1 && n == 1);
		n = 2;
		check(leat_send(b.tx, &n) == 1);
	}
	must_return(takes_b);
	check(plain->on[0].ok == 1 && plain->value[0] == 2);
}

static void claim_from_two_sides(leat_chan a, leat_chan b)
{
	atomic_int gate = 0;
	taking both, plain;
	offering offers[2] = { { a.tx, &gate, 1, 0 }, { b.tx, &gate, 2, 0 } };
	background takes_both, takes_b, senders[2];

	begin_taking(&takes_both, &both, a.rx, b.rx);
	begin_taking(&takes_b, &plain, b.rx, LEAT_NIL);
	for (int i = 0; i < 2; i++)
		begin(&senders[i], offer, &offers[i]);
	must_return(&takes_both);
	settle(a, b, &both, &takes_b, &plain);
	for (int i = 0; i < 2; i++)
		must_return(&senders[i]);
	check(offers[0].sent == 1 && offers[1].sent == 1 && leat_len(a) == 0 && leat_len(b) == 0);
}

/* The same, but the two values come at the same time. */
static void woken_from_two_sides_takes_one(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);

	for (int i = 0; i < 150; i++)
		claim_from_two_sides(a, b);
	leat_drop(a);
	leat_drop(b);
}

enum { WAYS = 4, VALUES = 2000 };

static struct {
	leat_chan ways[WAYS];
	atomic_int seen[VALUES];
} twice;

static void mark(void *arg)
{
	leat_rx *rx = arg;

	for (int n; leat_recv(*rx, &n) > 0;)
		atomic_fetch_add(&twice.seen[n], 1);
}

/* One value is offered on four channels, each with a receiver of its own. Exactly one of them gets it. */
static void no_select_fires_twice(void)
{
	background receivers[WAYS];
	leat_case on[WAYS];
	int out;

	for (size_t i = 0; i < WAYS; i++) {
		twice.ways[i] = leat_make(int, capacity);
		on[i] = LEAT_SEND(twice.ways[i].tx, &out);
		begin(&receivers[i], mark, &twice.ways[i].rx);
	}
	for (out = 0; out < VALUES; out++)
		check(leat_select(on, LEAT_NEVER) >= 0);
	for (size_t i = 0; i < WAYS; i++)
		check(leat_close(twice.ways[i].tx) == 1);
	for (size_t i = 0; i < WAYS; i++) {
		must_return(&receivers[i]);
		leat_drop(twice.ways[i]);
	}
	must_all_be_one(twice.seen, VALUES);
}

/* ------------------------------------------------------------------------------------- close and selects -- */

typedef struct { leat_tx tx; atomic_int *gate; } closing;

static void close_together(void *arg)
{
	closing *self = arg;

	meet(self->gate, 3);
	check(leat_close(self->tx) == 1);
}

static void offer_together(void *arg)
{
	offering *self = arg;

	meet(self->gate, 3);
	self->sent = leat_send_by(self->tx, &self->value, leat_in(LEAT_US(200)));
}

/* A closes and B gets a value while a select waits for both. The select reports one of the two, and nothing is lost. */
static void close_and_send(leat_chan a, leat_chan b)
{
	atomic_int gate = 0;
	closing closer = { a.tx, &gate };
	offering sender = { b.tx, &gate, 7, 0 };
	background threads[2];
	int of_a = 5, of_b = 5, chosen, n = 0;
	leat_case on[] = { LEAT_RECV(a.rx, &of_a), LEAT_RECV(b.rx, &of_b) };

	begin(&threads[0], close_together, &closer);
	begin(&threads[1], offer_together, &sender);
	meet(&gate, 3);
	chosen = leat_select(on, LEAT_NEVER);
	check(chosen >= 0);
	check(on[chosen].ok == chosen && of_a == (chosen ? 5 : 0) && of_b == (chosen ? 7 : 5));
	must_return(&threads[0]);
	must_return(&threads[1]);
	check(sender.sent == 1 || (chosen == 0 && capacity == 0));
	check(leat_recv_by(b.rx, &n, LEAT_NOW) == (chosen == 0 && sender.sent == 1 ? 1 : -1));
}

static void close_races_with_select(void)
{
	leat_chan b = leat_make(int, capacity);

	for (int i = 0; i < 300; i++) {
		leat_chan a = leat_make(int, capacity);

		close_and_send(a, b);
		leat_drop(a);
	}
	leat_drop(b);
}

/* ------------------------------------------------------------------------------------------- not waiting -- */

enum { ROUNDS = 1500, IDLE = 300 };

static struct {
	leat_chan first, second, never;
	atomic_int gate, missed;
} ready;

/* The select has idle cases between the first and the second channel. Much can happen after it has looked at the first
 * and before it looks at the second. */
static void look_at_both(void *arg)
{
	leat_case on[IDLE + 2];
	int n;

	(void)arg;
	for (size_t i = 1; i <= IDLE; i++)
		on[i] = LEAT_RECV(ready.never.rx, &n);
	for (int i = 0; i < ROUNDS; i++) {
		meet(&ready.gate, 2); /* the channels are made */
		on[0] = LEAT_RECV(ready.first.rx, &n);
		on[IDLE + 1] = LEAT_RECV(ready.second.rx, &n);
		if (leat_select(on, LEAT_NOW) < 0)
			atomic_fetch_add(&ready.missed, 1);
		meet(&ready.gate, 2); /* the channels may be dropped */
	}
}

/* Make the second channel ready before the first may become unready: by a value if it has room for one, else by a
 * close. */
static void make_one_ready_then_the_other_not(int delay)
{
	int n = 1;

	meet(&ready.gate, 2);
	for (volatile int i = 0; i < delay; i++)
		;
	check(capacity ? leat_send(ready.second.tx, &n) == 1 : leat_close(ready.second.tx) == 1);
	(void)leat_recv_by(ready.first.rx, &n, LEAT_NOW); /* it fails if the select was faster */
	meet(&ready.gate, 2);
}

/* At any moment, at least one of the two channels can be received from. So a select that does not wait must find it.
 * The first channel needs room for its value. */
static void one_of_two_is_always_ready(void)
{
	background looker;
	int n = 1;

	ready.never = leat_make(int, capacity);
	begin(&looker, look_at_both, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		ready.first = leat_make(int, capacity ? capacity : 1);
		ready.second = leat_make(int, capacity);
		check(leat_send(ready.first.tx, &n) == 1);
		make_one_ready_then_the_other_not(i % 100 * 60);
		leat_drop(ready.first);
		leat_drop(ready.second);
	}
	must_return(&looker);
	check(atomic_load(&ready.missed) == 0);
	leat_drop(ready.never);
}

/* ------------------------------------------------------------------------------------------ many asleep -- */

enum { CROWD = 40 };

typedef struct { leat_case on[2]; int value, chosen; background thread; } sleeper;

static sleeper sleepers[CROWD];

static void sleep_in_select(void *arg)
{
	sleeper *self = arg;

	self->chosen = leat_select(self->on, LEAT_NEVER);
}

/* Each thread waits with both of its cases, and has a value to send. */
static void all_fall_asleep(void)
{
	for (int i = 0; i < CROWD; i++)
		begin(&sleepers[i].thread, sleep_in_select, &sleepers[i]);
	must_block(&sleepers[0].thread);
	must_block(&sleepers[CROWD - 1].thread);
}

static void all_wake_with(int chosen, int ok)
{
	for (int i = 0; i < CROWD; i++) {
		must_return(&sleepers[i].thread);
		check(sleepers[i].chosen == chosen && sleepers[i].on[chosen].ok == ok);
	}
}

static void all_sleeping_receivers_are_served(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);
	atomic_int seen[CROWD] = { 0 };

	for (int i = 0; i < CROWD; i++) {
		sleepers[i].on[0] = LEAT_RECV(chan.rx, &sleepers[i].value);
		sleepers[i].on[1] = LEAT_WAIT(other.rx);
	}
	all_fall_asleep();
	for (int i = 0; i < CROWD; i++)
		check(leat_send(chan.tx, &i) == 1);
	all_wake_with(0, 1);
	for (int i = 0; i < CROWD; i++)
		atomic_fetch_add(&seen[sleepers[i].value], 1);
	must_all_be_one(seen, CROWD);
	leat_drop(chan);
	leat_drop(other);
}

static void all_sleeping_senders_are_served(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);
	atomic_int seen[CROWD + 1] = { 0 };
	int n;

	fill(chan);
	for (int i = 0; i < CROWD; i++) {
		sleepers[i].value = i;
		sleepers[i].on[0] = LEAT_WAIT(other.rx);
		sleepers[i].on[1] = LEAT_SEND(chan.tx, &sleepers[i].value);
	}
	all_fall_asleep();
	for (size_t i = 0; i < capacity + CROWD; i++) {
		check(leat_recv(chan.rx, &n) == 1 && n == (i < capacity ? -1 : n));
		atomic_fetch_add(&seen[n < 0 ? CROWD : n], 1);
	}
	all_wake_with(1, 1);
	must_all_be_one(seen, CROWD);
	leat_drop(chan);
	leat_drop(other);
}

static void closing_wakes_all_selects(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);

	for (int i = 0; i < CROWD; i++) {
		sleepers[i].value = 5;
		sleepers[i].on[0] = i % 2 ? LEAT_RECV(chan.rx, &sleepers[i].value) : LEAT_WAIT(chan.rx);
		sleepers[i].on[1] = LEAT_RECV(other.rx, &sleepers[i].value);
	}
	all_fall_asleep();
	check(leat_close(chan.tx) == 1);
	all_wake_with(0, 0);
	for (int i = 0; i < CROWD; i++)
		check(sleepers[i].value == (i % 2 ? 0 : 5));
	leat_drop(chan);
	leat_drop(other);
}

/* --------------------------------------------------------------------------------------------- timeouts -- */

enum { LATE = 1500 };

typedef struct { leat_chan a, b; } pair;

/* Offer each value on either channel, with a short and varying timeout, until it is sent. */
static void send_impatiently(void *arg)
{
	pair *chans = arg;
	int out = 0;
	leat_case on[] = { LEAT_SEND(chans->a.tx, &out), LEAT_SEND(chans->b.tx, &out) };

	for (int i = 0; out < LATE; i++) {
		int chosen = leat_select(on, leat_in(LEAT_US(i % 30)));

		check(chosen >= 0 ? on[chosen].ok == 1 : errno == ETIMEDOUT);
		out += chosen >= 0;
	}
	leat_close(chans->a.tx);
	leat_close(chans->b.tx);
}

/* Receive from both channels with short timeouts, until both have ended. */
static void receive_impatiently(leat_case *on, const int *in, atomic_int *seen)
{
	int last[2] = { -1, -1 };

	for (int i = 0, open = 2; open > 0; i++) {
		int chosen = leat_select_n(on, 2, leat_in(LEAT_US(i % 23)));

		if (chosen >= 0 && on[chosen].ok) {
			check(in[chosen] > last[chosen] && in[chosen] < LATE);
			last[chosen] = in[chosen];
			atomic_fetch_add(&seen[in[chosen]], 1);
		} else if (chosen >= 0) {
			on[chosen].ch = NULL;
			open--;
		}
	}
}

/* If a value comes just when the time is over, it is received or it stays where it was. The sender knows which. */
static void timeouts_race_with_arrivals(void)
{
	pair chans = { leat_make(int, capacity), leat_make(int, capacity) };
	atomic_int seen[LATE] = { 0 };
	int in[2];
	leat_case on[] = { LEAT_RECV(chans.a.rx, &in[0]), LEAT_RECV(chans.b.rx, &in[1]) };
	background sender;

	begin(&sender, send_impatiently, &chans);
	receive_impatiently(on, in, seen);
	must_return(&sender);
	must_all_be_one(seen, LATE);
	leat_drop(chans.a);
	leat_drop(chans.b);
}

int main(int argc, char **argv)
{
	return RUN(selects_meet, opposite_orders_do_not_deadlock, opposite_looks_do_not_deadlock,
	           woken_for_one_leaves_the_other, woken_from_two_sides_takes_one, no_select_fires_twice,
	           close_races_with_select, one_of_two_is_always_ready, all_sleeping_receivers_are_served,
	           all_sleeping_senders_are_served, closing_wakes_all_selects, timeouts_race_with_arrivals);
}
