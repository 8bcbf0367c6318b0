/* SPDX-License-Identifier: 0BSD
 *
 * fairness.c - of two cases that are always ready, each is chosen about equally often, as in crossbeam: cases that
 * receive, that send, that have ended, and one of each kind. With partners that come and go, both are served. leat
 * promises a uniform choice. The bound here is half of an even share, which is many standard deviations away. Waiting
 * threads are served in the order in which they came, as in Go.
 */
#include "../test.h"

enum { DRAWS = 2000, SERVED = 20 };

static void must_be_even(const int hits[2], int draws)
{
	check(hits[0] + hits[1] == draws);
	check(hits[0] >= draws / 4 && hits[1] >= draws / 4);
}

static leat_chan full_of(int count)
{
	leat_chan chan = leat_make(int, (size_t)count + capacity);

	send_ints(chan.tx, 0, (size_t)count);
	return chan;
}

static void both_can_be_received_from(void)
{
	leat_chan one = full_of(DRAWS), other = full_of(DRAWS);
	int n, hits[2] = { 0 };
	leat_case on[] = { LEAT_RECV(one.rx, &n), LEAT_RECV(other.rx, &n) };

	for (int i = 0; i < DRAWS; i++) {
		int chosen = leat_select(on, i % 2 ? LEAT_NOW : LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1 && n == hits[chosen]++);
	}
	must_be_even(hits, DRAWS);
	leat_drop(one);
	leat_drop(other);
}

static void both_can_be_sent_to(void)
{
	leat_chan one = leat_make(int, DRAWS + capacity), other = leat_make(int, DRAWS + capacity);
	int n = 1, hits[2] = { 0 };
	leat_case on[] = { LEAT_SEND(one.tx, &n), LEAT_SEND(other.tx, &n) };

	for (int i = 0; i < DRAWS; i++)
		hits[leat_select(on, LEAT_NEVER)]++;
	must_be_even(hits, DRAWS);
	check(leat_len(one) == (size_t)hits[0] && leat_len(other) == (size_t)hits[1]);
	leat_drop(one);
	leat_drop(other);
}

/* The two cases are the two ends of one channel, which never gets empty or full. */
static void one_sends_and_one_receives(void)
{
	leat_chan chan = full_of(2 * DRAWS);
	int n = 1, hits[2] = { 0 };
	leat_case on[] = { LEAT_SEND(chan.tx, &n), LEAT_RECV(chan.rx, &n) };

	leat_drop(leat_buffer(leat_dup(chan.rx), 4 * DRAWS + capacity));
	for (int i = 0; i < DRAWS; i++)
		hits[leat_select(on, LEAT_NEVER)]++;
	must_be_even(hits, DRAWS);
	leat_drop(chan);
}

static void both_have_ended(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx past = leat_at(0);
	int n, hits[2] = { 0 };
	leat_case on[] = { LEAT_WAIT(past), LEAT_RECV(chan.rx, &n) };

	leat_drop(chan.tx);
	for (int i = 0; i < DRAWS; i++)
		hits[leat_select(on, LEAT_NEVER)]++;
	must_be_even(hits, DRAWS);
	leat_drop(past);
	leat_drop(chan.rx);
}

static void send_for_ever(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	while (leat_send(tx, &(int){ 1 }) == 1)
		;
}

/* How often each case is chosen depends on when the partners run. On two processors, one partner may run for many
 * milliseconds while the other does not. But neither is passed over for ever, so this test ends. */
static void both_come_and_go(void)
{
	leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity);
	background senders[2];
	int n, hits[2] = { 0 };
	leat_case on[] = { LEAT_RECV(one.rx, &n), LEAT_RECV(other.rx, &n) };

	begin(&senders[0], send_for_ever, &one.tx);
	begin(&senders[1], send_for_ever, &other.tx);
	while (hits[0] < SERVED || hits[1] < SERVED)
		hits[leat_select(on, LEAT_NEVER)]++;
	leat_drop(one.rx);
	leat_drop(other.rx);
	must_return(&senders[0]);
	must_return(&senders[1]);
	leat_drop(one.tx);
	leat_drop(other.tx);
}

/* Two receivers wait for one channel, and two values come. Each receiver gets one. */
static void both_receivers_are_served(void)
{
	for (int round = 0; round < 3; round++) {
		leat_chan chan = leat_make(int, capacity);
		call waiting[2];

		for (int i = 0; i < 2; i++)
			begin_receive(&waiting[i], chan);
		must_block(&waiting[0].behind);
		check(!atomic_load(&waiting[1].behind.returned));
		send_ints(chan.tx, 1, 2);
		for (int i = 0; i < 2; i++) {
			must_return(&waiting[i].behind);
			check(waiting[i].result == 1);
		}
		check(waiting[0].value + waiting[1].value == 3);
		leat_drop(chan);
	}
}

enum { SLEEPERS = 6 };

static leat_chan common;

static void send_own_number(void *of_number)
{
	check(leat_send(common.tx, (int *)of_number) == 1);
}

static void receive_own_number(void *of_number)
{
	int n;

	check(leat_recv(common.rx, &n) == 1 && n == *(int *)of_number);
}

/* Each sleeper begins only when the previous one sleeps, because a clock that runs by itself moves only when all
 * threads sleep. */
static void begin_sleepers(void (*fn)(void *), int own_numbers[])
{
	for (int i = 0; i < SLEEPERS; i++) {
		own_numbers[i] += i;
		check(leat_go(fn, &own_numbers[i]) == 1);
		leat_sleep(LEAT_MS(1));
	}
}

static void served_in_the_order_they_came(void)
{
	int of_senders[SLEEPERS], of_receivers[SLEEPERS] = { 0 };

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	common = leat_make(int, capacity);
	send_ints(common.tx, 0, capacity);
	for (int i = 0; i < SLEEPERS; i++)
		of_senders[i] = (int)capacity;
	begin_sleepers(send_own_number, of_senders);
	receive_ints(common.rx, 0, capacity + SLEEPERS);
	begin_sleepers(receive_own_number, of_receivers);
	send_ints(common.tx, 0, SLEEPERS);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(common);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(both_can_be_received_from, both_can_be_sent_to, one_sends_and_one_receives, both_have_ended,
	           both_come_and_go, both_receivers_are_served, served_in_the_order_they_came);
}
