/* SPDX-License-Identifier: 0BSD
 *
 * after.c - a stream that ends at a time. crossbeam's `after` sends one message to one receiver when its time has come.
 * leat_after and leat_at end at that time, for all receivers and for ever, so they can serve as `done`. Nothing is
 * taken, and a receiver that comes late sees the end too.
 */
#include "clock.h"

enum { THREADS = 4, TIMERS = 60 };

static void fires_once_and_for_all(void)
{
	leat_rx at;

	begin_clock();
	at = leat_after(LEAT_MS(50));
	check(leat_wait_by(at, LEAT_NOW) == -1 && errno == EAGAIN && leat_closed(at) == 0 && leat_cap(at) == 0);
	leat_sleep(LEAT_MS(50) - 1);
	check(leat_wait_by(at, LEAT_NOW) == -1 && leat_closed(at) == 0 && leat_cause(at) == 0);
	leat_sleep(1);
	for (int again = 0; again < 3; again++)
		check(leat_wait_by(at, LEAT_NOW) == 0 && leat_wait(at) == 0 && leat_len(at) == 0);
	check(leat_closed(at) == 1 && leat_cause(at) == ETIMEDOUT);
	must_be_at(LEAT_MS(50));
	leat_drop(at);
	end_clock();
}

static void waited_for_in_parts(void)
{
	leat_rx at;

	begin_clock();
	at = leat_after(LEAT_MS(200));
	check(leat_wait_by(at, leat_in(LEAT_MS(150))) == -1 && errno == ETIMEDOUT);
	must_be_at(LEAT_MS(150));
	check(leat_wait_by(at, leat_in(LEAT_MS(150))) == 0);
	must_be_at(LEAT_MS(200));
	leat_drop(at);
	end_clock();
}

static void the_earlier_wins(void)
{
	leat_rx soon, late;

	begin_clock();
	soon = leat_after(LEAT_MS(50));
	late = leat_after(LEAT_MS(100));
	{
		leat_case on[] = { LEAT_WAIT(late), LEAT_WAIT(soon) };

		check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 0);
		must_be_at(LEAT_MS(50));
		on[1] = (leat_case){ 0 };
		check(leat_select(on, LEAT_NEVER) == 0);
		must_be_at(LEAT_MS(100));
	}
	leat_drop(soon);
	leat_drop(late);
	end_clock();
}

/* A timer that is due wins over the default. A timer that is not due loses to it. */
static void beside_a_default(void)
{
	for (int i = 0; i < 10; i++) {
		leat_rx past = leat_after(0), far = leat_after(LEAT_S(3600));
		leat_case due[] = { LEAT_WAIT(past) }, not_due[] = { LEAT_WAIT(far) };

		check(leat_select(due, LEAT_NOW) == 0);
		check(leat_select(not_due, LEAT_NOW) == -1 && errno == EAGAIN);
		leat_drop(past);
		leat_drop(far);
	}
}

static leat_rx timers[TIMERS];
static atomic_int hits;

/* One select waits for all timers. Each ends at its time. */
static void see_all(void *nothing)
{
	leat_case on[TIMERS];

	(void)nothing;
	for (int i = 0; i < TIMERS; i++)
		on[i] = LEAT_WAIT(timers[i]);
	for (int left = TIMERS; left > 0; left--) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 0);
		must_be_at(LEAT_MS(chosen / 4));
		on[chosen] = (leat_case){ 0 };
		atomic_fetch_add(&hits, 1);
	}
}

/* Here each thread sees the ends of all timers. crossbeam's threads share the messages. */
static void several_selects_on_many(void)
{
	begin_clock();
	atomic_store(&hits, 0);
	for (int i = 0; i < TIMERS; i++)
		timers[i] = leat_after(LEAT_MS(i / 4));
	for (int i = 0; i < THREADS; i++)
		check(leat_go(see_all, NULL) == 1);
	end_clock();
	check(atomic_load(&hits) == THREADS * TIMERS);
	for (int i = 0; i < TIMERS; i++)
		leat_drop(timers[i]);
}

static void dup_and_drop(void *of_rx)
{
	leat_rx rx = *(leat_rx *)of_rx;

	for (int i = 0; i < 500; i++) {
		leat_rx more = leat_dup(rx);
		int result = leat_wait_by(more, LEAT_NOW);

		check(result == 0 || (result == -1 && errno == EAGAIN));
		leat_drop(more);
	}
}

/* Many threads duplicate, ask and drop the timer while its time comes. */
static void shared_by_many(void)
{
	leat_rx at = leat_after(LEAT_US(200));
	background threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], dup_and_drop, &at);
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
	check(leat_wait(at) == 0 && leat_cause(at) == ETIMEDOUT);
	leat_drop(at);
}

/* A receiver gets the values that came before the time. Then it sees the time. Values that come later are not lost. */
static void beside_values(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	leat_rx done;
	int n;

	begin_clock();
	done = leat_after(LEAT_MS(10));
	send_ints(chan.tx, 1, 1);
	check(leat_recv_or(chan.rx, &n, done) == 1 && n == 1);
	check(leat_recv_or(chan.rx, &n, done) == -1 && errno == ECANCELED);
	must_be_at(LEAT_MS(10));
	send_ints(chan.tx, 2, 1);
	check(leat_recv_or(chan.rx, &n, done) == -1 && errno == ECANCELED);
	receive_ints(chan.rx, 2, 1);
	leat_drop(done);
	leat_drop(chan);
	end_clock();
}

int main(int argc, char **argv)
{
	return RUN(fires_once_and_for_all, waited_for_in_parts, the_earlier_wins, beside_a_default,
	           several_selects_on_many, shared_by_many, beside_values);
}
