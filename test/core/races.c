/* SPDX-License-Identifier: 0BSD
 *
 * races.c - races that went wrong in other libraries. Channels end while other threads are in the middle of a call.
 * Each value is counted.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <sched.h>

static void must_all_be_one(const atomic_int *seen, int count)
{
	for (int i = 0; i < count; i++)
		check(atomic_load(&seen[i]) == 1);
}

/* ---------------------------------------------------------------------- a select whose stack frame is gone -- */

typedef struct { leat_chan a, b; atomic_int gate; int sent; } crossing;

static void send_on_a(void *arg)
{
	crossing *self = arg;
	int n = 7;

	meet(&self->gate, 3);
	self->sent = leat_send(self->a.tx, &n);
}

static void close_b(void *arg)
{
	crossing *self = arg;

	meet(&self->gate, 3);
	check(leat_close(self->b.tx) == 1);
}

/* A function of its own, so that the cases and values lie in a frame that is gone afterwards. */
static int wait_for_either(crossing *self)
{
	int of_a = 5, of_b = 5;
	leat_case on[] = { LEAT_RECV(self->a.rx, &of_a), LEAT_RECV(self->b.rx, &of_b) };
	int chosen = leat_select(on, LEAT_NEVER);

	check(chosen >= 0);
	check(on[chosen].ok == !chosen && of_a == (chosen ? 5 : 7) && of_b == (chosen ? 0 : 5));
	return chosen;
}

/* Another frame in the same place. Its bytes change if a late thread still writes there. */
static void use_the_stack_again(void)
{
	volatile unsigned char frame[2048];

	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = 0xa5;
	sched_yield();
	for (size_t i = 0; i < sizeof frame; i++)
		check(frame[i] == 0xa5);
}

static void cross(void)
{
	crossing self = { leat_make(int, capacity), leat_make(int, capacity), 0, 0 };
	background threads[2];
	int n = 0, chosen;

	begin(&threads[0], send_on_a, &self);
	begin(&threads[1], close_b, &self);
	meet(&self.gate, 3);
	chosen = wait_for_either(&self);
	use_the_stack_again();
	check(chosen == 0 || (leat_recv(self.a.rx, &n) == 1 && n == 7));
	must_return(&threads[0]);
	must_return(&threads[1]);
	check(self.sent == 1);
	leat_drop(self.a);
	leat_drop(self.b);
}

static void close_crosses_send(void)
{
	for (int i = 0; i < 300; i++)
		cross();
}

/* ------------------------------------------------------------------------------------ send, receive, drop -- */

typedef struct { leat_chan chan; atomic_int *gate; int attempts, done; } side;

static void send_some(void *arg)
{
	side *self = arg;

	meet(self->gate, 2);
	for (int i = 0; i < self->attempts; i++) {
		owned value = own(i);

		if (leat_send(self->chan.tx, &value) == 1)
			self->done++;
		else
			disown(value);
	}
	leat_drop(self->chan.tx);
}

static void receive_some(void *arg)
{
	side *self = arg;
	owned value;

	meet(self->gate, 2);
	for (int i = 0; i < self->attempts && leat_recv(self->chan.rx, &value) > 0; i++) {
		check(*value.number == i);
		disown(value);
		self->done++;
	}
	leat_drop(self->chan.rx);
}

/* Either side may leave first. The thread that leaves last frees the channel. */
static void receive_races_with_send_and_drop(void)
{
	for (int i = 0; i < 400; i++) {
		leat_chan chan = leat_make_of(&owned_type, capacity);
		atomic_int gate = 0;
		side sender = { chan, &gate, i % 4, 0 }, receiver = { chan, &gate, i / 4 % 4, 0 };
		background threads[2];

		begin(&threads[0], send_some, &sender);
		begin(&threads[1], receive_some, &receiver);
		must_return(&threads[0]);
		must_return(&threads[1]);
		check(receiver.done <= sender.done && sender.done <= sender.attempts);
		check(receiver.done == receiver.attempts || receiver.done == sender.done);
		check(atomic_load(&owned_alive) == 0);
	}
}

/* ---------------------------------------------------------------------------------- many senders, receivers -- */

enum { MOST = 4, EACH = 1000 };

static atomic_int seen[MOST * EACH];

typedef struct { leat_chan chan; int first; } party;

/* Send one by one, several at a time, and by select. */
static void send_all(void *arg)
{
	party *self = arg;
	int values[EACH];

	for (int i = 0; i < EACH; i++)
		values[i] = self->first + i;
	for (long i = 0, sent; i < EACH; i += sent) {
		leat_case on[] = { LEAT_SEND(self->chan.tx, &values[i]), { 0 } };

		if (i % 3 == 0)
			sent = leat_send(self->chan.tx, &values[i]);
		else if (i % 3 == 1)
			sent = leat_send_n(self->chan.tx, &values[i], EACH - i < 5 ? EACH - i : 5, LEAT_NEVER);
		else
			sent = leat_select(on, LEAT_NEVER) == 0 && on[0].ok;
		check(sent > 0);
	}
	leat_drop(self->chan.tx);
}

/* A receiver gets some of the values of each sender, in the order in which that sender sent them. */
static void note(int value, int *last)
{
	check(value >= 0 && value < MOST * EACH && value > last[value / EACH]);
	last[value / EACH] = value;
	atomic_fetch_add(&seen[value], 1);
}

static void receive_all(void *arg)
{
	party *self = arg;
	int values[7], last[MOST] = { -1, -1, -1, -1 };
	long got = 1;

	for (int i = 0; got > 0; i++) {
		leat_case on[] = { { 0 }, LEAT_RECV(self->chan.rx, &values[0]) };

		if (i % 3 == 0)
			got = leat_recv(self->chan.rx, &values[0]);
		else if (i % 3 == 1)
			got = leat_recv_n(self->chan.rx, values, 7, LEAT_NEVER);
		else
			got = leat_select(on, LEAT_NEVER) == 1 && on[1].ok;
		check(got >= 0);
		for (long j = 0; j < got; j++)
			note(values[j], last);
	}
	leat_drop(self->chan.rx);
}

/* The sender that leaves last closes the channel. */
static void run_traffic(int senders, int receivers)
{
	leat_chan chan = leat_make(int, capacity);
	background threads[2 * MOST];
	party parties[2 * MOST];

	for (int i = 0; i < MOST * EACH; i++)
		atomic_store(&seen[i], 0);
	for (int i = 0; i < senders + receivers; i++) {
		parties[i].chan.tx = i < senders ? leat_dup(chan.tx) : (leat_tx){ 0 };
		parties[i].chan.rx = i < senders ? LEAT_NIL : leat_dup(chan.rx);
		parties[i].first = i * EACH;
		begin(&threads[i], i < senders ? send_all : receive_all, &parties[i]);
	}
	leat_drop(chan);
	for (int i = 0; i < senders + receivers; i++)
		must_return(&threads[i]);
	must_all_be_one(seen, senders * EACH);
}

static void two_senders_two_receivers(void)
{
	run_traffic(2, 2);
}

static void many_senders_many_receivers(void)
{
	run_traffic(4, 4);
	run_traffic(1, 3);
	run_traffic(3, 1);
}

/* ------------------------------------------------------------------------------- the last receiver leaves -- */

static atomic_int made, received, released, kept;

static void release_counted(void *value)
{
	atomic_fetch_add(&released, 1);
	owned_release(value);
}

static const leat_type counted_type = { "counted", sizeof(owned), NULL, release_counted };

static void send_until_over(void *arg)
{
	side *self = arg;
	int result = 1;

	meet(self->gate, 5);
	for (int i = 0; result == 1; i++) {
		owned value = own(i);

		atomic_fetch_add(&made, 1);
		result = leat_send(self->chan.tx, &value);
		if (result != 1)
			disown(value);
	}
	check(result == 0);
	atomic_fetch_add(&kept, 1);
	leat_drop(self->chan.tx);
}

static void receive_and_leave(void *arg)
{
	side *self = arg;
	owned value;

	meet(self->gate, 5);
	for (int i = 0; i < self->attempts; i++) {
		check(leat_recv(self->chan.rx, &value) == 1);
		disown(value);
		atomic_fetch_add(&received, 1);
	}
	leat_drop(self->chan.rx);
}

static void leave_senders(int attempts)
{
	leat_chan chan = leat_make_of(&counted_type, capacity);
	atomic_int gate = 0;
	side sides[5];
	background threads[5];

	for (int i = 0; i < 5; i++) {
		sides[i] = (side){ { { NULL }, { NULL } }, &gate, attempts + i, 0 };
		if (i < 3)
			sides[i].chan.tx = leat_dup(chan.tx);
		else
			sides[i].chan.rx = leat_dup(chan.rx);
	}
	leat_drop(chan);
	for (int i = 0; i < 5; i++)
		begin(&threads[i], i < 3 ? send_until_over : receive_and_leave, &sides[i]);
	for (int i = 0; i < 5; i++)
		must_return(&threads[i]);
}

/* Each value was received, or was released with the queue, or still belongs to its sender. */
static void the_last_receiver_leaves_its_senders(void)
{
	for (int i = 0; i < 60; i++) {
		atomic_store(&made, 0);
		atomic_store(&received, 0);
		atomic_store(&released, 0);
		atomic_store(&kept, 0);
		leave_senders(i % 20);
		check(atomic_load(&kept) == 3 && atomic_load(&received) == 2 * (i % 20) + 7);
		check(atomic_load(&made) == atomic_load(&received) + atomic_load(&released) + atomic_load(&kept));
		check(atomic_load(&owned_alive) == 0);
	}
}

/* ------------------------------------------------------------------------------------------ dup and drop -- */

static atomic_long balance; /* how many values are in the channel */

static void churn(void *arg)
{
	leat_chan own_handles = *(leat_chan *)arg;

	for (int i = 0; i < 1500; i++) {
		leat_chan more = leat_dup(own_handles);
		int n = i;

		atomic_fetch_add(&balance, leat_send_by(more.tx, &n, LEAT_NOW) == 1);
		leat_drop(more.tx);
		check(!leat_closed(own_handles));
		atomic_fetch_sub(&balance, leat_recv_by(more.rx, &n, LEAT_NOW) == 1);
		leat_drop(more.rx);
	}
	leat_drop(own_handles);
}

/* The channel does not end while there is one handle of each end. */
static void handles_come_and_go(void)
{
	leat_chan chan = leat_make(int, capacity), others[3];
	background threads[3];

	for (size_t i = 0; i < 3; i++)
		others[i] = leat_dup(chan);
	for (size_t i = 0; i < 3; i++)
		begin(&threads[i], churn, &others[i]);
	for (size_t i = 0; i < 3; i++)
		must_return(&threads[i]);
	check((long)leat_len(chan) == atomic_load(&balance) && !leat_closed(chan));
	leat_drop(chan.tx);
	check(leat_closed(chan.rx));
	while (leat_wait(chan.rx) == 1)
		atomic_fetch_sub(&balance, 1);
	check(atomic_load(&balance) == 0);
	leat_drop(chan.rx);
}

/* ----------------------------------------------------------------------------------------------- growing -- */

enum { STEPS = 300 };

typedef struct { leat_chan chan; atomic_int gate; } growing;

/* Each step moves the queued values into a larger ring. */
static void grow(void *arg)
{
	growing *self = arg;
	size_t cap = leat_cap(self->chan);

	meet(&self->gate, 2);
	for (size_t i = 1; i <= STEPS; i++) {
		leat_rx grown = leat_buffer(leat_dup(self->chan.rx), cap + i);

		check(leat_same(grown, self->chan.rx) && leat_cap(grown) >= cap + i);
		leat_drop(grown);
	}
}

static void send_in_order(void *arg)
{
	leat_tx tx = *(leat_tx *)arg;

	for (int i = 0; i < 3000; i++)
		check(leat_send(tx, &i) == 1);
	leat_close(tx);
}

/* Each value arrives once and in order, although two threads keep moving the ring. */
static void growing_races_with_sends_and_receives(void)
{
	growing self = { leat_make(int, capacity), 0 };
	background threads[3];
	int next = 0;

	begin(&threads[0], grow, &self);
	begin(&threads[1], grow, &self);
	begin(&threads[2], send_in_order, &self.chan.tx);
	for (int n; leat_recv(self.chan.rx, &n) > 0; next++)
		check(n == next);
	check(next == 3000);
	for (size_t i = 0; i < 3; i++)
		must_return(&threads[i]);
	check(leat_cap(self.chan) >= capacity + STEPS);
	leat_drop(self.chan);
}

enum { QUEUED = 2000 };

/* All values are queued, and nobody else receives. So a receive that does not wait must find a value each time. */
static void receive_queued(growing *self)
{
	int n;

	meet(&self->gate, 2);
	for (int i = 0; i < QUEUED; i++) {
		check(leat_len(self->chan) == (size_t)(QUEUED - i));
		check(leat_recv_by(self->chan.rx, &n, LEAT_NOW) == 1 && n == i);
	}
}

static void values_stay_while_it_grows(void)
{
	for (int round = 0; round < 20; round++) {
		growing self = { leat_make(int, capacity), 0 };
		background grower;

		self.chan.rx = leat_buffer(self.chan.rx, QUEUED);
		for (int i = 0; i < QUEUED; i++)
			check(leat_send_by(self.chan.tx, &i, LEAT_NOW) == 1);
		begin(&grower, grow, &self);
		receive_queued(&self);
		must_return(&grower);
		leat_drop(self.chan);
	}
}

/* -------------------------------------------------------------------------------------- closing and time -- */

typedef struct { leat_chan chan; leat_time t; int drops; } ending;

/* End the channel at the given time. */
static void end_in_time(void *arg)
{
	ending *self = arg;

	while (leat_now() < self->t)
		sched_yield();
	if (self->drops)
		leat_drop(self->chan.rx);
	else
		check(leat_close(self->chan.tx) == 1);
}

/* Send or receive until the channel ends or the time comes, whichever is first. After that, the channel has ended. */
static void expire(int sends, int drops, leat_time duration)
{
	ending self = { leat_make(int, capacity), leat_in(duration), drops };
	background ender;
	int n = 5, result;

	while (sends && leat_send_by(self.chan.tx, &n, LEAT_NOW) > 0)
		;
	begin(&ender, end_in_time, &self);
	result = sends ? leat_send_by(self.chan.tx, &n, self.t) : leat_recv_by(self.chan.rx, &n, self.t);
	check(result == 0 || (result == -1 && errno == ETIMEDOUT && leat_now() >= self.t));
	check(n == (sends || result < 0 ? 5 : 0));
	must_return(&ender);
	check((sends ? leat_send_by(self.chan.tx, &n, self.t) : leat_recv_by(self.chan.rx, &n, self.t)) == 0);
	leat_drop(self.chan.tx);
	if (!drops)
		leat_drop(self.chan.rx);
}

static void deadlines_race_with_ends(void)
{
	for (int i = 0; i < 200; i++) {
		expire(0, 0, LEAT_US(i));
		expire(1, 0, LEAT_US(i));
		expire(1, 1, LEAT_US(i));
	}
}

typedef struct { leat_tx tx; atomic_int *gate; int cause, closed; } closer;

static void close_as_well(void *arg)
{
	closer *self = arg;

	meet(self->gate, 3);
	self->closed = leat_close_with(self->tx, self->cause);
}

/* One of the threads closes the channel, and its cause stays. */
static void several_close(void)
{
	for (int i = 0; i < 150; i++) {
		leat_chan chan = leat_make(int, capacity);
		atomic_int gate = 0;
		closer closers[3];
		background threads[3];
		int closed = 0, cause = 0;

		for (int j = 0; j < 3; j++) {
			closers[j] = (closer){ chan.tx, &gate, 1 + j, 0 };
			begin(&threads[j], close_as_well, &closers[j]);
		}
		for (int j = 0; j < 3; j++) {
			must_return(&threads[j]);
			closed += closers[j].closed;
			cause += closers[j].closed * closers[j].cause;
		}
		check(closed == 1 && leat_cause(chan) == cause);
		leat_drop(chan);
	}
}

/* ------------------------------------------------------------------------------------------ a long chain -- */

enum { LINKS = 30 };

typedef struct { leat_rx in; leat_tx out; } link_ends;

/* Pass values on until one of the two neighbours has left. */
static void pass_on(void *arg)
{
	link_ends *self = arg;
	int n;
	leat_case on[] = { LEAT_RECV(self->in, &n), LEAT_GONE(self->out) };

	while (leat_select(on, LEAT_NEVER) == 0 && on[0].ok && leat_send(self->out, &n) > 0)
		;
	leat_drop(self->in);
	leat_drop(self->out);
}

/* A chain of threads. Values that are sent to `first` come out of `last`. */
static void begin_chain(background *threads, link_ends *links, leat_tx *first, leat_rx *last)
{
	leat_chan chan = leat_make(int, capacity);

	*first = chan.tx;
	for (int i = 0; i < LINKS; i++) {
		links[i].in = chan.rx;
		chan = leat_make(int, capacity);
		links[i].out = chan.tx;
		begin(&threads[i], pass_on, &links[i]);
	}
	*last = chan.rx;
}

/* The end arrives after all values that were sent before it. */
static void a_chain_ends_from_its_source(void)
{
	background threads[LINKS], sender;
	link_ends links[LINKS];
	leat_tx first;
	leat_rx last;
	int next = 0;

	begin_chain(threads, links, &first, &last);
	begin(&sender, send_in_order, &first);
	for (int n; leat_recv(last, &n) > 0; next++)
		check(n == next);
	check(next == 3000);
	must_return(&sender);
	for (int i = 0; i < LINKS; i++)
		must_return(&threads[i]);
	leat_drop(first);
	leat_drop(last);
}

static void send_while_possible(void *arg)
{
	leat_tx tx = *(leat_tx *)arg;

	for (int i = 0; leat_send(tx, &i) > 0; i++)
		;
	leat_drop(tx);
}

/* Each link learns that the next one has left, while it sends or while it sleeps. Without a sender, all links sleep. */
static void leave_chain(int values, int sends)
{
	background threads[LINKS], sender;
	link_ends links[LINKS];
	leat_tx first;
	leat_rx last;

	begin_chain(threads, links, &first, &last);
	if (sends)
		begin(&sender, send_while_possible, &first);
	for (int i = 0, n; i < values; i++)
		check(leat_recv(last, &n) == 1 && n == i);
	leat_drop(last);
	for (int i = 0; i < LINKS; i++)
		must_return(&threads[i]);
	check(sends || leat_send(first, &values) == 0);
	if (sends)
		must_return(&sender);
	else
		leat_drop(first);
}

static void a_chain_ends_from_its_sink(void)
{
	for (int values = 0; values < 8; values++) {
		leave_chain(values, 1);
		leave_chain(0, 0);
	}
}

/* The chain ends from both sides at once. No link waits for ever where the two ends meet. */
static void a_chain_ends_from_both(void)
{
	for (int i = 0; i < 15; i++) {
		background threads[LINKS];
		link_ends links[LINKS];
		leat_tx first;
		leat_rx last;

		begin_chain(threads, links, &first, &last);
		check(leat_send(first, &i) == 1);
		leat_drop(first);
		leat_drop(last);
		for (int j = 0; j < LINKS; j++)
			must_return(&threads[j]);
	}
}

int main(int argc, char **argv)
{
	return RUN(close_crosses_send, receive_races_with_send_and_drop, two_senders_two_receivers,
	           many_senders_many_receivers, the_last_receiver_leaves_its_senders, handles_come_and_go,
	           growing_races_with_sends_and_receives, values_stay_while_it_grows, deadlines_race_with_ends,
	           several_close, a_chain_ends_from_its_source, a_chain_ends_from_its_sink, a_chain_ends_from_both);
}
