/* SPDX-License-Identifier: 0BSD
 *
 * ticks_under_load.c - ticks for receivers that take longer than the period. At most one tick is kept, however many
 * were missed. None comes twice, all of them are whole periods after the first one, and after the load the period is as
 * before. crossbeam promises the first of these.
 */
#include "../test.h"

enum { TURNS = 40, THREADS = 4 };

static const leat_time period = 10000000; /* 10 ms */
static leat_time start;
static leat_rx ticks;

static void begin_clock(void)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
	ticks = leat_tick(period);
}

static void end_clock(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(ticks);
	leat_clock_real();
}

/* The work takes 25 ms and the tick comes every 10 ms. The tick that is there after the work became due during the work
 * or before it. There is only one. */
static void longer_than_the_period(void)
{
	leat_time tick, last, another;

	begin_clock();
	last = start;
	for (int i = 0; i < TURNS; i++, last = tick) {
		leat_time now = leat_now();

		check(leat_recv(ticks, &tick) == 1);
		check(tick > last && (tick - start) % period == 0);
		check(i == 0 || (tick <= now && now - tick <= LEAT_MS(25) && leat_now() == now));
		check(leat_recv_by(ticks, &another, LEAT_NOW) == -1 && errno == EAGAIN && leat_len(ticks) == 0);
		leat_sleep(LEAT_MS(25));
	}
	check(leat_recv(ticks, &tick) == 1);
	for (last = leat_now(); last < start + LEAT_S(3); last = tick)
		check(leat_recv(ticks, &tick) == 1 && tick == leat_now() && tick - last <= period);
	end_clock();
}

/* However long the work takes, first the first missed tick comes, and then the next regular one. */
static void far_longer_than_the_period(void)
{
	leat_time tick;

	begin_clock();
	for (int i = 0; i < 10; i++) {
		leat_time first = leat_now() + period;

		leat_sleep(LEAT_S(3600));
		check(leat_len(ticks) == 1);
		check(leat_recv(ticks, &tick) == 1 && tick == first);
		check(leat_recv(ticks, &tick) == 1 && tick == leat_now() && (tick - start) % period == 0);
	}
	end_clock();
}

static atomic_int taken[TURNS + 1];

static void take_and_work(void *nothing)
{
	leat_time tick, end = start + TURNS * period;

	(void)nothing;
	while (leat_now() < end && leat_recv_by(ticks, &tick, end) == 1) {
		leat_time number = (tick - start) / period;

		check(tick == leat_now() && number >= 1 && number <= TURNS);
		atomic_fetch_add(&taken[number], 1);
		leat_sleep(LEAT_MS(25));
	}
}

/* The work takes 25 ms, so three threads keep up with a tick of 10 ms. With four threads, no tick is missed, and none
 * comes twice. */
static void shared_among_enough(void)
{
	begin_clock();
	for (int i = 0; i < THREADS; i++)
		check(leat_go(take_and_work, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 1; i < TURNS; i++)
		check(atomic_load(&taken[i]) == 1);
	end_clock();
}

int main(int argc, char **argv)
{
	return RUN(longer_than_the_period, far_longer_than_the_period, shared_among_enough);
}
