/* SPDX-License-Identifier: 0BSD
 *
 * select_timeout.c - the deadlines of a select, in all forms. crossbeam has a default for not waiting, and
 * default(timeout) for a time. In leat, both are the last argument. A deadline that has passed still takes what is
 * ready. A select without cases is a sleep.
 */
#include "clock.h"

/* A select that must not wait gives EAGAIN. One with a deadline gives ETIMEDOUT exactly at that time, or at once if it
 * has passed. */
static void nothing_is_ready(void)
{
	leat_chan full = leat_make(int, capacity), empty = leat_make(int, capacity);
	int n = 7;
	leat_case on[] = { LEAT_SEND(full.tx, &n), LEAT_RECV(empty.rx, &n), LEAT_GONE(full.tx) };

	send_ints(full.tx, 0, capacity);
	begin_clock();
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_first(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select(on, 0) == -1 && errno == ETIMEDOUT);
	check(leat_select(on, leat_now()) == -1 && errno == ETIMEDOUT);
	check(leat_select(on, LEAT_NOW + 1) == -1 && errno == ETIMEDOUT);
	must_be_at(0);
	check(leat_select(on, leat_in(1)) == -1 && errno == ETIMEDOUT);
	must_be_at(1);
	check(leat_select_first(on, start + LEAT_S(1)) == -1 && errno == ETIMEDOUT);
	must_be_at(LEAT_S(1));
	check(n == 7 && leat_len(full) == capacity);
	leat_drop(full);
	leat_drop(empty);
	end_clock();
}

static void no_case_at_all(void)
{
	leat_case none[2] = { { 0 }, { 0 } };

	begin_clock();
	check(leat_select_n(NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_n(NULL, 0, leat_in(LEAT_MS(500))) == -1 && errno == ETIMEDOUT);
	must_be_at(LEAT_MS(500));
	check(leat_select(none, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select(none, leat_in(LEAT_MS(500))) == -1 && errno == ETIMEDOUT);
	must_be_at(LEAT_S(1));
	end_clock();
}

static void what_is_ready_is_taken(void)
{
	leat_time times[] = { LEAT_NOW, LEAT_NOW + 1, -1, 0, leat_now(), leat_in(LEAT_S(3600)), LEAT_NEVER };
	leat_chan chan = leat_make(int, capacity + 1), quiet = leat_make(int, capacity);
	int n, got;
	leat_case on[] = { LEAT_RECV(quiet.rx, &n), LEAT_RECV(chan.rx, &got) };

	begin_clock();
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		send_ints(chan.tx, (int)i, 1);
		check(leat_select(on, times[i]) == 1 && on[1].ok == 1 && got == (int)i);
	}
	must_be_at(0);
	leat_drop(chan);
	leat_drop(quiet);
	end_clock();
}

static leat_chan chan;

static void send_at_half_past(void *nothing)
{
	(void)nothing;
	for (int i = 0; i < 3; i++) {
		leat_sleep(LEAT_MS(500));
		check(leat_send(chan.tx, &i) == 1);
		leat_sleep(LEAT_MS(500));
	}
	leat_drop(chan.tx);
}

/* Values come between the deadlines. A value that comes exactly at a deadline is received then, or right after it. */
static void values_in_between(void)
{
	leat_chan quiet = leat_make(int, capacity);
	int n, got, result;

	begin_clock();
	chan = leat_make(int, capacity);
	check(leat_go(send_at_half_past, NULL) == 1);
	for (int i = 0; i < 2; i++) {
		leat_case on[] = { LEAT_RECV(quiet.rx, &n), LEAT_RECV(chan.rx, &got) };

		check(leat_select(on, start + LEAT_MS(1000 * i + 250)) == -1 && errno == ETIMEDOUT);
		must_be_at(LEAT_MS(1000 * i + 250));
		check(leat_select(on, start + LEAT_MS(1000 * i + 750)) == 1 && on[1].ok == 1 && got == i);
		must_be_at(LEAT_MS(1000 * i + 500));
	}
	result = leat_recv_by(chan.rx, &got, start + LEAT_MS(2500));
	must_be_at(LEAT_MS(2500));
	check(result == 1 || (errno == ETIMEDOUT && leat_recv(chan.rx, &got) == 1));
	check(got == 2);
	check(leat_recv_by(chan.rx, &got, start + LEAT_S(10)) == 0);
	must_be_at(LEAT_S(3));
	leat_drop(chan.rx);
	leat_drop(quiet);
	end_clock();
}

/* Between a deadline and a timer among the cases, the earlier counts. At the same time, the case counts. */
static void beside_a_timer(void)
{
	leat_rx at;

	begin_clock();
	at = leat_after(LEAT_S(1));
	{
		leat_case on[] = { LEAT_WAIT(at) };

		check(leat_select(on, leat_in(LEAT_MS(999))) == -1 && errno == ETIMEDOUT);
		must_be_at(LEAT_MS(999));
		check(leat_select(on, start + LEAT_S(1)) == 0 && on[0].ok == 0);
		must_be_at(LEAT_S(1));
	}
	leat_drop(at);
	end_clock();
}

int main(int argc, char **argv)
{
	return RUN(nothing_is_ready, no_case_at_all, what_is_ready_is_taken, values_in_between, beside_a_timer);
}
