/* SPDX-License-Identifier: 0BSD
 *
 * linearizable_try.c - a call that does not wait answers for one moment in time. So a thread that has just sent finds a
 * value, however many values others take and give meanwhile. A select that does not wait, or whose deadline has passed,
 * finds a value if at each moment one of its channels has one. After crossbeam's linearizable tests. They ask the first
 * question only of channels with room; here, too, a rendezvous channel gives no such answer.
 */
#include "../test.h"

enum { THREADS = 4, EACH = 2000, ROUNDS = 1000 };

static leat_chan common;

static void send_then_receive(void *nothing)
{
	(void)nothing;
	for (int i = 0, n; i < EACH; i++) {
		check(leat_send_by(common.tx, &i, LEAT_NOW) == 1);
		check(leat_recv_by(common.rx, &n, LEAT_NOW) == 1);
	}
}

static void select_to_send_then_to_receive(void *nothing)
{
	int n;
	leat_case gives[] = { LEAT_SEND(common.tx, &n) }, takes[] = { LEAT_RECV(common.rx, &n) };

	(void)nothing;
	for (int i = 0; i < EACH; i++) {
		n = i;
		check(leat_select(gives, LEAT_NOW) == 0 && gives[0].ok == 1);
		check(leat_select(takes, LEAT_NOW) == 0 && takes[0].ok == 1);
	}
}

static void who_has_sent_finds_a_value(void)
{
	background threads[THREADS];

	common = leat_make(int, capacity + THREADS);
	for (int i = 0; i < THREADS; i++)
		begin(&threads[i], i % 2 ? send_then_receive : select_to_send_then_to_receive, NULL);
	for (int i = 0; i < THREADS; i++)
		must_return(&threads[i]);
	check(leat_len(common) == 0);
	leat_drop(common);
}

/* The first channel has a value. The other thread puts a value into the second channel, and only then takes that of the
 * first. */
typedef struct {
	leat_chan first, second, start, end;
	int taken;
} exchange;

static void give_then_take(void *of_exchange)
{
	exchange *both = of_exchange;

	for (int i = 0, n; i < ROUNDS; i++) {
		check(leat_wait(both->start.rx) == 1);
		check(leat_send(both->second.tx, &i) == 1);
		both->taken += leat_recv_by(both->first.rx, &n, LEAT_NOW) == 1;
		check(leat_signal(both->end.tx) == 1);
	}
}

/* Look in random order, or in order with the emptied channel first. */
static int look(exchange *both, int round)
{
	int n;
	leat_case on[] = { LEAT_RECV(both->first.rx, &n), LEAT_RECV(both->second.rx, &n) };
	leat_time when = round % 2 ? LEAT_NOW : 0;

	return round % 3 ? leat_select(on, when) : leat_select_first(on, when);
}

static void a_select_finds_one_of_two(void)
{
	size_t room = capacity ? capacity : 1;
	exchange both = { leat_make(int, room), leat_make(int, room), leat_make_unit(), leat_make_unit(), 0 };
	background other;
	int found = 0, n;

	begin(&other, give_then_take, &both);
	for (int round = 0; round < ROUNDS; round++) {
		check(leat_send(both.first.tx, &round) == 1);
		check(leat_signal(both.start.tx) == 1);
		check(look(&both, round) >= 0);
		found++;
		check(leat_wait(both.end.rx) == 1);
		while (leat_recv_by(both.first.rx, &n, LEAT_NOW) == 1)
			found++;
		while (leat_recv_by(both.second.rx, &n, LEAT_NOW) == 1)
			found++;
	}
	must_return(&other);
	check(found + both.taken == 2 * ROUNDS);
	leat_drop(both.first);
	leat_drop(both.second);
	leat_drop(both.start);
	leat_drop(both.end);
}

int main(int argc, char **argv)
{
	return RUN(who_has_sent_finds_a_value, a_select_finds_one_of_two);
}
