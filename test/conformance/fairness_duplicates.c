/* SPDX-License-Identifier: 0BSD
 *
 * fairness_duplicates.c - one channel is in five cases of a select. Each of these cases is chosen about equally often,
 * and each choice moves one value. It is so in crossbeam, too, also for timers.
 */
#include "../test.h"

enum { CASES = 5, DRAWS = 1500 };

static void draw(leat_case on[CASES], int ok)
{
	int hits[CASES] = { 0 };

	for (int i = 0; i < DRAWS; i++) {
		int chosen = leat_select_n(on, CASES, i % 2 ? LEAT_NOW : LEAT_NEVER);

		check(chosen >= 0 && chosen < CASES && on[chosen].ok == ok);
		hits[chosen]++;
	}
	for (int i = 0; i < CASES; i++)
		check(hits[i] >= DRAWS / CASES / 2);
}

static void receiving(void)
{
	leat_chan chan = leat_make(int, DRAWS + capacity);
	leat_case on[CASES];
	int n;

	send_ints(chan.tx, 0, DRAWS);
	for (int i = 0; i < CASES; i++)
		on[i] = LEAT_RECV(chan.rx, &n);
	draw(on, 1);
	check(leat_len(chan) == 0 && n == DRAWS - 1);
	leat_drop(chan);
}

static void sending(void)
{
	leat_chan chan = leat_make(int, DRAWS + capacity);
	leat_case on[CASES];
	int values[CASES], got, of[CASES] = { 0 };

	for (int i = 0; i < CASES; i++) {
		values[i] = i;
		on[i] = LEAT_SEND(chan.tx, &values[i]);
	}
	draw(on, 1);
	check(leat_len(chan) == DRAWS);
	while (leat_recv_by(chan.rx, &got, LEAT_NOW) == 1)
		of[got]++;
	for (int i = 0; i < CASES; i++)
		check(of[i] >= DRAWS / CASES / 2);
	leat_drop(chan);
}

static void ended(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_case on[CASES];
	int n;

	leat_close(chan.tx);
	for (int i = 0; i < CASES; i++)
		on[i] = i % 2 ? LEAT_SEND(chan.tx, &n) : LEAT_RECV(chan.rx, &n);
	draw(on, 0);
	leat_drop(chan);
}

static void of_a_time_that_has_come(void)
{
	leat_rx past = leat_at(0);
	leat_case on[CASES];

	for (int i = 0; i < CASES; i++)
		on[i] = LEAT_WAIT(past);
	draw(on, 0);
	leat_drop(past);
}

/* Each tick goes to one of the cases. */
static void of_ticks(void)
{
	leat_rx ticks;
	leat_time tick, last;
	leat_case on[CASES];
	int hits[CASES] = { 0 };

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	ticks = leat_tick(LEAT_MS(1));
	last = leat_now();
	for (int i = 0; i < CASES; i++)
		on[i] = LEAT_RECV(ticks, &tick);
	for (int i = 0; i < DRAWS; i++, last = tick) {
		hits[leat_select(on, LEAT_NEVER)]++;
		check(tick == last + LEAT_MS(1));
	}
	for (int i = 0; i < CASES; i++)
		check(hits[i] >= DRAWS / CASES / 2);
	leat_drop(ticks);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(receiving, sending, ended, of_a_time_that_has_come, of_ticks);
}
