/* SPDX-License-Identifier: 0BSD
 *
 * ready.c - LEAT_READY and leat_wait_ready_by: they return when a receive would not block, and take nothing. So one
 * value wakes every thread that watches, and stays for a receiver.
 */
#include "../test.h"

static const leat_chan nil = { { NULL }, { NULL } };

static void is_ready_with_a_value(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int n;

	check(leat_wait_ready_by(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_ready_by(chan.rx, leat_in(LEAT_US(10))) == -1 && errno == ETIMEDOUT);
	check(leat_send(chan.tx, &(int){ 7 }) == 1);
	for (int i = 0; i < 3; i++)
		check(leat_wait_ready_by(chan.rx, LEAT_NEVER) == 1 && leat_len(chan) == 1);
	check(leat_recv(chan.rx, &n) == 1 && n == 7);
	check(leat_wait_ready_by(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(chan);
}

static void is_ready_at_the_end(void)
{
	leat_chan chan = leat_make(int, capacity + 1);

	check(leat_send(chan.tx, &(int){ 7 }) == 1);
	leat_drop(chan.tx);
	check(leat_wait_ready_by(chan.rx, LEAT_NEVER) == 1); /* closed, but not over yet */
	check(leat_wait(chan.rx) == 1);
	check(leat_wait_ready_by(chan.rx, LEAT_NEVER) == 0);
	leat_drop(chan.rx);
	check(leat_wait_ready_by(leat_ended(EPERM), LEAT_NEVER) == 0);
	check(leat_wait_ready_by(nil.rx, LEAT_NOW) == -1 && errno == EAGAIN);
}

static void is_ready_with_time(void)
{
	leat_rx after, tick;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	after = leat_after(LEAT_S(2));
	tick = leat_tick(LEAT_S(3));
	check(leat_wait_ready_by(tick, leat_in(LEAT_S(1))) == -1 && errno == ETIMEDOUT);
	check(leat_wait_ready_by(after, LEAT_NEVER) == 0 && leat_cause(after) == ETIMEDOUT);
	check(leat_wait_ready_by(tick, LEAT_NEVER) == 1 && leat_wait_ready_by(tick, LEAT_NOW) == 1);
	check(leat_wait_by(tick, LEAT_NOW) == 1 && leat_wait_ready_by(tick, LEAT_NOW) == -1);
	leat_clock_real();
	leat_drop(after);
	leat_drop(tick);
}

/* ------------------------------------------------------------------------------------------------ waiting -- */

typedef struct {
	background behind;
	leat_rx rx;
	leat_tx tx;
	int result;
} party;

static void watch(void *of_party)
{
	party *self = of_party;

	self->result = leat_wait_ready_by(self->rx, LEAT_NEVER);
}

static void send_one(void *of_party)
{
	party *self = of_party;

	self->result = leat_send(self->tx, &(int){ 7 });
}

enum { WATCHERS = 3 };

static void begin_watchers(party watchers[], leat_rx rx)
{
	for (int i = 0; i < WATCHERS; i++) {
		watchers[i].rx = rx;
		begin(&watchers[i].behind, watch, &watchers[i]);
	}
	for (int i = 0; i < WATCHERS; i++)
		must_block(&watchers[i].behind);
}

static void must_all_return(party watchers[], int result)
{
	for (int i = 0; i < WATCHERS; i++) {
		must_return(&watchers[i].behind);
		check(watchers[i].result == result);
	}
}

/* One value wakes them all. It is in the channel, or its sender waits with it. */
static void one_value_wakes_all(void)
{
	leat_chan chan = leat_make(int, capacity);
	party watchers[WATCHERS], sender = { .tx = chan.tx };
	int n;

	begin_watchers(watchers, chan.rx);
	begin(&sender.behind, send_one, &sender);
	must_all_return(watchers, 1);
	if (capacity == 0)
		must_block(&sender.behind);
	check(leat_recv(chan.rx, &n) == 1 && n == 7);
	must_return(&sender.behind);
	check(sender.result == 1);
	leat_drop(chan);
}

static void many_values_at_once_wake_all(void)
{
	leat_chan chan = leat_make(int, capacity + 3);
	party watchers[WATCHERS];

	begin_watchers(watchers, chan.rx);
	check(leat_send_n(chan.tx, ((int[]){ 1, 2, 3 }), 3, LEAT_NOW) == 3);
	must_all_return(watchers, 1);
	check(leat_len(chan) == 3);
	leat_drop(chan);
}

static void a_forced_value_wakes_all(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	party watchers[WATCHERS];

	begin_watchers(watchers, chan.rx);
	check(leat_force_send(chan.tx, &(int){ 1 }) == 1);
	must_all_return(watchers, 1);
	leat_drop(chan);
}

static void the_end_wakes_all(void)
{
	leat_chan chan = leat_make(int, capacity);
	party watchers[WATCHERS];

	begin_watchers(watchers, chan.rx);
	check(leat_close_with(chan.tx, EPERM) == 1);
	must_all_return(watchers, 0);
	leat_drop(chan);
}

static void receive_one(void *of_party)
{
	party *self = of_party;
	int n;

	self->result = leat_recv(self->rx, &n);
}

/* A value that goes straight to a waiting receiver is never there for a receive, so it wakes no watcher. */
static void a_waiting_receiver_comes_first(void)
{
	leat_chan chan = leat_make(int, capacity);
	party watchers[WATCHERS], receiver = { .rx = chan.rx };

	begin(&receiver.behind, receive_one, &receiver);
	must_block(&receiver.behind);
	begin_watchers(watchers, chan.rx);
	check(leat_send(chan.tx, &(int){ 7 }) == 1);
	must_return(&receiver.behind);
	for (int i = 0; i < WATCHERS; i++)
		must_block(&watchers[i].behind);
	check(leat_close(chan.tx) == 1);
	must_all_return(watchers, 0);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------------- in a select -- */

/* A select never passes a value to itself, so its own sender does not make it ready. */
static void does_not_meet_itself(void)
{
	leat_chan chan = leat_make(int, 0);
	party other = { .rx = chan.rx };
	int n = 1;
	leat_case on[] = { LEAT_SEND(chan.tx, &n), LEAT_READY(chan.rx) };

	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select(on, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	other.tx = chan.tx;
	begin(&other.behind, send_one, &other);
	check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 1);
	check(leat_recv(chan.rx, &n) == 1 && n == 7);
	must_return(&other.behind);
	leat_drop(chan);
}

static void another_selects_sender_counts(void)
{
	leat_chan chan = leat_make(int, 0), never = leat_make(int, 0);
	party watchers[WATCHERS];
	int n = 1;
	leat_case on[] = { LEAT_WAIT(never.rx), LEAT_SEND(chan.tx, &n) };

	begin_watchers(watchers, chan.rx);
	check(leat_select(on, leat_in(LEAT_MS(20))) == -1 && errno == ETIMEDOUT);
	check(leat_wait_ready_by(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN); /* the sender has given up */
	must_all_return(watchers, 1);
	leat_drop(chan);
	leat_drop(never);
}

static void stands_first(void)
{
	leat_chan done = leat_make(int, 1), in = leat_make(int, 1);
	int n = 0;

	check(leat_send(done.tx, &n) == 1 && leat_send(in.tx, &n) == 1);
	for (int i = 0; i < 100; i++) {
		leat_case on[] = { LEAT_READY(done.rx), LEAT_RECV(in.rx, &n) };

		check(leat_select_first(on, LEAT_NEVER) == 0 && on[0].ok == 1);
	}
	leat_drop(done);
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------------------- storm -- */

enum { VALUES = 20000 };

static leat_chan storm;
static atomic_long received;

static void send_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < VALUES; i++)
		check(leat_send(storm.tx, &i) == 1);
}

/* Look, then take. Another thread may have been faster. No value is left over, so no wake-up is lost. */
static void look_and_take(void *unused)
{
	int n, there;

	(void)unused;
	while ((there = leat_wait_ready_by(storm.rx, LEAT_NEVER)) == 1)
		if (leat_recv_by(storm.rx, &n, LEAT_NOW) == 1)
			atomic_fetch_add(&received, 1);
	check(there == 0);
}

static void lookers_find_all_values(void)
{
	background senders[2], lookers[2];

	storm = leat_make(int, capacity);
	atomic_store(&received, 0);
	for (int i = 0; i < 2; i++) {
		begin(&senders[i], send_many, NULL);
		begin(&lookers[i], look_and_take, NULL);
	}
	for (int i = 0; i < 2; i++)
		must_return(&senders[i]);
	check(leat_close(storm.tx) == 1);
	for (int i = 0; i < 2; i++)
		must_return(&lookers[i]);
	check(atomic_load(&received) == 2 * VALUES);
	leat_drop(storm);
}

int main(int argc, char **argv)
{
	return RUN(is_ready_with_a_value, is_ready_at_the_end, is_ready_with_time, one_value_wakes_all,
	           many_values_at_once_wake_all, a_forced_value_wakes_all, the_end_wakes_all,
	           a_waiting_receiver_comes_first, does_not_meet_itself, another_selects_sender_counts, stands_first,
	           lookers_find_all_values);
}
