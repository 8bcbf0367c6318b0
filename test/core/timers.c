/* SPDX-License-Identifier: 0BSD
 *
 * timers.c - streams that time makes ready. leat_after ends at a time, for all receivers. leat_tick yields ticks, each
 * for one receiver.
 */
#include "../test.h"

enum { THREADS = 4, TICKS = 5 };

/* ------------------------------------------------------------------------------------- over from a time on -- */

static void not_yet(void)
{
	leat_rx far[] = { leat_after(LEAT_S(3600)), leat_at(leat_in(LEAT_S(3600))), leat_at(LEAT_NEVER),
	                  leat_after(LEAT_NEVER), leat_at(LEAT_NEVER - 1) };

	for (int i = 0; i < 5; i++) {
		leat_time until = leat_in(LEAT_MS(2));

		check(leat_closed(far[i]) == 0 && leat_cause(far[i]) == 0 && leat_never_started(far[i]) == 0);
		errno = 0;
		check(leat_wait_by(far[i], LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_wait_by(far[i], until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
		check(leat_wait_by(far[i], until) == -1 && errno == ETIMEDOUT);
		check(leat_closed(far[i]) == 0 && leat_cause(far[i]) == 0);
		leat_drop(far[i]);
	}
}

static void long_since(void)
{
	leat_rx past[] = { leat_after(0), leat_after(-LEAT_S(1)), leat_at(leat_now()), leat_at(0), leat_at(LEAT_NOW),
	                   leat_after(LEAT_NOW) };

	for (int i = 0; i < 6; i++) {
		check(leat_closed(past[i]) == 1 && leat_cause(past[i]) == ETIMEDOUT &&
		      leat_never_started(past[i]) == 0);
		check(leat_wait(past[i]) == 0 && leat_wait_by(past[i], LEAT_NOW) == 0);
		check(leat_wait(past[i]) == 0 && leat_cause(past[i]) == ETIMEDOUT);
		leat_drop(past[i]);
	}
}

static void when_its_time_comes(void)
{
	leat_time when = leat_in(LEAT_MS(5));
	leat_rx at = leat_at(when), after = leat_after(LEAT_MS(5));

	check(leat_wait(at) == 0 && leat_now() >= when);
	check(leat_cause(at) == ETIMEDOUT && leat_closed(at) == 1);
	check(leat_wait_by(after, LEAT_NEVER) == 0 && leat_now() >= when);
	check(leat_cause(after) == ETIMEDOUT);
	leat_drop(at);
	leat_drop(after);
}

static void it_carries_nothing(void)
{
	leat_rx at = leat_at(0);

	check(leat_len(at) == 0 && leat_cap(at) == 0 && leat_type_of(at).size == 0 && !leat_is_nil(at));
	check(leat_recv_sized(at, NULL, 0, LEAT_NOW) == 0);
	at = leat_buffer(at, 3);
	check(leat_cap(at) == 3 && leat_never_started(at) == 0 && leat_wait(at) == 0);
	check(leat_len(at) == 0);
	leat_drop(at);
}

typedef struct {
	background behind;
	leat_rx rx;
	int result;
	leat_time returned;
} waiter;

static void wait_for_it(void *of_waiter)
{
	waiter *self = of_waiter;

	self->result = leat_wait(self->rx);
	self->returned = leat_now();
	leat_drop(self->rx);
}

static void for_everybody(void)
{
	leat_time when = leat_in(LEAT_MS(10));
	leat_rx at = leat_at(when);
	waiter waiters[THREADS];

	for (int i = 0; i < THREADS; i++) {
		waiters[i].rx = leat_dup(at);
		begin(&waiters[i].behind, wait_for_it, &waiters[i]);
	}
	leat_drop(at);
	for (int i = 0; i < THREADS; i++) {
		must_return(&waiters[i].behind);
		check(waiters[i].result == 0 && waiters[i].returned >= when);
	}
}

/* The earliest of several timers is chosen. Between a timer and a deadline, the one that comes first counts. */
static void the_earliest_counts(void)
{
	leat_rx far = leat_after(LEAT_S(3600)), near = leat_after(LEAT_MS(4)), middle = leat_after(LEAT_S(1800));
	leat_chan chan = leat_make(int, capacity);
	leat_case on[] = { LEAT_WAIT(far), LEAT_WAIT(near), LEAT_WAIT(middle), LEAT_WAIT(chan.rx) };

	check(leat_select(on, leat_in(LEAT_MS(1))) != 0);
	check(leat_select(on, leat_in(LEAT_S(3600))) == 1 && on[1].ok == 0);
	on[1] = (leat_case){ 0 };
	check(leat_select(on, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	leat_drop(far);
	leat_drop(near);
	leat_drop(middle);
	leat_drop(chan);
}

static void as_done(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx done = leat_after(LEAT_MS(4));
	int n = 7;

	for (size_t i = 0; i < capacity; i++)
		check(leat_send(chan.tx, &n) == 1);
	check(leat_send_or(chan.tx, &n, done) == -1 && errno == ECANCELED);
	check(leat_recv_or(chan.rx, &n, done) == -1 && errno == ECANCELED);
	check(leat_cause(done) == ETIMEDOUT && leat_len(chan) == capacity);
	leat_drop(done);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------- ended early -- */

/* The cause of the first close stays, also when the timer's time comes later. */
static void who_closes_it_first_says_why(void)
{
	leat_chan early, late;

	check(leat_clock_fake() == 1);
	early = leat_make_until(leat_in(LEAT_S(1)), 0);
	late = leat_make_until(leat_in(LEAT_S(1)), 0);
	check(leat_close_with(early.tx, EIO) == 1 && leat_closed(early) == 1 && leat_cause(early) == EIO);
	check(leat_closed(late) == 0 && leat_cause(late) == 0);
	check(leat_clock_advance(LEAT_S(1)) == 1);
	check(leat_cause(early) == EIO && leat_wait(early.rx) == 0 && leat_close_with(early.tx, EINTR) == 0);
	check(leat_close_with(late.tx, EIO) == 0 && leat_cause(late) == ETIMEDOUT && leat_wait(late.rx) == 0);
	leat_drop(early);
	leat_drop(late);
	leat_clock_real();
}

typedef struct { background behind; leat_chan chan; leat_time when; } closer;

static void close_about_then(void *of_closer)
{
	closer *self = of_closer;

	while (leat_now() < self->when)
		;
	(void)leat_close_with(self->chan.tx, EIO);
}

/* A timer that is closed at about the time when it is due still has one cause, which does not change. */
static void a_cause_stays(void)
{
	for (int i = 0; i < 200; i++) {
		leat_time when = leat_in(LEAT_US(200));
		closer self = { .chan = leat_make_until(when, 0), .when = when - LEAT_US(1) };
		int cause;

		begin(&self.behind, close_about_then, &self);
		while ((cause = leat_cause(self.chan)) == 0)
			sched_yield();
		must_return(&self.behind);
		check(cause == leat_cause(self.chan) && (cause == EIO || cause == ETIMEDOUT));
		leat_drop(self.chan);
	}
}

/* ----------------------------------------------------------------------------------------------- ticks -- */

static void a_period_must_be_positive(void)
{
	leat_time periods[] = { 0, -1, -LEAT_S(1), INT64_MIN };

	for (int i = 0; i < 4; i++) {
		leat_rx ticks = leat_tick(periods[i]);
		leat_time tick = 7;

		check(leat_never_started(ticks) == 1 && leat_cause(ticks) == EINVAL && leat_closed(ticks) == 1);
		check(leat_recv(ticks, &tick) == 0 && tick == 0);
		leat_drop(ticks);
	}
}

static void each_tick_is_when_it_was_due(void)
{
	leat_time period = LEAT_MS(2), start = leat_now(), tick, last;
	leat_rx ticks = leat_tick(period);

	check(leat_type_of(ticks).size == sizeof(leat_time));
	check(leat_recv(ticks, &last) == 1);
	check(last >= start + period && leat_now() >= last);
	for (int i = 0; i < TICKS; i++) {
		check(leat_recv(ticks, &tick) == 1);
		check(leat_now() >= tick && tick > last && (tick - last) % period == 0);
		last = tick;
	}
	check(leat_closed(ticks) == 0 && leat_cause(ticks) == 0 && leat_never_started(ticks) == 0);
	leat_drop(ticks);
}

/* About ten ticks were missed, and one of them is kept. One more may become due meanwhile. */
static void one_missed_tick_is_kept(void)
{
	leat_time period = LEAT_MS(2), before = leat_now(), since, tick;
	leat_rx ticks = leat_tick(period);
	long count = 0;

	nap(20);
	check(leat_len(ticks) == 1 && leat_closed(ticks) == 0 && leat_cause(ticks) == 0);
	since = leat_now();
	while (count < 1000 && leat_recv_by(ticks, &tick, LEAT_NOW) == 1)
		if (count++ == 0)
			check(tick >= before + period && tick <= since - 4 * period);
	check(count >= 1 && count <= 2 + (leat_now() - since) / period);
	leat_drop(ticks);
}

static void a_tick_is_not_due_yet(void)
{
	leat_rx far[] = { leat_tick(LEAT_S(3600)), leat_tick(LEAT_NEVER), leat_tick(LEAT_NEVER - 1) };
	leat_time tick = 7, until;

	for (int i = 0; i < 3; i++) {
		until = leat_in(LEAT_MS(2));
		check(leat_len(far[i]) == 0 && leat_closed(far[i]) == 0);
		check(leat_recv_by(far[i], &tick, LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_recv_by(far[i], &tick, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
		check(tick == 7);
		leat_drop(far[i]);
	}
}

static void ticks_can_be_discarded_or_batched(void)
{
	leat_rx ticks = leat_tick(LEAT_MS(1));
	leat_time got[4] = { 0 };
	long n;

	check(leat_wait(ticks) == 1);
	check(leat_wait_by(ticks, LEAT_NEVER) == 1);
	n = leat_recv_n(ticks, got, 4, LEAT_NEVER);
	check(n >= 1 && n <= 4 && got[0] > 0);
	check(leat_recv_or(ticks, got, leat_ended(0)) == -1 && errno == ECANCELED);
	leat_drop(ticks);
}

static void a_tick_cancels_one(void)
{
	leat_rx ticks = leat_tick(LEAT_MS(2));
	leat_chan chan = leat_make(int, capacity);
	int n;

	for (int i = 0; i < 3; i++)
		check(leat_recv_or(chan.rx, &n, ticks) == -1 && errno == ECANCELED);
	leat_drop(ticks);
	leat_drop(chan);
}

typedef struct {
	background behind;
	leat_rx ticks;
	leat_time got[TICKS];
} ticked;

static void receive_ticks(void *of_ticked)
{
	ticked *self = of_ticked;

	for (int i = 0; i < TICKS; i++)
		check(leat_recv(self->ticks, &self->got[i]) == 1);
	leat_drop(self->ticks);
}

static int earlier(const void *a, const void *b)
{
	leat_time first = *(const leat_time *)a, second = *(const leat_time *)b;

	return (first > second) - (first < second);
}

/* Each tick goes to one of the receivers that wait. All receivers get their ticks. */
static void several_on_one_tick(void)
{
	leat_rx ticks = leat_tick(LEAT_MS(1));
	ticked receivers[THREADS];
	leat_time all[THREADS * TICKS];

	for (int i = 0; i < THREADS; i++) {
		receivers[i].ticks = leat_dup(ticks);
		begin(&receivers[i].behind, receive_ticks, &receivers[i]);
	}
	leat_drop(ticks);
	for (int i = 0; i < THREADS; i++) {
		must_return(&receivers[i].behind);
		memcpy(all + i * TICKS, receivers[i].got, sizeof receivers[i].got);
	}
	qsort(all, THREADS * TICKS, sizeof *all, earlier);
	for (int i = 1; i < THREADS * TICKS; i++)
		check(all[i] > all[i - 1] && (all[i] - all[i - 1]) % LEAT_MS(1) == 0);
}

/* ------------------------------------------------------------------------------------------------ moved -- */

static void moved_later(void)
{
	leat_rx at;

	check(leat_clock_fake() == 1);
	at = leat_after(LEAT_S(1));
	check(leat_clock_advance(LEAT_S(1) - 1) == 1 && leat_reset(at, leat_in(LEAT_S(2))) == 1);
	check(leat_clock_advance(LEAT_S(2) - 1) == 1 && leat_closed(at) == 0 && leat_wait_by(at, LEAT_NOW) == -1);
	check(leat_clock_advance(1) == 1 && leat_closed(at) == 1 && leat_cause(at) == ETIMEDOUT);
	leat_drop(at);
	leat_clock_real();
}

static void moved_earlier_and_to_never(void)
{
	leat_chan until = leat_make_until(LEAT_NEVER, EIO);
	leat_rx at = leat_after(LEAT_S(3600)), never = leat_after(LEAT_MS(1));

	check(leat_reset(at, LEAT_NOW) == 1 && leat_closed(at) == 1 && leat_wait(at) == 0);
	check(leat_reset(until.rx, leat_now()) == 1 && leat_wait(until.rx) == 0 && leat_cause(until.rx) == EIO);
	if (leat_reset(never, LEAT_NEVER) == 1) /* 0: this thread was away for a millisecond */
		check(leat_wait_by(never, leat_in(LEAT_MS(3))) == -1 && errno == ETIMEDOUT);
	leat_drop(at);
	leat_drop(never);
	leat_drop(until);
}

static void too_late_to_be_moved(void)
{
	leat_chan closed = leat_make_until(LEAT_NEVER, 0), plain = leat_make(int, capacity);
	leat_rx past = leat_at(0), none[] = { LEAT_NIL, leat_ended(EIO), plain.rx };

	check(leat_close_with(closed.tx, EPIPE) == 1);
	check(leat_reset(closed.rx, LEAT_NEVER) == 0 && leat_cause(closed.rx) == EPIPE);
	check(leat_reset(past, LEAT_NEVER) == 0 && leat_closed(past) == 1);
	for (int i = 0; i < 3; i++) {
		errno = 0;
		check(leat_reset(none[i], LEAT_NEVER) == -1 && errno == EINVAL);
	}
	leat_drop(closed);
	leat_drop(plain);
	leat_drop(past);
}

static void select_it(void *of_waiter)
{
	waiter *self = of_waiter;
	leat_case on[] = { LEAT_WAIT(LEAT_NIL), LEAT_READY(self->rx), LEAT_WAIT(self->rx) };

	self->result = leat_select_first(on, LEAT_NEVER) - 1; /* 0: the second case */
	self->returned = leat_now();
	leat_drop(self->rx);
}

/* Threads that sleep are woken when the time is moved earlier, and sleep on when it is moved later. */
static void moved_while_threads_sleep(void)
{
	leat_rx at = leat_after(LEAT_S(3600));
	leat_time when;
	waiter waiters[THREADS];

	for (int i = 0; i < THREADS; i++) {
		waiters[i].rx = leat_dup(at);
		begin(&waiters[i].behind, i % 2 ? wait_for_it : select_it, &waiters[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_block(&waiters[i].behind);
	check(leat_reset(at, leat_in(LEAT_S(7200))) == 1);
	for (int i = 0; i < THREADS; i++)
		must_block(&waiters[i].behind);
	when = leat_in(LEAT_MS(5));
	check(leat_reset(at, when) == 1);
	for (int i = 0; i < THREADS; i++) {
		must_return(&waiters[i].behind);
		check(waiters[i].result == 0 && waiters[i].returned >= when);
	}
	leat_drop(at);
}

/* The clock that runs jumps to the new time, not to the old one. */
static void moved_on_a_clock_that_runs(void)
{
	leat_time begin_at;
	leat_rx at;
	waiter self;

	check(leat_clock_fake() == 1);
	begin_at = leat_now();
	self.rx = leat_dup(at = leat_after(LEAT_S(10)));
	check(leat_go(wait_for_it, &self) == 1 && leat_reset(at, leat_in(LEAT_S(60))) == 1);
	check(leat_clock_run() == 1 && leat_wait_all(LEAT_NEVER) == 1);
	check(self.result == 0 && self.returned == begin_at + LEAT_S(60));
	leat_drop(at);
	leat_clock_real();
}

/* The next tick is due at the new time, and the others follow. The tick that was kept is discarded. */
static void ticks_are_moved(void)
{
	leat_time start, when;
	leat_rx ticks;

	check(leat_clock_fake() == 1);
	start = leat_now();
	ticks = leat_tick(LEAT_S(10));
	check(leat_clock_advance(LEAT_S(10)) == 1 && leat_reset(ticks, leat_in(LEAT_S(3))) == 1);
	check(leat_recv_by(ticks, &when, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_clock_advance(LEAT_S(3)) == 1);
	check(leat_recv_by(ticks, &when, LEAT_NOW) == 1 && when == start + LEAT_S(13));
	check(leat_clock_advance(LEAT_S(10)) == 1);
	check(leat_recv_by(ticks, &when, LEAT_NOW) == 1 && when == start + LEAT_S(23));
	check(leat_reset(ticks, LEAT_NOW) == 1);
	check(leat_recv_by(ticks, &when, LEAT_NOW) == 1 && when == start + LEAT_S(23));
	check(leat_reset(ticks, LEAT_NEVER) == 1 && leat_clock_advance(LEAT_S(1000)) == 1);
	check(leat_recv_by(ticks, &when, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(ticks);
	leat_clock_real();
}

enum { MOVES = 3000 };

static void move_it(void *of_rx)
{
	leat_rx at = *(leat_rx *)of_rx;

	for (int i = 0; i < MOVES; i++)
		check(leat_reset(at, leat_in(LEAT_S(1 + i % 7))) == 1);
	check(leat_reset(at, LEAT_NOW) == 1);
}

/* No thread misses the last move, however it comes between its looks. */
static void moved_again_and_again(void)
{
	leat_rx at = leat_after(LEAT_S(3600));
	waiter waiters[THREADS];
	background mover;

	for (int i = 0; i < THREADS; i++) {
		waiters[i].rx = leat_dup(at);
		begin(&waiters[i].behind, i % 2 ? wait_for_it : select_it, &waiters[i]);
	}
	begin(&mover, move_it, &at);
	must_return(&mover);
	for (int i = 0; i < THREADS; i++) {
		must_return(&waiters[i].behind);
		check(waiters[i].result == 0);
	}
	leat_drop(at);
}

static leat_rx one;
static atomic_int both;

static void wait_in_each_round(void *arg)
{
	(void)arg;
	for (int i = 0; i < MOVES; i++) {
		meet(&both, 2);
		check(leat_wait(one) == 0);
		meet(&both, 2);
	}
}

/* A single move comes just when the thread begins to wait. */
static void moved_when_a_wait_begins(void)
{
	background waits;

	atomic_store(&both, 0);
	begin(&waits, wait_in_each_round, NULL);
	for (int i = 0; i < MOVES; i++) {
		one = leat_after(LEAT_S(3600));
		meet(&both, 2);
		for (volatile int pause = i % 400; pause > 0; pause--)
			;
		check(leat_reset(one, leat_in(LEAT_US(100))) == 1);
		meet(&both, 2);
		leat_drop(one);
	}
	must_return(&waits);
}

/* ------------------------------------------------------------------------------ moved while a send takes a place -- */

static leat_chan roomy; /* a timer with room */

static void move_roomy(void *arg)
{
	(void)arg;
	while (leat_reset(roomy.rx, LEAT_NEVER) == 1)
		;
}

static void send_to_roomy(void *arg)
{
	(void)arg;
	while (leat_signal(roomy.tx) == 1)
		;
}

/* A move wakes senders that sleep. One that makes room for its value meanwhile takes another place. */
static void moved_while_values_are_displaced(void)
{
	background moves, sends[2];

	roomy = leat_make_until(LEAT_NEVER, 0);
	roomy.rx = leat_buffer(roomy.rx, 1);
	begin(&moves, move_roomy, NULL);
	for (int i = 0; i < 2; i++)
		begin(&sends[i], send_to_roomy, NULL);
	for (int i = 0; i < 20 * MOVES; i++)
		check(leat_force_send_at_(roomy.tx, NULL, 0, NULL) == 1);
	check(leat_close(roomy.tx) == 1);
	must_return(&moves);
	for (int i = 0; i < 2; i++)
		must_return(&sends[i]);
	leat_drop(roomy);
}

int main(int argc, char **argv)
{
	return RUN(not_yet, long_since, when_its_time_comes, it_carries_nothing, for_everybody, the_earliest_counts,
	           as_done, who_closes_it_first_says_why, a_cause_stays, a_period_must_be_positive,
	           each_tick_is_when_it_was_due, one_missed_tick_is_kept, a_tick_is_not_due_yet,
	           ticks_can_be_discarded_or_batched, a_tick_cancels_one, several_on_one_tick,
	           moved_later, moved_earlier_and_to_never, too_late_to_be_moved, moved_while_threads_sleep,
	           moved_on_a_clock_that_runs, ticks_are_moved, moved_again_and_again, moved_when_a_wait_begins,
	           moved_while_values_are_displaced);
}
