/* SPDX-License-Identifier: 0BSD
 *
 * deadline.c - sends and receives that do not wait at all, that wait until a time, and that wait until done. None of
 * them leaves anything behind.
 */
#include "../test.h"

#include <stdbool.h>

enum { THREADS = 4, EACH = 800, RACES = 20000, DUELS = 2000 };

static const leat_chan nil;

/* A channel that is full. With capacity 0 that is an empty one. */
static leat_chan make_full(void)
{
	leat_chan chan = leat_make(int, capacity);

	send_ints(chan.tx, 0, capacity);
	return chan;
}

/* ----------------------------------------------------------------------------------------- the time -- */

static void not_now(void)
{
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	int n = 7;

	errno = 0;
	check(leat_send_by(full.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_recv_by(empty.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_wait_by(empty.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_send_sized(full.tx, &n, sizeof n, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_recv_sized(empty.rx, &n, sizeof n, LEAT_NOW) == -1 && errno == EAGAIN);
	check(n == 7 && leat_len(full) == capacity && leat_len(empty) == 0);
	leat_drop(full);
	leat_drop(empty);
}

static void nil_is_never_ready(void)
{
	leat_time until = leat_in(LEAT_MS(3));
	int n = 7;

	errno = 0;
	check(leat_send_by(nil.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_recv_by(nil.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_send_by(nil.tx, &n, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	until = leat_in(LEAT_MS(3));
	check(leat_recv_by(nil.rx, &n, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	until = leat_in(LEAT_MS(3));
	check(leat_wait_by(nil.rx, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	check(n == 7);
}

static void not_by_a_time_that_has_passed(void)
{
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	leat_time past[] = { leat_now(), leat_now() - LEAT_S(1), 1, 0, -1, -LEAT_S(100), LEAT_NOW + 1 };
	int n = 7;

	for (size_t i = 0; i < sizeof past / sizeof *past; i++) {
		errno = 0;
		check(leat_send_by(full.tx, &n, past[i]) == -1 && errno == ETIMEDOUT);
		errno = 0;
		check(leat_recv_by(empty.rx, &n, past[i]) == -1 && errno == ETIMEDOUT);
	}
	check(n == 7 && leat_len(full) == capacity && leat_len(empty) == 0);
	leat_drop(full);
	leat_drop(empty);
}

/* A value or room that is ready is taken, even if the deadline has passed or is LEAT_NOW. */
static void what_is_ready_is_taken_however_late(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	leat_time late[] = { LEAT_NOW, LEAT_NOW + 1, 0, leat_now() - 1, leat_now() };
	int n;

	for (int i = 0; i < (int)(sizeof late / sizeof *late); i++) {
		check(leat_send_by(chan.tx, &i, late[i]) == 1);
		n = -1;
		check(leat_recv_by(chan.rx, &n, late[i]) == 1 && n == i);
	}
	leat_close(chan.tx);
	for (int i = 0; i < (int)(sizeof late / sizeof *late); i++) {
		check(leat_send_by(chan.tx, &i, late[i]) == 0);
		n = -1;
		check(leat_recv_by(chan.rx, &n, late[i]) == 0 && n == 0);
	}
	leat_drop(chan);
}

static void a_waiting_sender_is_taken_from_however_late(void)
{
	leat_chan chan = make_full();
	call waits;
	int n = -1;

	begin_send(&waits, chan, (int)capacity);
	must_block(&waits.behind);
	for (int i = 0; i < (int)capacity; i++)
		check(leat_recv_by(chan.rx, &n, 0) == 1 && n == i);
	/* The sender may not have been there yet. */
	while (leat_recv_by(chan.rx, &n, LEAT_NOW) != 1)
		nap(1);
	check(n == (int)capacity);
	must_return(&waits.behind);
	check(waits.result == 1);
	leat_drop(chan);
}

static void times_out_not_before_its_time(void)
{
	static const long microseconds[] = { 0, 1, 5, 20, 50, 100, 200, 1000, 2000 };
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	int n = 7;

	for (size_t i = 0; i < sizeof microseconds / sizeof *microseconds; i++) {
		leat_time until = leat_in(LEAT_US(microseconds[i]));

		check(leat_send_by(full.tx, &n, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
		until = leat_in(LEAT_US(microseconds[i]));
		check(leat_recv_by(empty.rx, &n, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	}
	check(n == 7 && leat_len(full) == capacity && leat_len(empty) == 0);
	leat_drop(full);
	leat_drop(empty);
}

/* The value of a send that timed out is not received later. A receive that timed out takes no value. */
static void timing_out_leaves_nothing_behind(void)
{
	leat_chan full = make_full(), chan = leat_make(int, capacity + 1);
	int n = 7;

	check(leat_send_by(full.tx, &n, leat_in(LEAT_MS(2))) == -1);
	receive_ints(full.rx, 0, capacity);
	check(leat_recv_by(full.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_recv_by(chan.rx, &n, leat_in(LEAT_MS(2))) == -1);
	send_ints(chan.tx, 5, 1);
	check(n == 7);
	receive_ints(chan.rx, 5, 1);
	leat_drop(full);
	leat_drop(chan);
}

typedef struct {
	call it;
	leat_time until;
} late_call;

static void receive_by(void *of_late_call)
{
	late_call *self = of_late_call;

	self->it.result = leat_recv_by(self->it.on.rx, &self->it.value, self->until);
}

static void send_by(void *of_late_call)
{
	late_call *self = of_late_call;

	self->it.result = leat_send_by(self->it.on.tx, &self->it.value, self->until);
}

static void far_deadlines_wait(void)
{
	leat_time far[] = { LEAT_NEVER, LEAT_NEVER - 1, leat_in(LEAT_S(3600)), leat_in(LEAT_NEVER) };

	for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
		leat_chan full = make_full(), empty = leat_make(int, capacity);
		late_call receives = { .it = { .on = empty }, .until = far[i] };
		late_call sends = { .it = { .on = full, .value = (int)capacity }, .until = far[i] };

		begin(&receives.it.behind, receive_by, &receives);
		begin(&sends.it.behind, send_by, &sends);
		must_block(&receives.it.behind);
		must_block(&sends.it.behind);
		send_ints(empty.tx, 42, 1);
		receive_ints(full.rx, 0, capacity + 1);
		must_return(&receives.it.behind);
		must_return(&sends.it.behind);
		check(receives.it.result == 1 && receives.it.value == 42 && sends.it.result == 1);
		leat_drop(full);
		leat_drop(empty);
	}
}

/* ----------------------------------------------------------------------------- deadlines race arrivals -- */

typedef struct {
	background behind;
	leat_chan on, done;
	unsigned random;
	int number;
} racer;

static atomic_int arrived[THREADS * EACH];

static leat_time some_time(unsigned *random)
{
	switch (random_below(random, 6)) {
	case 0: return LEAT_NOW;
	case 1: return 0;
	case 2: return LEAT_NEVER;
	default: return leat_in(LEAT_US(random_below(random, 40)));
	}
}

static void send_in_haste(void *of_racer)
{
	racer *self = of_racer;

	for (int i = 0, sent; i < EACH; i += sent) {
		int value = self->number * EACH + i;

		sent = leat_send_by(self->on.tx, &value, some_time(&self->random));
		check(sent == 1 || (sent == -1 && (errno == ETIMEDOUT || errno == EAGAIN)));
		check(value == self->number * EACH + i);
		sent = sent == 1;
	}
	leat_drop(self->on.tx);
}

static void receive_in_haste(void *of_racer)
{
	racer *self = of_racer;

	for (int result = 1, value = 0; result != 0; value = 0) {
		result = leat_recv_by(self->on.rx, &value, some_time(&self->random));
		check(result >= 0 || errno == ETIMEDOUT || errno == EAGAIN);
		if (result == 1)
			atomic_fetch_add(&arrived[value], 1);
		else
			check(value == 0);
	}
	leat_drop(self->on.rx);
}

static void all_arrived_once(void)
{
	for (int i = 0; i < THREADS * EACH; i++)
		check(atomic_exchange(&arrived[i], 0) == 1);
}

static void begin_racers(racer racers[], leat_chan on, leat_chan done, void (*sends)(void *), void (*receives)(void *))
{
	for (int i = 0; i < 2 * THREADS; i++) {
		bool sender = i < THREADS;

		racers[i].on.tx = sender ? leat_dup(on.tx) : nil.tx;
		racers[i].on.rx = sender ? nil.rx : leat_dup(on.rx);
		racers[i].done = done;
		racers[i].number = i % THREADS;
		racers[i].random = (unsigned)i + 1;
		begin(&racers[i].behind, sender ? sends : receives, &racers[i]);
	}
	leat_drop(on);
}

static void deadlines_race_arrivals_exactly_once(void)
{
	racer racers[2 * THREADS];

	begin_racers(racers, leat_make(int, capacity), nil, send_in_haste, receive_in_haste);
	for (int i = 0; i < 2 * THREADS; i++)
		must_return(&racers[i].behind);
	all_arrived_once();
}

/* The receiver sleeps until `until`. The sender comes at about that time. */
typedef struct {
	leat_chan chan;
	_Atomic leat_time until;
	atomic_int round;
	int sent[DUELS];
} duel;

static void send_at_that_time(void *of_duel)
{
	duel *self = of_duel;
	unsigned random = 1;

	for (int i = 0; i < DUELS; i++) {
		leat_time when;

		while (atomic_load(&self->round) <= i)
			sched_yield();
		when = atomic_load(&self->until) + LEAT_US(random_below(&random, 80));
		while (leat_now() < when)
			sched_yield();
		self->sent[i] = leat_send_by(self->chan.tx, &i, LEAT_NOW);
		atomic_store(&self->until, 0);
	}
}

/* Sender and receiver agree on whether the value went over. If the channel had room for it, the receiver finds it
 * later. */
static void timing_out_races_a_send(void)
{
	static duel both;
	background sends;

	both.chan = leat_make(int, capacity);
	begin(&sends, send_at_that_time, &both);
	for (int i = 0, value = -1, got; i < DUELS; i++, value = -1) {
		leat_time until = leat_in(LEAT_US(100));

		atomic_store(&both.until, until);
		atomic_store(&both.round, i + 1);
		got = leat_recv_by(both.chan.rx, &value, until);
		while (atomic_load(&both.until) != 0)
			sched_yield();
		if (got != 1)
			got = leat_recv_by(both.chan.rx, &value, LEAT_NOW);
		check(got == both.sent[i] && value == (got == 1 ? i : -1));
	}
	must_return(&sends);
	leat_drop(both.chan);
}

/* --------------------------------------------------------------------------------------------- done -- */

static void done_is_over(void)
{
	leat_chan done = leat_make_unit(), full = make_full(), roomy = leat_make(int, capacity + 2);
	int n = 7;

	send_ints(roomy.tx, 5, 1);
	leat_close(done.tx);
	errno = 0;
	check(leat_recv_or(roomy.rx, &n, done.rx) == -1 && errno == ECANCELED && n == 7);
	errno = 0;
	check(leat_send_or(roomy.tx, &n, done.rx) == -1 && errno == ECANCELED);
	errno = 0;
	check(leat_send_or(full.tx, &n, done.rx) == -1 && errno == ECANCELED);
	leat_close(roomy.tx);
	check(leat_send_or(roomy.tx, &n, done.rx) == -1 && errno == ECANCELED);
	check(leat_send_or(nil.tx, &n, done.rx) == -1 && errno == ECANCELED);
	check(leat_recv_or(nil.rx, &n, done.rx) == -1 && errno == ECANCELED);
	check(leat_len(roomy) == 1 && leat_len(full) == capacity);
	leat_drop(done);
	leat_drop(full);
	leat_drop(roomy);
}

/* A value of done cancels every call until a receive takes it. It does not matter which value it is. */
static void done_has_a_value(void)
{
	leat_chan done = leat_make(long, capacity + 2), roomy = leat_make(int, capacity + 2);
	int n = 7;

	send_ints(roomy.tx, 5, 1);
	check(leat_send(done.tx, &(long){ 1 }) == 1);
	for (int i = 0; i < 2; i++) {
		check(leat_recv_or(roomy.rx, &n, done.rx) == -1 && errno == ECANCELED);
		check(leat_send_or(roomy.tx, &n, done.rx) == -1 && errno == ECANCELED);
	}
	check(leat_len(done) == 1 && leat_len(roomy) == 1);
	check(leat_wait(done.rx) == 1);
	check(leat_recv_or(roomy.rx, &n, done.rx) == 1 && n == 5);
	check(leat_send_or(roomy.tx, &n, done.rx) == 1);
	leat_drop(done);
	leat_drop(roomy);
}

static void done_is_quiet_or_nil(void)
{
	leat_chan quiet = leat_make_unit(), chan = leat_make(int, capacity + 1);
	leat_rx dones[] = { quiet.rx, { NULL } };
	int n;

	for (int i = 0; i < 2; i++) {
		check(leat_send_or(chan.tx, &i, dones[i]) == 1);
		check(leat_recv_or(chan.rx, &n, dones[i]) == 1 && n == i);
	}
	leat_close(chan.tx);
	for (int i = 0; i < 2; i++) {
		n = 7;
		check(leat_send_or(chan.tx, &n, dones[i]) == 0);
		check(leat_recv_or(chan.rx, &n, dones[i]) == 0 && n == 0);
	}
	leat_drop(quiet);
	leat_drop(chan);
}

static void done_is_a_time(void)
{
	leat_rx past = leat_at(leat_now()), soon = leat_after(LEAT_MS(5));
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	int n = 7;

	check(leat_send_or(full.tx, &n, past) == -1 && errno == ECANCELED);
	check(leat_recv_or(empty.rx, &n, past) == -1 && errno == ECANCELED);
	check(leat_send_or(full.tx, &n, soon) == -1 && errno == ECANCELED);
	check(leat_recv_or(empty.rx, &n, soon) == -1 && errno == ECANCELED);
	check(leat_cause(soon) == ETIMEDOUT && n == 7);
	leat_drop(past);
	leat_drop(soon);
	leat_drop(full);
	leat_drop(empty);
}

static leat_chan until;

static void receive_or(void *of_call)
{
	call *self = of_call;

	self->result = leat_recv_or(self->on.rx, &self->value, until.rx);
}

static void send_or(void *of_call)
{
	call *self = of_call;

	self->result = leat_send_or(self->on.tx, &self->value, until.rx);
}

static void done_wakes_who_waits(void)
{
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	call sends = { .on = full, .value = 8 }, receives = { .on = empty, .value = 9 };
	int n;

	until = leat_make_unit();
	begin(&sends.behind, send_or, &sends);
	begin(&receives.behind, receive_or, &receives);
	must_block(&sends.behind);
	must_block(&receives.behind);
	leat_drop(until.tx);
	must_return(&sends.behind);
	must_return(&receives.behind);
	check(sends.result == -1 && sends.value == 8 && receives.result == -1 && receives.value == 9);
	receive_ints(full.rx, 0, capacity);
	check(leat_recv_by(full.rx, &n, LEAT_NOW) == -1);
	leat_drop(until.rx);
	leat_drop(full);
	leat_drop(empty);
}

static void values_wake_who_waits_for_done_too(void)
{
	leat_chan full = make_full(), empty = leat_make(int, capacity);
	call sends = { .on = full, .value = (int)capacity }, receives = { .on = empty };

	until = leat_make_unit();
	begin(&sends.behind, send_or, &sends);
	begin(&receives.behind, receive_or, &receives);
	must_block(&sends.behind);
	must_block(&receives.behind);
	send_ints(empty.tx, 42, 1);
	receive_ints(full.rx, 0, capacity + 1);
	must_return(&sends.behind);
	must_return(&receives.behind);
	check(sends.result == 1 && receives.result == 1 && receives.value == 42);
	leat_drop(until);
	leat_drop(full);
	leat_drop(empty);
}

/* The sender first closes done, then sends. So a receiver that sees the value must also see done. */
typedef struct {
	leat_chan done, chan;
	atomic_int begun, ended;
} race;

static void done_first_then_a_value(void *of_race)
{
	race *self = of_race;

	for (int i = 1; i <= RACES; i++) {
		while (atomic_load(&self->begun) < i)
			sched_yield();
		leat_close(self->done.tx);
		check(leat_send_by(self->chan.tx, &i, LEAT_NOW) != 0);
		atomic_store(&self->ended, i);
	}
}

static void done_wins_at_any_moment(void)
{
	static race both;
	background sends;
	int n;

	begin(&sends, done_first_then_a_value, &both);
	for (int i = 1; i <= RACES; i++) {
		both.done = leat_make_unit();
		both.chan = leat_make(int, capacity);
		atomic_store(&both.begun, i);
		for (atomic_int wait = 0; wait < i % 100;)
			wait++;
		check(leat_recv_or(both.chan.rx, &n, both.done.rx) == -1 && errno == ECANCELED);
		while (atomic_load(&both.ended) < i)
			sched_yield();
		leat_drop(both.done);
		leat_drop(both.chan);
	}
	must_return(&sends);
}

static void send_unless_done(void *of_racer)
{
	racer *self = of_racer;

	for (int i = 0, sent; i < EACH; i += sent) {
		int value = self->number * EACH + i;

		sent = leat_send_or(self->on.tx, &value, self->done.rx);
		check(sent == 1 || (sent == -1 && errno == ECANCELED));
		sent = sent == 1;
	}
	leat_drop(self->on.tx);
}

static void receive_unless_done(void *of_racer)
{
	racer *self = of_racer;

	for (int result = 1, value = 0; result != 0;) {
		result = leat_recv_or(self->on.rx, &value, self->done.rx);
		check(result >= 0 || errno == ECANCELED);
		if (result == 1)
			atomic_fetch_add(&arrived[value], 1);
	}
	leat_drop(self->on.rx);
}

static void take_each(void *of_done)
{
	for (int i = 0, n; i < EACH; i++)
		check(leat_recv(*(leat_rx *)of_done, &n) == 1 && n == i);
}

/* Values come to done and are received again. No value is lost, and none arrives twice. */
static void done_races_arrivals_exactly_once(void)
{
	leat_chan done = leat_make(int, capacity), chan = leat_make(int, capacity);
	leat_tx last = leat_dup(chan.tx);
	racer racers[2 * THREADS];
	background taker;

	begin_racers(racers, chan, done, send_unless_done, receive_unless_done);
	begin(&taker, take_each, &done.rx);
	for (int i = 0; i < EACH; i++)
		check(leat_send(done.tx, &i) == 1);
	must_return(&taker);
	leat_drop(last);
	for (int i = 0; i < 2 * THREADS; i++)
		must_return(&racers[i].behind);
	all_arrived_once();
	leat_drop(done);
}

/* -------------------------------------------------------------------------------------- what it is good for -- */

/* A thread may ask several others and use only the first answer. An answer that is sent without waiting needs room in
 * the channel, or a receiver that waits already. Without either, the sender gives up. */
static void a_first_answer_needs_room_or_who_waits(void)
{
	leat_chan answers = leat_make(int, capacity), others = leat_make(int, 0);
	int kept = 0, n;
	call first;

	for (int i = 0; i < 3; i++)
		kept += leat_send_by(answers.tx, &i, LEAT_NOW) == 1;
	check(kept == (capacity < 3 ? (int)capacity : 3));
	check(leat_recv_by(answers.rx, &n, LEAT_NOW) == (kept ? 1 : -1) && (!kept || n == 0));
	begin_receive(&first, others);
	while (leat_send_by(others.tx, &(int){ 7 }, LEAT_NOW) < 0)
		nap(1);
	check(leat_send_by(others.tx, &(int){ 8 }, LEAT_NOW) == -1 && errno == EAGAIN);
	must_return(&first.behind);
	check(first.result == 1 && first.value == 7);
	leat_drop(answers);
	leat_drop(others);
}

static void a_sleep_ends_with_done(void)
{
	leat_chan done = leat_make_unit(), tells = leat_make(int, capacity + 1);
	leat_rx soon = leat_after(LEAT_MS(5));
	leat_time begin = leat_now();

	check(leat_sleep_or(nil.rx, LEAT_MS(5)) == 1 && leat_now() >= begin + LEAT_MS(5));
	check(leat_sleep_or(done.rx, LEAT_MS(1)) == 1 && leat_sleep_or(done.rx, 0) == 1);
	check(leat_sleep_or(done.rx, -LEAT_S(1)) == 1);
	check(leat_sleep_or(soon, LEAT_NEVER) == 0 && leat_now() >= begin + LEAT_MS(5));
	check(leat_send(tells.tx, &(int){ 1 }) == 1 && leat_sleep_or(tells.rx, LEAT_NEVER) == 0);
	check(leat_len(tells) == 1); /* the value is still there */
	leat_close(done.tx);
	check(leat_sleep_or(done.rx, LEAT_NEVER) == 0 && leat_sleep_or(done.rx, 0) == 0);
	check(leat_sleep_or(leat_ended(EIO), LEAT_NEVER) == 0);
	leat_drop(soon);
	leat_drop(done);
	leat_drop(tells);
}

/* A deadline that is computed anew for each wait limits the silence between two values. A deadline that is computed
 * once limits all of the waits together. */
static void a_deadline_for_silence_and_one_for_all(void)
{
	leat_time start, all, due;
	leat_rx tick;
	int heard = 0;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
	all = leat_in(LEAT_MS(9500));
	tick = leat_tick(LEAT_S(1));
	while (heard < 5 && leat_recv_by(tick, &due, leat_in(LEAT_S(2))) == 1)
		heard++;
	check(heard == 5 && leat_now() - start == LEAT_S(5));
	while (leat_recv_by(tick, &due, all) == 1)
		heard++;
	check(errno == ETIMEDOUT && heard == 9 && leat_now() - start == LEAT_MS(9500));
	leat_drop(tick);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(not_now, nil_is_never_ready, not_by_a_time_that_has_passed, what_is_ready_is_taken_however_late,
	           a_waiting_sender_is_taken_from_however_late, times_out_not_before_its_time,
	           timing_out_leaves_nothing_behind, far_deadlines_wait, deadlines_race_arrivals_exactly_once,
	           timing_out_races_a_send, done_is_over, done_has_a_value, done_is_quiet_or_nil, done_is_a_time,
	           done_wakes_who_waits, values_wake_who_waits_for_done_too, done_wins_at_any_moment,
	           done_races_arrivals_exactly_once, a_first_answer_needs_room_or_who_waits,
	           a_sleep_ends_with_done, a_deadline_for_silence_and_one_for_all);
}
