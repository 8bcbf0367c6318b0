/* SPDX-License-Identifier: 0BSD
 *
 * faults_none.c - calls that wait need no memory, so they cannot fail without it. No send, receive, select, lock or
 * other wait allocates, whether it blocks or not.
 */
#include "faults.h"

enum { ROUNDS = 400, SELECTS = 100000 };

/* `there` and `back` carry a number to and fro. `never` gives selects cases that are never ready. */
static leat_chan there, back, never;
static leat_rx later;
static leat_semaphore ping, pong;
static background partner;

/* The number of allocations so far. Each of them makes `left` one less. */
static long asked(void)
{
	return -atomic_load(&allocations.left);
}

static void open_all(void)
{
	there = leat_make(int, capacity);
	back = leat_make(int, capacity);
	never = leat_make(int, capacity);
	later = leat_after(LEAT_S(1000));
}

static void drop_all(void)
{
	leat_drop(there);
	leat_drop(back);
	leat_drop(never);
	leat_drop(later);
}

static void making_a_channel_asks_for_memory(void)
{
	long before = asked();

	open_all();
	check(asked() >= before + 4);
	drop_all();
}

/* --------------------------------------------------------------------------------------------- to and fro -- */

static void receive_somehow(leat_rx rx, int how, int expected)
{
	int got = -1;
	leat_case on[] = { LEAT_RECV(never.rx, &got), LEAT_RECV(rx, &got), LEAT_WAIT(later), LEAT_GONE(never.tx),
	                   { 0 }, LEAT_RECV(rx, &got) };

	switch (how % 6) {
	case 0: check(leat_recv(rx, &got) == 1); break;
	case 1: check(leat_recv_by(rx, &got, leat_in(LEAT_S(1000))) == 1); break;
	case 2: check(leat_recv_or(rx, &got, later) == 1); break;
	case 3: check(leat_recv_n(rx, &got, 1, LEAT_NEVER) == 1); break;
	case 4: check(leat_select(on, LEAT_NEVER) % 4 == 1); break;
	default: check(leat_select_first(on, leat_in(LEAT_S(1000))) == 1);
	}
	check(got == expected);
}

static void send_somehow(leat_tx tx, int how, int value)
{
	leat_case on[] = { LEAT_WAIT(never.rx), LEAT_SEND(tx, &value) };

	switch (how % 5) {
	case 0: check(leat_send(tx, &value) == 1); break;
	case 1: check(leat_send_by(tx, &value, leat_in(LEAT_S(1000))) == 1); break;
	case 2: check(leat_send_or(tx, &value, later) == 1); break;
	case 3: check(leat_send_n(tx, &value, 1, LEAT_NEVER) == 1); break;
	default: check(leat_select(on, LEAT_NEVER) == 1);
	}
}

static void echo(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		receive_somehow(there.rx, i / 5, i);
		send_somehow(back.tx, i / 6, i);
	}
}

static void messages_ask_for_none(void)
{
	long before;

	open_all();
	begin(&partner, echo, NULL);
	before = asked();
	for (int i = 0; i < ROUNDS; i++) {
		send_somehow(there.tx, i, i);
		receive_somehow(back.rx, i, i);
	}
	must_return(&partner);
	check(asked() == before);
	drop_all();
}

static void selects_ask_for_none(void)
{
	leat_chan some = leat_make(int, capacity + 1);
	int in = 0, out = 0;
	leat_case on[] = { LEAT_SEND(some.tx, &out), LEAT_RECV(some.rx, &in) };
	long before = asked();

	for (int i = 0; i < SELECTS; i++)
		if (leat_select(on, LEAT_NEVER) == 0)
			out++;
		else
			check(in == out - (int)leat_len(some) - 1);
	check(asked() == before);
	leat_drop(some);
}

/* ------------------------------------------------------------------------------------------------ other waits -- */

static void play(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		check(leat_semaphore_acquire(&ping, 1, later, LEAT_NEVER) == 1);
		leat_semaphore_release(&pong, 1);
	}
}

/* All other waits are waits for a monitor. This tests one of them, a semaphore. */
static void monitors_ask_for_none(void)
{
	long before;

	open_all();
	ping = pong = (leat_semaphore)LEAT_SEMAPHORE(1);
	check(leat_semaphore_acquire(&ping, 1, later, LEAT_NOW) == 1);
	check(leat_semaphore_acquire(&pong, 1, later, LEAT_NOW) == 1);
	begin(&partner, play, NULL);
	before = asked();
	for (int i = 0; i < ROUNDS; i++) {
		leat_semaphore_release(&ping, 1);
		check(leat_semaphore_acquire(&pong, 1, later, LEAT_NEVER) == 1);
	}
	must_return(&partner);
	check(asked() == before);
	drop_all();
}

static void waits_that_end_by_time_ask_for_none(void)
{
	leat_monitor monitor = { 0 };
	long before;
	int n;

	open_all();
	before = asked();
	check(leat_recv_by(never.rx, &n, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	check(leat_wait_gone(never.tx, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	check(leat_select(((leat_case[]){ LEAT_WAIT(later), LEAT_WAIT(never.rx) }), leat_in(LEAT_MS(1))) == -1);
	leat_sleep(LEAT_MS(1));
	leat_monitor_enter(&monitor);
	check(leat_monitor_wait(&monitor, &n, later, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
	leat_monitor_leave(&monitor);
	check(asked() == before);
	drop_all();
}

int main(int argc, char **argv)
{
	return RUN(making_a_channel_asks_for_memory, messages_ask_for_none, selects_ask_for_none,
	           monitors_ask_for_none, waits_that_end_by_time_ask_for_none);
}
