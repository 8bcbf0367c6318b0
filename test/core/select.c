/* SPDX-License-Identifier: 0BSD
 *
 * select.c - one select: which case it chooses, when it waits, and what it leaves behind.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

enum { MANY = 1000 };

static void fill(leat_chan chan)
{
	for (int i = 0; leat_send_by(chan.tx, &i, LEAT_NOW) > 0; i++)
		;
	check(leat_len(chan) == leat_cap(chan));
}

/* A channel from which a receive does not block. It has a value, or is closed if it has no room for a value. */
static leat_chan make_ready(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n = 7;

	check(capacity ? leat_send(chan.tx, &n) == 1 : leat_close(chan.tx) == 1);
	return chan;
}

/* To be called after a receive. */
static void make_ready_again(leat_chan chan)
{
	int n = 7;

	check(leat_closed(chan) || leat_send(chan.tx, &n) == 1);
}

/* ------------------------------------------------------------------------------------------- waiting or not -- */

static void now_does_not_wait(void)
{
	leat_chan empty = leat_make(int, capacity), full = leat_make(int, capacity);
	int in = 3, out = 4;
	leat_case on[] = { LEAT_RECV(empty.rx, &in), LEAT_SEND(full.tx, &out), LEAT_GONE(full.tx), { 0 } };

	fill(full);
	for (int i = 0; i < 3; i++)
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(in == 3 && leat_len(full) == capacity && leat_len(empty) == 0);
	check(leat_close(empty.tx) == 1);
	check(leat_select(on, LEAT_NOW) == 0 && !on[0].ok && in == 0);
	leat_drop(empty);
	leat_drop(full);
}

static void waits_for_its_deadline(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n = 5;
	leat_case on[] = { LEAT_RECV(chan.rx, &n), LEAT_GONE(chan.tx) };

	for (int i = 0; i < 5; i++) {
		leat_time t = leat_in(LEAT_MS(i));

		check(leat_select(on, t) == -1 && errno == ETIMEDOUT);
		check(leat_now() >= t && n == 5);
	}
	leat_drop(chan);
}

static void takes_what_is_ready_after_its_deadline(void)
{
	leat_chan ready = make_ready(), empty = leat_make(int, capacity);
	int n = 5;
	leat_case on[] = { LEAT_RECV(empty.rx, &n), LEAT_RECV(ready.rx, &n) };

	check(leat_select(on, leat_in(LEAT_S(-1))) == 1 && on[1].ok == (capacity > 0));
	check(n == (capacity ? 7 : 0));
	on[1].ch = NULL;
	check(leat_select(on, leat_in(LEAT_S(-1))) == -1 && errno == ETIMEDOUT);
	leat_drop(ready);
	leat_drop(empty);
}

/* ------------------------------------------------------------------------------------------------- off -- */

static void off_cases_are_not_chosen(void)
{
	leat_chan ready = make_ready();
	int n;
	leat_case on[] = { { 0 }, LEAT_RECV(LEAT_NIL, &n), LEAT_RECV(ready.rx, &n), LEAT_SEND((leat_tx){ 0 }, &n),
		           LEAT_GONE((leat_tx){ 0 }), LEAT_WAIT(LEAT_NIL) };

	for (int i = 0; i < 100; i++) {
		check(leat_select(on, LEAT_NEVER) == 2);
		make_ready_again(ready);
	}
	on[2].ch = NULL;
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select(on, leat_in(LEAT_MS(2))) == -1 && errno == ETIMEDOUT);
	check(leat_select_n(on, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_n(NULL, 0, leat_in(LEAT_MS(2))) == -1 && errno == ETIMEDOUT);
	leat_drop(ready);
}

static void more_cases_than_an_index_can_tell(void)
{
	check(leat_select_n(NULL, (size_t)INT32_MAX + 1, LEAT_NOW) == -1 && errno == EINVAL);
	check(leat_select_first_n(NULL, SIZE_MAX, LEAT_NEVER) == -1 && errno == EINVAL);
}

static void select_off(void *arg)
{
	leat_case on[2] = { { 0 }, LEAT_WAIT(LEAT_NIL) };

	leat_select_n(on, arg ? 2 : 0, LEAT_NEVER);
}

/* These threads sleep until the process ends, so they cannot be joined. */
static void all_off_or_none_blocks(void)
{
	static background none, off;

	begin(&none, select_off, NULL);
	begin(&off, select_off, &off);
	must_block(&none);
	must_block(&off);
	check(pthread_detach(none.thread) == 0);
	check(pthread_detach(off.thread) == 0);
}

/* ------------------------------------------------------------------------------------- which is chosen -- */

static void first_prefers_the_earliest(void)
{
	leat_chan empty = leat_make(int, capacity), chans[] = { make_ready(), make_ready(), make_ready() };
	int n;
	leat_case on[] = { LEAT_RECV(empty.rx, &n), LEAT_RECV(chans[0].rx, &n), LEAT_RECV(chans[1].rx, &n),
		           LEAT_RECV(chans[2].rx, &n) };

	for (int i = 0; i < 200; i++) {
		check(leat_select_first(on, LEAT_NEVER) == 1);
		make_ready_again(chans[0]);
		check(leat_select_first_n(on + 2, 2, LEAT_NOW) == 0);
		make_ready_again(chans[1]);
	}
	check(leat_close(empty.tx) == 1);
	check(leat_select_first(on, LEAT_NEVER) == 0);
	for (int i = 0; i < 3; i++)
		leat_drop(chans[i]);
	leat_drop(empty);
}

static void select_both_in_order(void *of_chan)
{
	leat_chan *chan = of_chan;
	int n = 1;
	leat_case sends_first[] = { LEAT_SEND(chan[0].tx, &n), LEAT_RECV(chan[1].rx, &n), LEAT_RECV(chan[0].rx, &n) };
	leat_case receives_first[] = { LEAT_RECV(chan[1].rx, &n), LEAT_RECV(chan[0].rx, &n),
	                               LEAT_SEND(chan[0].tx, &n) };

	check(leat_select_first(sends_first, LEAT_NEVER) == 0 && sends_first[0].ok == 0);
	check(leat_select_first(receives_first, LEAT_NEVER) == 1 && receives_first[1].ok == 0);
}

/* If one close ends several waiting cases at once, the earliest of them is chosen. */
static void close_ends_the_earliest(void)
{
	leat_chan chans[] = { leat_make(int, 0), leat_make(int, 0) };
	background both;

	begin(&both, select_both_in_order, chans);
	must_block(&both);
	check(leat_close(chans[0].tx) == 1);
	must_return(&both);
	leat_drop(chans[0]);
	leat_drop(chans[1]);
}

/* With a fair choice among k <= 8 cases, chi-square has at most 7 degrees of freedom. It is above 100 with a
 * probability below 1.1e-18.
 *
 * Suppose one case is chosen three times as often as another, and the rest fairly. Their probabilities are then 1.5/k
 * and 0.5/k. In N choices, chi-square is N * k * 2 * (0.5/k)^2 + k - 1 = N/2k + k - 1 on average. With N = 8000 and k =
 * 8 that is 507, with a standard deviation of sqrt(2 * 7 + 4 * 500) = 45. So 100 is nine standard deviations away, and
 * more if k is smaller. */
enum { DRAWS = 8000 };

static void must_be_fair(const long *counts, size_t n, unsigned ready)
{
	long sum = 0, count = 0;

	for (size_t i = 0; i < n; i++)
		count += (long)(ready >> i & 1);
	for (size_t i = 0; i < n; i++) {
		long distance = counts[i] * count - DRAWS;

		if (ready >> i & 1)
			sum += distance * distance;
		else
			check(counts[i] == 0);
	}
	check(sum < 100L * DRAWS * count);
}

/* There are n channels. Those whose bits are set in `ready` can be received from. */
static void draw(size_t n, unsigned ready)
{
	leat_chan chans[8];
	leat_case on[8];
	long counts[8] = { 0 };
	int value;

	for (size_t i = 0; i < n; i++) {
		chans[i] = ready >> i & 1 ? make_ready() : leat_make(int, capacity);
		on[i] = LEAT_RECV(chans[i].rx, &value);
	}
	for (int i = 0; i < DRAWS; i++) {
		int chosen = leat_select_n(on, n, i % 2 ? LEAT_NOW : LEAT_NEVER);

		check(chosen >= 0 && (size_t)chosen < n);
		counts[chosen]++;
		make_ready_again(chans[chosen]);
	}
	must_be_fair(counts, n, ready);
	for (size_t i = 0; i < n; i++)
		leat_drop(chans[i]);
}

/* A simple way to choose is to begin at a random case and to try the cases in turn. If the first two of four cases are
 * ready, it would choose the first one three times as often. */
static void the_choice_is_uniform(void)
{
	draw(4, 0x3);
	for (unsigned ready = 0x3; ready <= 0xff; ready = ready << 1 | 1)
		draw(8, ready);
	draw(8, 0x81);
	draw(8, 0xd0);
	draw(8, 0x55);
}

/* ------------------------------------------------------------------------------------------ what it sets -- */

static void only_the_chosen_ok_is_set(void)
{
	leat_chan ready = make_ready(), empty = leat_make(int, capacity);
	int n;
	leat_case on[] = { LEAT_RECV(empty.rx, &n), LEAT_RECV(ready.rx, &n), LEAT_RECV(empty.rx, &n) };

	for (int i = 0; i < 3; i++)
		on[i].ok = 42; /* as an earlier select may have left them */
	check(leat_select_n(on, 1, LEAT_NOW) == -1 && on[0].ok == 0 && on[1].ok == 42);
	check(leat_select(on, LEAT_NEVER) == 1);
	check(on[0].ok == 0 && on[1].ok == (capacity > 0) && on[2].ok == 0);
	on[0].ok = on[2].ok = 42;
	check(leat_select_n(on, 1, leat_in(LEAT_US(50))) == -1 && on[0].ok == 0);
	leat_drop(empty.tx);
	check(leat_select_first(on, LEAT_NEVER) == 0 && on[0].ok == 0 && on[1].ok == 0 && on[2].ok == 0);
	leat_drop(empty.rx);
	leat_drop(ready);
}

/* A closed and empty channel stays ready. Each receive from it zeroes the variable. */
static void closed_is_ready(void)
{
	leat_chan chan = leat_make(int, capacity);
	int in, out = 9;
	leat_case on[] = { LEAT_RECV(chan.rx, &in), LEAT_SEND(chan.tx, &out) };

	fill(chan);
	check(leat_close(chan.tx) == 1);
	for (size_t i = 0; i < capacity; i++)
		check(leat_select_n(on, 1, LEAT_NEVER) == 0 && on[0].ok == 1 && in == (int)i);
	for (int i = 0; i < 20; i++) {
		in = 9;
		int chosen = leat_select(on, i % 2 ? LEAT_NOW : LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 0);
		check(in == (chosen == 0 ? 0 : 9) && out == 9);
	}
	leat_drop(chan);
}

static void nobody_left_to_receive_is_ready(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);
	int out = 9, in;
	leat_case send[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(other.rx, &in) };
	leat_case gone[] = { LEAT_RECV(other.rx, &in), LEAT_GONE(chan.tx) };

	check(leat_select(gone, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(chan.rx);
	for (int i = 0; i < 3; i++) {
		send[0].ok = gone[1].ok = 42;
		check(leat_select(send, LEAT_NEVER) == 0 && send[0].ok == 0 && out == 9);
		check(leat_select(gone, i ? LEAT_NEVER : LEAT_NOW) == 1 && gone[1].ok == 0);
	}
	leat_drop(chan.tx);
	leat_drop(other);
}

typedef struct { leat_case on[2]; int chosen; } selecting;

static void select_once(void *arg)
{
	selecting *self = arg;

	self->chosen = leat_select(self->on, LEAT_NEVER);
}

/* A close does not count as gone, because the receiver may still take the rest. */
static void gone_wakes_when_the_last_receiver_goes(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx second = leat_dup(chan.rx);
	selecting self = { .on = { LEAT_GONE(chan.tx), { 0 } } };
	background sleeper;

	begin(&sleeper, select_once, &self);
	must_block(&sleeper);
	leat_drop(chan.rx);
	check(leat_close(chan.tx) == 1);
	must_block(&sleeper);
	leat_drop(second);
	must_return(&sleeper);
	check(self.chosen == 0 && self.on[0].ok == 0);
	leat_drop(chan.tx);
}

/* ------------------------------------------------------------------------------------------- used again -- */

static void send_numbers(void *arg)
{
	leat_tx *tx = arg;

	for (int i = 0; i < 300; i++)
		check(leat_send(*tx, &i) == 1);
	leat_drop(*tx);
}

/* Reuse the array of cases, also after one of the channels has ended. */
static void the_array_can_be_used_again(void)
{
	leat_chan a = leat_make(int, capacity), b = leat_make(int, capacity);
	int values[2], next[2] = { 0 }, ends[2] = { 0 };
	leat_case on[] = { LEAT_RECV(a.rx, &values[0]), LEAT_RECV(b.rx, &values[1]) };
	background senders[2];

	begin(&senders[0], send_numbers, &a.tx);
	begin(&senders[1], send_numbers, &b.tx);
	while (ends[0] < 3 || ends[1] < 3) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen == 0 || chosen == 1);
		check(values[chosen] == (on[chosen].ok ? next[chosen]++ : 0));
		ends[chosen] += !on[chosen].ok;
	}
	check(next[0] == 300 && next[1] == 300);
	must_return(&senders[0]);
	must_return(&senders[1]);
	leat_drop(a.rx);
	leat_drop(b.rx);
}

static void one_channel_in_several_cases(void)
{
	leat_chan chan = leat_make(int, capacity);
	int values[3], next = 0, chosen;
	leat_case on[] = { LEAT_RECV(chan.rx, &values[0]), LEAT_RECV(chan.rx, &values[1]),
		           LEAT_RECV(chan.rx, &values[2]) };
	background sender;

	begin(&sender, send_numbers, &chan.tx);
	while ((chosen = leat_select(on, LEAT_NEVER)) >= 0 && on[chosen].ok)
		check(values[chosen] == next++);
	check(chosen >= 0 && next == 300);
	must_return(&sender);
	leat_drop(chan.rx);
}

/* A select does not send to itself, not even while it sleeps. With room in the channel, it sends the value and receives
 * it in a later round. */
static void never_meets_itself(void)
{
	leat_chan chan = leat_make(int, capacity);
	int in = -1, out = 0, next = 0;
	leat_case on[] = { LEAT_SEND(chan.tx, &out), LEAT_RECV(chan.rx, &in), LEAT_SEND(chan.tx, &out) };

	for (int i = 0; i < 3000; i++) {
		int chosen = leat_select(on, i % 3 ? LEAT_NOW : leat_in(LEAT_US(5)));

		check((chosen >= 0) == (capacity > 0));
		if (chosen >= 0)
			check(on[chosen].ok == 1 && (chosen == 1 ? in == next++ : ++out > 0));
		check((int)leat_len(chan) == out - next);
	}
	leat_drop(chan);
}

/* To a select, all handles of one end are the same. Each can outlive the others. */
static void duplicated_handles(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_dup(chan);
	int first, second, next = 0, chosen;
	leat_case on[] = { LEAT_RECV(chan.rx, &first), LEAT_RECV(other.rx, &second) };
	background sender;

	begin(&sender, send_numbers, &other.tx);
	for (int i = 0; i < 150; i++) {
		chosen = leat_select(on, LEAT_NEVER);
		check((chosen == 0 ? first : second) == next++ && on[chosen].ok);
	}
	leat_drop(chan);
	on[0].ch = NULL;
	while (leat_select(on, LEAT_NEVER) == 1 && on[1].ok)
		check(second == next++);
	check(next == 300);
	must_return(&sender);
	leat_drop(other.rx);
}

/* ------------------------------------------------------------------------------------------- discarding -- */

typedef struct { owned first; char rest[4000]; } large;

static const leat_type large_type = { "large", sizeof(large), NULL, owned_release };

static void send_large(void *arg)
{
	leat_tx *tx = arg;

	for (int i = 0; i < 20; i++) {
		large value = { own(i), { 0 } };

		check(leat_send(*tx, &value) == 1);
	}
	leat_drop(*tx);
}

static void send_owned(void *arg)
{
	leat_tx *tx = arg;

	for (int i = 0; i < 20; i++) {
		owned value = own(i);

		check(leat_send(*tx, &value) == 1);
	}
	leat_drop(*tx);
}

/* Discard small values, and values that are too large for the stack. */
static void waiting_discards_and_releases(void)
{
	leat_chan small = leat_make_of(&owned_type, capacity), big = leat_make_of(&large_type, capacity);
	leat_case on[] = { LEAT_WAIT(small.rx), LEAT_WAIT(big.rx) };
	background senders[2];
	int counts[2] = { 0 }, open = 2;

	begin(&senders[0], send_owned, &small.tx);
	begin(&senders[1], send_large, &big.tx);
	while (open) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0);
		counts[chosen] += on[chosen].ok;
		if (!on[chosen].ok && open--)
			on[chosen].ch = NULL;
	}
	check(counts[0] == 20 && counts[1] == 20 && atomic_load(&owned_alive) == 0);
	must_return(&senders[0]);
	must_return(&senders[1]);
	leat_drop(small.rx);
	leat_drop(big.rx);
}

static void send_bytes(void *arg)
{
	leat_chan *chan = arg;
	char text[12] = "water";
	leat_case on[] = { LEAT_SEND_SIZED(chan->tx, text, 12) };

	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
}

static void sizes_known_at_run_time(void)
{
	leat_type type = { "text", 12, NULL, NULL };
	leat_chan chan = leat_make_of(&type, capacity);
	char text[12] = "";
	leat_case on[] = { LEAT_RECV_SIZED(chan.rx, text, type.size) };
	leat_case discard[] = { LEAT_RECV_SIZED(chan.rx, NULL, 0) };
	background sender;

	begin(&sender, send_bytes, &chan);
	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1 && strcmp(text, "water") == 0);
	must_return(&sender);
	begin(&sender, send_bytes, &chan);
	check(leat_select(discard, LEAT_NEVER) == 0 && discard[0].ok == 1);
	must_return(&sender);
	leat_drop(chan);
}

static void wait_for_unit(void *arg)
{
	leat_chan *chan = arg;

	check(leat_wait(chan->rx) == 1);
}

static void signals_are_cases(void)
{
	leat_chan chan = leat_make_of(&(leat_type){ "unit", 0, NULL, NULL }, capacity);
	leat_case on[] = { LEAT_SIGNAL(chan.tx), LEAT_WAIT(LEAT_NIL) };
	background receiver;

	for (size_t i = 0; i < capacity; i++)
		check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 1);
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	begin(&receiver, wait_for_unit, &chan);
	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 1);
	must_return(&receiver);
	check(leat_len(chan) == capacity);
	leat_drop(chan.rx);
	check(leat_select(on, LEAT_NEVER) == 0 && on[0].ok == 0);
	leat_drop(chan.tx);
}

/* ----------------------------------------------------------------------------------------------- timers -- */

static void timers_are_cases(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_time last = leat_now(), end = last + LEAT_MS(12), tick;
	leat_rx at = leat_at(end), ticks = leat_tick(LEAT_MS(3));
	int n, chosen;
	leat_case on[] = { LEAT_WAIT(at), LEAT_RECV(ticks, &tick), LEAT_RECV(chan.rx, &n) };

	for (; (chosen = leat_select(on, LEAT_NEVER)) == 1; last = tick)
		check(on[1].ok == 1 && tick >= last + LEAT_MS(3) && leat_now() >= tick);
	check(chosen == 0 && on[0].ok == 0 && leat_now() >= end && leat_cause(at) == ETIMEDOUT);
	check(leat_select_first(on, LEAT_NOW) == 0);
	on[0].ch = NULL;
	check(leat_select(on, LEAT_NEVER) == 1 && tick > last);
	leat_drop(at);
	leat_drop(ticks);
	leat_drop(chan);
}

static void the_deadline_may_come_before_the_timer(void)
{
	leat_rx late = leat_after(LEAT_S(3600)), never = leat_at(LEAT_NEVER), slow = leat_tick(LEAT_S(3600));
	leat_case on[] = { LEAT_WAIT(late), LEAT_WAIT(never), LEAT_WAIT(slow) };
	leat_time t = leat_in(LEAT_MS(3));

	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select(on, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_drop(late);
	leat_drop(never);
	leat_drop(slow);
}

/* -------------------------------------------------------------------------------------- a thousand cases -- */

static leat_chan chans[MANY];
static leat_case cases[MANY];
static int room[MANY];

static void make_many(void)
{
	for (size_t i = 0; i < MANY; i++) {
		chans[i] = leat_make(int, capacity);
		room[i] = -1;
	}
}

/* If a case were still queued, the value would go to it. */
static void nobody_receives(leat_chan chan)
{
	int n = 3;

	if (capacity == 0) {
		check(leat_send_by(chan.tx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
		return;
	}
	check(leat_send_by(chan.tx, &n, LEAT_NOW) == 1 && leat_len(chan) == 1);
	n = 0;
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == 1 && n == 3);
}

/* If a case of a sender were still queued, its value would take the place of the received one. */
static void nobody_sends(leat_chan chan)
{
	int n;

	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == (capacity ? 1 : -1));
	check(leat_len(chan) == (capacity ? capacity - 1 : 0));
}

static void select_many(void *arg)
{
	*(int *)arg = leat_select_n(cases, MANY, LEAT_NEVER);
}

static void a_thousand_receives(void)
{
	background sleeper;
	int n = 3, chosen = -1;

	make_many();
	for (size_t i = 0; i < MANY; i++)
		cases[i] = LEAT_RECV(chans[i].rx, &room[i]);
	check(leat_select_n(cases, MANY, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_n(cases, MANY, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	for (size_t i = 0; i < MANY; i++)
		nobody_receives(chans[i]);
	begin(&sleeper, select_many, &chosen);
	must_block(&sleeper);
	check(leat_send(chans[617].tx, &n) == 1);
	must_return(&sleeper);
	check(chosen == 617 && room[617] == 3 && room[616] == -1);
	for (size_t i = 0; i < MANY; i++)
		nobody_receives(chans[i]);
	for (size_t i = 0; i < MANY; i++)
		leat_drop(chans[i]);
}

static void fill_all(void)
{
	int *zeroes = calloc(capacity + 1, sizeof *zeroes);

	check(zeroes);
	for (size_t i = 0; capacity && i < MANY; i++)
		check(leat_send_n(chans[i].tx, zeroes, capacity, LEAT_NOW) == (long)capacity);
	free(zeroes);
}

static void a_thousand_sends(void)
{
	background sleeper;
	int n, chosen = -1;

	make_many();
	fill_all();
	for (size_t i = 0; i < MANY; i++)
		cases[i] = LEAT_SEND(chans[i].tx, &room[i]);
	check(leat_select_n(cases, MANY, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	begin(&sleeper, select_many, &chosen);
	must_block(&sleeper);
	check(leat_recv(chans[233].rx, &n) == 1 && n == (capacity ? 0 : -1));
	must_return(&sleeper);
	check(chosen == 233 && leat_len(chans[233]) == capacity);
	for (size_t i = 0; i < MANY; i++)
		nobody_sends(chans[i]);
	for (size_t i = 0; i < MANY; i++)
		leat_drop(chans[i]);
}

/* ---------------------------------------------------------------------------------------------- growing -- */

static void growing_lets_a_sleeping_sender_in(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);
	int out = 77, n;
	selecting self = { .on = { LEAT_RECV(other.rx, &n), LEAT_SEND(chan.tx, &out) } };
	background sleeper;

	fill(chan);
	begin(&sleeper, select_once, &self);
	must_block(&sleeper);
	chan.rx = leat_buffer(chan.rx, capacity + 1);
	must_return(&sleeper);
	check(self.chosen == 1 && self.on[1].ok == 1);
	check(leat_len(chan) == capacity + 1 && leat_cap(chan) == capacity + 1);
	for (size_t i = 0; i < capacity; i++)
		check(leat_recv(chan.rx, &n) == 1 && n == (int)i);
	check(leat_recv(chan.rx, &n) == 1 && n == 77);
	leat_drop(chan);
	leat_drop(other);
}

static void growing_lets_a_receiver_sleep_on(void)
{
	leat_chan chan = leat_make(int, capacity);
	int first = 0, second = 0, n = 5;
	selecting self = { .on = { LEAT_RECV(chan.rx, &first), LEAT_RECV(chan.rx, &second) } };
	background sleeper;

	begin(&sleeper, select_once, &self);
	must_block(&sleeper);
	leat_rx grown = leat_buffer(leat_dup(chan.rx), 4 * capacity + 4);
	must_block(&sleeper);
	check(leat_send(chan.tx, &n) == 1);
	must_return(&sleeper);
	check(self.on[self.chosen].ok == 1 && first + second == 5 && leat_len(chan) == 0);
	leat_drop(grown);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------------- asleep -- */

static leat_time processor_time(void)
{
	struct timespec spent;

	check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0);
	return (leat_time)spent.tv_sec * LEAT_S(1) + spent.tv_nsec;
}

/* The select sleeps, both with little room and with so much room that it spins for a while before it registers its
 * cases. */
static void who_waits_sleeps(void)
{
	for (size_t much = capacity; much <= 1000; much += 1000) {
		leat_chan full = leat_make(int, much), empty = leat_make(int, much);
		int in, out = 7;
		selecting self = { .on = { LEAT_RECV(empty.rx, &in), LEAT_SEND(full.tx, &out) } };
		background sleeper;
		leat_time before;

		fill(full);
		begin(&sleeper, select_once, &self);
		must_block(&sleeper);
		before = processor_time();
		must_block(&sleeper);
		check(processor_time() - before < LEAT_MS(10));
		check(leat_close(empty.tx) == 1);
		must_return(&sleeper);
		check(self.chosen == 0 && self.on[0].ok == 0);
		leat_drop(full);
		leat_drop(empty);
	}
}

int main(int argc, char **argv)
{
	return RUN(now_does_not_wait, waits_for_its_deadline, takes_what_is_ready_after_its_deadline,
	           off_cases_are_not_chosen, all_off_or_none_blocks, more_cases_than_an_index_can_tell,
	           first_prefers_the_earliest, close_ends_the_earliest, the_choice_is_uniform,
	           only_the_chosen_ok_is_set, closed_is_ready, nobody_left_to_receive_is_ready,
	           gone_wakes_when_the_last_receiver_goes, the_array_can_be_used_again, one_channel_in_several_cases,
	           never_meets_itself, duplicated_handles, waiting_discards_and_releases, sizes_known_at_run_time,
	           signals_are_cases, timers_are_cases, the_deadline_may_come_before_the_timer, a_thousand_receives,
	           a_thousand_sends, growing_lets_a_sleeping_sender_in, growing_lets_a_receiver_sleep_on,
	           who_waits_sleeps);
}
