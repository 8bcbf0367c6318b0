/* SPDX-License-Identifier: 0BSD
 *
 * nonblock_select_race.c - Go promises that a select with a default answers for one moment. If at least one of its
 * channels is ready at each moment, though not always the same one, it does not take the default. The same holds here
 * for LEAT_NOW, and for a deadline that has passed.
 */
#include "go.h"

enum { ROUNDS = 500, IDLE = 400 };

static struct {
	leat_chan first, second, never;
	atomic_int gate, missed;
} race;

/* Idle cases between the two channels give other threads time while the select goes from one to the other. */
static void look(void *unused)
{
	static leat_case on[IDLE + 2];
	int n;

	(void)unused;
	for (size_t i = 1; i <= IDLE; i++)
		on[i] = LEAT_RECV(race.never.rx, &n);
	for (int i = 0; i < ROUNDS; i++) {
		meet(&race.gate, 2); /* the channels are made */
		on[0] = LEAT_RECV(race.first.rx, &n);
		on[IDLE + 1] = LEAT_RECV(race.second.rx, &n);
		if (leat_select(on, i % 3 ? LEAT_NOW : leat_in(LEAT_S(-1))) < 0)
			atomic_fetch_add(&race.missed, 1);
		meet(&race.gate, 2); /* the channels may be dropped */
	}
}

/* The first channel is ready until the second one is. Both need room for a value. */
static void one_is_ready_all_the_time(int (*make_ready)(leat_tx tx))
{
	atomic_store(&race.missed, 0);
	race.never = leat_make(int, capacity);
	start(look, NULL);
	for (int i = 0, n; i < ROUNDS; i++) {
		race.first = leat_make(int, capacity ? capacity : 1);
		race.second = leat_make(int, capacity ? capacity : 1);
		check(leat_send(race.first.tx, &i) == 1);
		meet(&race.gate, 2);
		for (atomic_int delay = 0; delay < i % 100 * 20; delay++)
			;
		check(make_ready(race.second.tx) == 1);
		(void)leat_recv_by(race.first.rx, &n, LEAT_NOW); /* it fails if the select was faster */
		meet(&race.gate, 2);
		leat_drop(race.first);
		leat_drop(race.second);
	}
	join();
	leat_drop(race.never);
	check(atomic_load(&race.missed) == 0);
}

static int send_one(leat_tx tx)
{
	return leat_send(tx, &(int){ 1 });
}

static int close_it(leat_tx tx)
{
	return leat_close(tx);
}

static void the_second_by_a_value(void)
{
	one_is_ready_all_the_time(send_one);
}

static void the_second_by_its_end(void)
{
	one_is_ready_all_the_time(close_it);
}

int main(int argc, char **argv)
{
	return RUN(the_second_by_a_value, the_second_by_its_end);
}
