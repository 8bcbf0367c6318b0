/* SPDX-License-Identifier: 0BSD
 *
 * batch.c - sending and receiving several values with one call. The call waits for the first value only. The others
 * follow it if they can without waiting. Order is kept, and each value arrives once.
 */
#include "../test.h"

#include <stdbool.h>

enum { THREADS = 4, EACH = 3000, IN_ORDER = 20000, LARGEST = 40 };

/* in_order[i] is i. */
static int in_order[IN_ORDER];

static void number(int *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (int)i;
}

/* ------------------------------------------------------------------------------------- what one call does -- */

static void the_count_must_make_sense(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	size_t absurd[] = { 0, (size_t)-1, (size_t)PTRDIFF_MAX / sizeof(int) + 1 };
	leat_chan nil = { { NULL }, { NULL } };
	int n = 7;

	for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
		errno = 0;
		check(leat_send_n(chan.tx, &n, absurd[i], LEAT_NEVER) == -1 && errno == EINVAL);
		errno = 0;
		check(leat_recv_n(chan.rx, &n, absurd[i], LEAT_NEVER) == -1 && errno == EINVAL);
		errno = 0;
		check(leat_send_n(nil.tx, &n, absurd[i], LEAT_NEVER) == -1 && errno == EINVAL);
		errno = 0;
		check(leat_recv_n(nil.rx, &n, absurd[i], LEAT_NEVER) == -1 && errno == EINVAL);
	}
	check(n == 7 && leat_len(chan) == 0);
	leat_drop(chan);
}

static void sends_as_many_as_there_is_room_for(void)
{
	leat_chan chan = leat_make(int, capacity);
	long room = (long)capacity;

	errno = 0;
	check(leat_send_n(chan.tx, in_order, capacity + 5, LEAT_NOW) == (room ? room : -1));
	check(room || errno == EAGAIN);
	errno = 0;
	check(leat_send_n(chan.tx, in_order, 5, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_send_n(chan.tx, in_order, 5, leat_now()) == -1 && errno == ETIMEDOUT);
	check(leat_len(chan) == capacity);
	receive_ints(chan.rx, 0, capacity);
	leat_drop(chan);
}

static void receives_as_many_as_are_there(void)
{
	leat_chan chan = leat_make(int, capacity + 3);
	int got[10] = { 0 };

	errno = 0;
	check(leat_recv_n(chan.rx, got, 10, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_recv_n(chan.rx, got, 10, leat_now()) == -1 && errno == ETIMEDOUT);
	send_ints(chan.tx, 1, 3);
	check(leat_recv_n(chan.rx, got, 2, LEAT_NEVER) == 2);
	check(got[0] == 1 && got[1] == 2 && got[2] == 0);
	check(leat_recv_n(chan.rx, got, 10, 0) == 1);
	check(got[0] == 3 && got[1] == 2 && got[2] == 0);
	leat_drop(chan);
}

/* Fill the ring with one batch while its oldest place is `offset`. Receive it in batches of at most `part` values. */
static void once_around(size_t offset, size_t part)
{
	static int got[1100];
	leat_chan chan = leat_make(int, capacity);
	long n;

	send_ints(chan.tx, 0, offset);
	receive_ints(chan.rx, 0, offset);
	check(leat_send_n(chan.tx, in_order, capacity, LEAT_NOW) == (long)capacity);
	for (size_t received = 0; received < capacity; received += (size_t)n) {
		size_t left = capacity - received;

		n = leat_recv_n(chan.rx, got + received, part, LEAT_NOW);
		check(n == (long)(part < left ? part : left));
	}
	check(memcmp(got, in_order, capacity * sizeof(int)) == 0);
	check(leat_len(chan) == 0);
	leat_drop(chan);
}

static void around_the_ring(void)
{
	size_t step = capacity < 10 ? 1 : capacity / 4 - 1;

	for (size_t offset = 0; offset < capacity; offset += step)
		for (size_t part = 1; part <= capacity + step; part += step)
			once_around(offset, part);
}

typedef struct { long first, second, third; } three;

static void larger_elements_around_the_ring(void)
{
	leat_chan chan = leat_make(three, capacity + 2);
	three values[3] = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }, got[4];
	long room = (long)capacity + 2;

	for (long round = 0; round < 2 * room; round++) {
		memset(got, 0, sizeof got);
		check(leat_send_n(chan.tx, values, 3, LEAT_NOW) == (room < 3 ? room : 3));
		check(leat_recv_n(chan.rx, got, 4, LEAT_NOW) == (room < 3 ? room : 3));
		check(memcmp(got, values, sizeof(three) * (room < 3 ? 2 : 3)) == 0 && got[3].first == 0);
	}
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------ blocking -- */

typedef struct {
	background behind;
	leat_chan on;
	int values[8];
	size_t n;
	long result;
} batch;

static void send_batch(void *of_batch)
{
	batch *self = of_batch;

	self->result = leat_send_n(self->on.tx, self->values, self->n, LEAT_NEVER);
}

static void receive_batch(void *of_batch)
{
	batch *self = of_batch;

	self->result = leat_recv_n(self->on.rx, self->values, self->n, LEAT_NEVER);
}

static void a_receive_blocks_for_the_first_only(void)
{
	leat_chan chan = leat_make(int, capacity);
	batch waits = { .on = chan, .n = 5 };

	begin(&waits.behind, receive_batch, &waits);
	must_block(&waits.behind);
	send_ints(chan.tx, 42, 1);
	must_return(&waits.behind);
	check(waits.result == 1 && waits.values[0] == 42 && waits.values[1] == 0);
	leat_drop(chan);
}

static void a_send_blocks_for_the_first_only(void)
{
	leat_chan chan = leat_make(int, capacity);
	batch waits = { .on = chan, .values = { (int)capacity, -1, -2 }, .n = 3 };
	int n;

	send_ints(chan.tx, 0, capacity);
	begin(&waits.behind, send_batch, &waits);
	must_block(&waits.behind);
	receive_ints(chan.rx, 0, 1);
	must_return(&waits.behind);
	check(waits.result == 1);
	receive_ints(chan.rx, 1, capacity);
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == -1);
	leat_drop(chan);
}

static void let_meet(batch *sends, batch *receives, bool receiver_first)
{
	if (receiver_first)
		begin(&receives->behind, receive_batch, receives);
	begin(&sends->behind, send_batch, sends);
	nap(5);
	if (!receiver_first)
		begin(&receives->behind, receive_batch, receives);
	must_return(&sends->behind);
	must_return(&receives->behind);
}

/* The sender waits for the receiver, or the other way round. In both cases all values go over at once: directly, or
 * through a ring that has room for them. */
static void a_batch_meets_a_batch(void)
{
	long least = capacity == 1 ? 1 : 3;

	for (int receiver_first = 0; receiver_first < 2; receiver_first++) {
		leat_chan chan = leat_make(int, capacity);
		batch sends = { .on = chan, .values = { 1, 2, 3 }, .n = 3 }, receives = { .on = chan, .n = 5 };

		let_meet(&sends, &receives, receiver_first);
		check(sends.result >= least && sends.result <= 3);
		check(receives.result >= least && receives.result <= 3);
		for (int i = 0; i < receives.result; i++)
			check(receives.values[i] == i + 1);
		leat_drop(chan);
	}
}

static void nil_blocks_until_the_time_comes(void)
{
	leat_time until = leat_in(LEAT_MS(3));
	int n = 7;

	check(leat_send_n((leat_tx){ NULL }, &n, 1, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	check(leat_recv_n(LEAT_NIL, &n, 1, until) == -1 && errno == ETIMEDOUT && n == 7);
	check(leat_send_n((leat_tx){ NULL }, &n, 1, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_recv_n(LEAT_NIL, &n, 1, LEAT_NOW) == -1 && errno == EAGAIN && n == 7);
}

/* Send all n values, in as many calls as that takes. */
static void send_all(leat_tx tx, const int *values, size_t n)
{
	for (size_t sent = 0; sent < n;) {
		long more = leat_send_n(tx, values + sent, n - sent, LEAT_NEVER);

		check(more > 0 && (size_t)more <= n - sent);
		sent += (size_t)more;
	}
}

static void receive_all(leat_rx rx, int *values, size_t n)
{
	for (size_t received = 0; received < n;) {
		long more = leat_recv_n(rx, values + received, n - received, LEAT_NEVER);

		check(more > 0 && (size_t)more <= n - received);
		received += (size_t)more;
	}
}

static void begin_batches_of_one(batch waiting[], leat_chan on, void (*fn)(void *))
{
	for (int i = 0; i < THREADS; i++) {
		waiting[i] = (batch){ .on = on, .values = { 1 << i }, .n = 1 };
		begin(&waiting[i].behind, fn, &waiting[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_block(&waiting[i].behind);
}

/* Each waiting batch gets one value. Returns the sum of these values. */
static int join_batches_of_one(batch waiting[])
{
	int sum = 0;

	for (int i = 0; i < THREADS; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 1);
		sum += waiting[i].values[0];
	}
	return sum;
}

static void a_batch_serves_those_who_wait(void)
{
	leat_chan chan = leat_make(int, capacity);
	batch waiting[THREADS];

	begin_batches_of_one(waiting, chan, receive_batch);
	send_all(chan.tx, ((int[]){ 10, 20, 40, 80 }), 4);
	check(join_batches_of_one(waiting) == 150);
	leat_drop(chan);
}

static void a_batch_is_made_of_what_waits(void)
{
	static int got[1100];
	leat_chan chan = leat_make(int, capacity);
	batch waiting[THREADS];
	int sum = 0;

	send_ints(chan.tx, 0, capacity);
	begin_batches_of_one(waiting, chan, send_batch);
	receive_all(chan.rx, got, capacity + THREADS);
	check(join_batches_of_one(waiting) == 15);
	check(memcmp(got, in_order, capacity * sizeof(int)) == 0);
	for (size_t i = 0; i < THREADS; i++)
		sum += got[capacity + i];
	check(sum == 15);
	leat_drop(chan);
}

/* -------------------------------------------------------------------------------------------- the end -- */

static void the_rest_then_zero(void)
{
	leat_chan chan = leat_make(int, capacity + 2);
	int got[4] = { 7, 7, 7, 7 };

	send_ints(chan.tx, 1, 2);
	check(leat_close(chan.tx) == 1);
	check(leat_recv_n(chan.rx, got, 4, LEAT_NEVER) == 2 && got[0] == 1 && got[1] == 2);
	check(got[2] == 7 && got[3] == 7); /* places after the received values are not written */
	got[0] = 7;
	for (int i = 0; i < 3; i++, got[0] = 7)
		check(leat_recv_n(chan.rx, got, 1, LEAT_NEVER) == 0 && got[0] == 0 && got[1] == 2);
	check(leat_recv_n(chan.rx, got, 4, LEAT_NOW) == 0 && got[0] == 0);
	check(leat_send_n(chan.tx, got, 4, LEAT_NEVER) == 0);
	check(leat_send_n(chan.tx, got, 4, LEAT_NOW) == 0);
	leat_drop(chan);
}

static void the_end_wakes_batches(void)
{
	leat_chan full = leat_make(int, capacity), empty = leat_make(int, capacity);
	batch sends = { .on = full, .values = { 1, 2, 3 }, .n = 3 };
	batch receives = { .on = empty, .values = { 7 }, .n = 3 };

	send_ints(full.tx, 0, capacity);
	begin(&sends.behind, send_batch, &sends);
	begin(&receives.behind, receive_batch, &receives);
	must_block(&sends.behind);
	must_block(&receives.behind);
	leat_drop(full.rx);
	leat_drop(empty.tx);
	must_return(&sends.behind);
	must_return(&receives.behind);
	check(sends.result == 0 && sends.values[0] == 1 && sends.values[2] == 3);
	check(receives.result == 0 && receives.values[0] == 0);
	leat_drop(full.tx);
	leat_drop(empty.rx);
}

/* The values of a batch that were not sent still belong to the sender. */
static void owned_values_go_or_stay(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	owned values[8];
	long sent, room = (long)capacity < 8 ? (long)capacity : 8;

	for (int i = 0; i < 8; i++)
		values[i] = own(i);
	sent = leat_send_n(chan.tx, values, 8, LEAT_NOW);
	check(sent == (room ? room : -1));
	for (long i = room; i < 8; i++) {
		check(*values[i].number == (int)i);
		disown(values[i]);
	}
	check(atomic_load(&owned_alive) == (int)room);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------- order, exactly once -- */

static void send_in_batches(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;
	unsigned random = 1;

	for (size_t sent = 0, n; sent < IN_ORDER; sent += n) {
		n = 1 + random_below(&random, LARGEST);
		if (n > IN_ORDER - sent)
			n = IN_ORDER - sent;
		send_all(tx, in_order + sent, n);
	}
	leat_drop(tx);
}

static void in_order_whatever_the_batches(void)
{
	leat_chan chan = leat_make(int, capacity);
	background sends;
	unsigned random = 2;
	int got[LARGEST], next = 0;

	begin(&sends, send_in_batches, &chan.tx);
	for (long n = 1; n > 0;) {
		size_t most = 1 + random_below(&random, LARGEST);

		n = leat_recv_n(chan.rx, got, most, LEAT_NEVER);
		check(n >= 0 && (size_t)n <= most);
		for (long i = 0; i < n; i++)
			check(got[i] == next++);
	}
	check(next == IN_ORDER);
	must_return(&sends);
	leat_drop(chan.rx);
}

typedef struct {
	background behind;
	leat_chan on;
	int number;
	unsigned random;
} party;

static atomic_int arrived[THREADS * EACH];

static leat_time some_time(unsigned *random)
{
	unsigned choice = random_below(random, 4);

	return choice == 0 ? LEAT_NOW : choice == 1 ? LEAT_NEVER : leat_in(LEAT_US(random_below(random, 40)));
}

static void send_share(void *of_party)
{
	party *self = of_party;
	int values[LARGEST];

	for (int i = 0; i < EACH;) {
		size_t n = 1 + random_below(&self->random, LARGEST);
		long sent;

		if (n > (size_t)(EACH - i))
			n = (size_t)(EACH - i);
		for (size_t k = 0; k < n; k++)
			values[k] = self->number * EACH + i + (int)k;
		sent = leat_send_n(self->on.tx, values, n, some_time(&self->random));
		check(sent > 0 ? (size_t)sent <= n : sent == -1 && (errno == EAGAIN || errno == ETIMEDOUT));
		i += sent > 0 ? (int)sent : 0;
	}
	leat_drop(self->on.tx);
}

static void receive_share(void *of_party)
{
	party *self = of_party;
	int got[LARGEST];

	for (long n = 1; n != 0;) {
		size_t most = 1 + random_below(&self->random, LARGEST);

		n = leat_recv_n(self->on.rx, got, most, some_time(&self->random));
		check(n >= 0 ? (size_t)n <= most : errno == EAGAIN || errno == ETIMEDOUT);
		for (long i = 0; i < n; i++)
			atomic_fetch_add(&arrived[got[i]], 1);
	}
	leat_drop(self->on.rx);
}

static void many_to_many_exactly_once(void)
{
	leat_chan chan = leat_make(int, capacity);
	party parties[2 * THREADS];

	for (int i = 0; i < 2 * THREADS; i++) {
		bool sender = i < THREADS;

		parties[i].on.tx = sender ? leat_dup(chan.tx) : (leat_tx){ NULL };
		parties[i].on.rx = sender ? LEAT_NIL : leat_dup(chan.rx);
		parties[i].number = i % THREADS;
		parties[i].random = (unsigned)i + 1;
		begin(&parties[i].behind, sender ? send_share : receive_share, &parties[i]);
	}
	leat_drop(chan);
	for (int i = 0; i < 2 * THREADS; i++)
		must_return(&parties[i].behind);
	for (int i = 0; i < THREADS * EACH; i++)
		check(atomic_exchange(&arrived[i], 0) == 1);
}

int main(int argc, char **argv)
{
	number(in_order, IN_ORDER);
	return RUN(the_count_must_make_sense, sends_as_many_as_there_is_room_for, receives_as_many_as_are_there,
	           around_the_ring, larger_elements_around_the_ring, a_receive_blocks_for_the_first_only,
	           a_send_blocks_for_the_first_only, a_batch_meets_a_batch,
	           nil_blocks_until_the_time_comes, a_batch_serves_those_who_wait,
	           a_batch_is_made_of_what_waits, the_rest_then_zero, the_end_wakes_batches, owned_values_go_or_stay,
	           in_order_whatever_the_batches, many_to_many_exactly_once);
}
