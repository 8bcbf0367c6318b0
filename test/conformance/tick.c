/* SPDX-License-Identifier: 0BSD
 *
 * tick.c - a tick comes every period, and one missed tick is kept, as in crossbeam and in Go. The received value is the
 * time at which the tick was due, not the time of the receive. All ticks are whole periods after the first one; in
 * crossbeam a late receive shifts the later ones. A period that is not positive fails; crossbeam ticks without pause
 * then.
 */
#include "clock.h"

enum { THREADS = 4 };

/* A tick is there at once, and was due at that time. */
static void must_have(leat_rx ticks, leat_time since_start)
{
	leat_time tick = -1;

	check(leat_len(ticks) == 1);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == 1 && tick == start + since_start);
}

static void must_have_none(leat_rx ticks)
{
	leat_time tick = -1;

	check(leat_len(ticks) == 0);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == -1 && errno == EAGAIN && tick == -1);
}

/* The first three ticks were missed. One of them is kept. */
static void one_missed_tick_is_kept(void)
{
	leat_rx ticks;
	leat_time tick;

	begin_clock();
	ticks = leat_tick(LEAT_MS(50));
	must_have_none(ticks);
	leat_sleep(LEAT_MS(160));
	must_have(ticks, LEAT_MS(50));
	must_have_none(ticks);
	check(leat_recv(ticks, &tick) == 1 && tick == start + LEAT_MS(200));
	must_be_at(LEAT_MS(200));
	must_have_none(ticks);
	leat_drop(ticks);
	end_clock();
}

static void the_period_is_kept(void)
{
	leat_rx ticks;
	leat_time tick;

	begin_clock();
	ticks = leat_tick(LEAT_MS(50));
	for (int i = 1; i <= 100; i++) {
		check(leat_recv(ticks, &tick) == 1 && tick == start + LEAT_MS(50 * i));
		must_be_at(LEAT_MS(50 * i));
	}
	leat_drop(ticks);
	end_clock();
}

static void waited_for_in_parts(void)
{
	leat_rx ticks;
	leat_time tick = -1;

	begin_clock();
	ticks = leat_tick(LEAT_MS(200));
	for (int i = 0; i < 3; i++) {
		check(leat_recv_by(ticks, &tick, leat_in(LEAT_MS(100))) == -1 && errno == ETIMEDOUT);
		must_be_at(LEAT_MS(200 * i + 100));
		check(leat_recv_by(ticks, &tick, leat_in(LEAT_MS(101))) == 1 && tick == leat_now());
		must_be_at(LEAT_MS(200 * i + 200));
	}
	leat_drop(ticks);
	end_clock();
}

static leat_rx fast, slow;
static atomic_int hits[3];

static void receive_both_until_the_end(void *of_end)
{
	leat_rx end = *(leat_rx *)of_end;
	leat_time tick;
	leat_case on[] = { LEAT_RECV(fast, &tick), LEAT_RECV(slow, &tick), LEAT_WAIT(end) };
	int chosen;

	do {
		chosen = leat_select(on, LEAT_NEVER);
		check(chosen >= 0);
		atomic_fetch_add(&hits[chosen], 1);
	} while (chosen != 2);
}

/* In 1100 ms there are five ticks of 200 ms and three of 300 ms, however many threads receive them. */
static void each_tick_is_for_one(void)
{
	leat_rx end;

	begin_clock();
	for (int i = 0; i < 3; i++)
		atomic_store(&hits[i], 0);
	fast = leat_tick(LEAT_MS(200));
	slow = leat_tick(LEAT_MS(300));
	end = leat_after(LEAT_MS(1100));
	for (int i = 0; i < THREADS; i++)
		check(leat_go(receive_both_until_the_end, &end) == 1);
	end_clock();
	check(atomic_load(&hits[0]) == 5 && atomic_load(&hits[1]) == 3 && atomic_load(&hits[2]) == THREADS);
	leat_drop(fast);
	leat_drop(slow);
	leat_drop(end);
}

static void never_over(void)
{
	leat_rx ticks;

	begin_clock();
	ticks = leat_tick(LEAT_S(1));
	check(leat_closed(ticks) == 0 && leat_cause(ticks) == 0);
	leat_sleep(LEAT_S(3600));
	must_have(ticks, LEAT_S(1));
	check(leat_closed(ticks) == 0 && leat_cause(ticks) == 0);
	leat_drop(ticks);
	end_clock();
}

static void a_period_that_is_not_positive(void)
{
	for (int period = -1; period < 1; period++) {
		leat_rx ticks = leat_tick(period);

		check(leat_never_started(ticks) == 1 && leat_cause(ticks) == EINVAL && leat_wait(ticks) == 0);
		leat_drop(ticks);
	}
}

int main(int argc, char **argv)
{
	return RUN(one_missed_tick_is_kept, the_period_is_kept, waited_for_in_parts, each_tick_is_for_one, never_over,
	           a_period_that_is_not_positive);
}
