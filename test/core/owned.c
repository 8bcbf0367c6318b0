/* SPDX-License-Identifier: 0BSD
 *
 * owned.c - values that own something. A send gives such a value away, and a receive takes it. All others are released,
 * exactly once, with no lock held.
 */
#include "../test.h"

enum { THREADS = 4, EACH = 300 };

static leat_chan make_owned(size_t cap)
{
	return leat_make_of(&owned_type, cap);
}

static void send_owned(leat_tx tx, int first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		owned value = own(first + (int)i);

		check(leat_send(tx, &value) == 1);
	}
}

/* ------------------------------------------------------------------------------- whose they are at the end -- */

static void received_ones_are_the_receivers(void)
{
	leat_chan chan = make_owned(capacity + 3);
	owned value;

	send_owned(chan.tx, 0, 3);
	for (int i = 0; i < 3; i++) {
		check(leat_recv(chan.rx, &value) == 1 && *value.number == i);
		check(atomic_load(&owned_alive) == 3 - i);
		disown(value);
	}
	leat_close(chan.tx);
	check(leat_recv(chan.rx, &value) == 0 && value.number == NULL);
	leat_drop(chan);
}

static void refused_ones_stay_the_senders(void)
{
	leat_chan full = make_owned(capacity), closed = make_owned(capacity), left = make_owned(capacity);
	leat_chan done = leat_make_unit(), failed = leat_make_of(&owned_type, (size_t)-1);
	owned value = own(42);

	send_owned(full.tx, 0, capacity);
	leat_close(closed.tx);
	leat_drop(left.rx);
	leat_close(done.tx);
	check(leat_send_by(full.tx, &value, leat_in(LEAT_MS(2))) == -1);
	check(leat_send_or(full.tx, &value, done.rx) == -1);
	check(leat_send(closed.tx, &value) == 0);
	check(leat_send(left.tx, &value) == 0);
	check(leat_send(failed.tx, &value) == 0);
	check(*value.number == 42);
	disown(value);
	leat_drop(full);
	leat_drop(closed);
	leat_drop(left.tx);
	leat_drop(done);
	leat_drop(failed);
}

static void queued_ones_are_released_with_the_last_receiver(void)
{
	for (size_t offset = 0; offset <= capacity; offset += capacity / 3 + 1) {
		leat_chan chan = make_owned(capacity);
		leat_rx second = leat_dup(chan.rx);

		send_owned(chan.tx, 0, offset);
		for (size_t i = 0; i < offset; i++)
			check(leat_wait(chan.rx) == 1);
		send_owned(chan.tx, 0, capacity);
		check(atomic_load(&owned_alive) == (int)capacity);
		leat_drop(chan.rx);
		check(atomic_load(&owned_alive) == (int)capacity);
		leat_drop(second);
		check(atomic_load(&owned_alive) == 0);
		check(leat_len(chan.tx) == 0);
		leat_drop(chan.tx);
	}
}

/* A close releases nothing, because receivers can still get the values. */
static void queued_ones_outlive_the_senders(void)
{
	leat_chan chan = make_owned(capacity + 2);

	send_owned(chan.tx, 0, capacity + 2);
	leat_close(chan.tx);
	leat_drop(chan.tx);
	check(atomic_load(&owned_alive) == (int)capacity + 2);
	must_receive_owned(chan.rx, 0);
	leat_drop(chan.rx);
	check(atomic_load(&owned_alive) == 0);
}

typedef struct {
	background behind;
	leat_chan on;
	int number, result;
	long given;
} party;

static void send_one(void *of_party)
{
	party *self = of_party;
	owned value = own(self->number);

	self->result = leat_send(self->on.tx, &value);
	if (self->result == 1)
		return;
	check(*value.number == self->number);
	disown(value);
}

static void begin_waiting_senders(party waiting[], leat_chan on)
{
	send_owned(on.tx, 0, capacity);
	for (int i = 0; i < THREADS; i++) {
		waiting[i].on = on;
		waiting[i].number = i;
		begin(&waiting[i].behind, send_one, &waiting[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_block(&waiting[i].behind);
}

static void waiting_ones_stay_the_senders(void)
{
	for (int closes = 0; closes < 2; closes++) {
		leat_chan chan = make_owned(capacity);
		party waiting[THREADS];

		begin_waiting_senders(waiting, chan);
		if (closes)
			leat_close(chan.tx);
		else
			leat_drop(chan.rx);
		for (int i = 0; i < THREADS; i++) {
			must_return(&waiting[i].behind);
			check(waiting[i].result == 0);
		}
		check(atomic_load(&owned_alive) == (closes ? (int)capacity : 0));
		if (closes)
			leat_drop(chan.rx);
		leat_drop(chan.tx);
	}
}

/* ---------------------------------------------------------------------------------------------- discarding -- */

static void discarded_ones_are_released(void)
{
	leat_chan chan = make_owned(capacity + 4), done = make_owned(1);
	owned value;

	send_owned(chan.tx, 0, 4);
	check(leat_wait(chan.rx) == 1 && atomic_load(&owned_alive) == 3);
	check(leat_wait_by(chan.rx, LEAT_NOW) == 1 && atomic_load(&owned_alive) == 2);
	check(leat_recv_sized(chan.rx, NULL, sizeof(owned), LEAT_NEVER) == 1 && atomic_load(&owned_alive) == 1);
	send_owned(done.tx, 0, 1);
	check(leat_recv_or(chan.rx, &value, done.rx) == -1 && atomic_load(&owned_alive) == 2);
	check(leat_wait(chan.rx) == 1 && leat_wait(done.rx) == 1 && atomic_load(&owned_alive) == 0);
	check(leat_wait_by(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(chan);
	leat_drop(done);
}

static void one_that_waits_is_discarded(void)
{
	leat_chan chan = make_owned(capacity);
	party waiting[THREADS];

	begin_waiting_senders(waiting, chan);
	for (size_t i = 0; i < capacity + THREADS; i++)
		check(leat_wait(chan.rx) == 1);
	for (int i = 0; i < THREADS; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 1);
	}
	check(atomic_load(&owned_alive) == 0);
	leat_drop(chan);
}

static void wait_for_one(void *of_party)
{
	party *self = of_party;

	self->result = leat_wait(self->on.rx);
}

static void one_that_is_waited_for_is_discarded(void)
{
	leat_chan chan = make_owned(capacity);
	party waits = { .on = chan };

	begin(&waits.behind, wait_for_one, &waits);
	must_block(&waits.behind);
	send_owned(chan.tx, 0, 1);
	must_return(&waits.behind);
	check(waits.result == 1 && atomic_load(&owned_alive) == 0);
	leat_drop(chan);
}

typedef struct { owned first; unsigned char rest[40000]; } large;

/* Discard a batch that fits on the stack of the discarding thread, and elements that do not fit there. */
static void batches_are_discarded(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity + 3);
	owned *nowhere = NULL;
	long discarded = 0;

	for (int i = 0; i < 3; i++) {
		owned value = own(i);

		check(leat_send(chan.tx, &value) == 1);
	}
	while (discarded < 3) {
		long n = leat_recv_n(chan.rx, nowhere, 3 - (size_t)discarded, LEAT_NOW);

		check(n > 0);
		discarded += n;
		check(atomic_load(&owned_alive) == 3 - discarded);
	}
	leat_drop(chan);
}

static void large_ones_are_discarded(void)
{
	static const size_t sizes[] = { sizeof(owned), 496, 504, 512, 520, 4096, sizeof(large) };
	static large value;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		leat_type type = { "large", sizes[i], owned_copy, owned_release };
		leat_chan chan = leat_make_of(&type, capacity + 2);

		for (int k = 0; k < 2; k++) {
			value.first = own(k);
			check(leat_send_sized(chan.tx, &value, sizes[i], LEAT_NEVER) == 1);
		}
		check(leat_wait(chan.rx) == 1 && atomic_load(&owned_alive) == 1);
		leat_drop(chan);
		check(atomic_load(&owned_alive) == 0);
	}
}

static void units_are_released_too(void)
{
	leat_chan chan = leat_make_of(&place_type, capacity + 3);

	atomic_store(&places, 0);
	for (int i = 0; i < 3; i++)
		check(leat_signal(chan.tx) == 1);
	check(leat_wait(chan.rx) == 1 && atomic_load(&places) == 1);
	leat_drop(chan.rx);
	check(atomic_load(&places) == 3);
	check(leat_signal(chan.tx) == 0 && atomic_load(&places) == 3);
	leat_drop(chan.tx);
}

static void strings(void)
{
	static const char *const words[] = { "one", "two", NULL, "four" };
	leat_chan chan = leat_make_of(&leat_string_type, capacity + 4);
	char *word;

	for (int i = 0; i < 4; i++) {
		check(leat_string_type.copy(&word, &words[i]) == 0);
		check(leat_send(chan.tx, &word) == 1);
	}
	check(leat_recv(chan.rx, &word) == 1 && strcmp(word, "one") == 0);
	free(word);
	check(leat_wait(chan.rx) == 1);
	check(leat_recv(chan.rx, &word) == 1 && word == NULL);
	leat_drop(chan);
}

/* --------------------------------------------------------------------------------------- no lock is held -- */

/* The channel that a release function uses. It is the channel the released value came from. */
static leat_chan within;
static atomic_int released_within;

static void use_the_channel(void *value)
{
	int n;

	check(leat_len(within) <= leat_cap(within));
	check(leat_send_by(within.tx, &(int){ 1 }, LEAT_NOW) != -1 || errno == EAGAIN);
	check(leat_recv_by(within.rx, &n, LEAT_NOW) != -1 || errno == EAGAIN);
	leat_drop(leat_dup(within));
	check(*(int *)value == 5);
	atomic_fetch_add(&released_within, 1);
}

static void release_may_use_the_channel(void)
{
	within = leat_make_of(&(leat_type){ "within", sizeof(int), NULL, use_the_channel }, capacity + 1);
	atomic_store(&released_within, 0);
	send_ints(within.tx, 5, 1);
	check(leat_wait(within.rx) == 1);
	check(atomic_load(&released_within) == 1);
	leat_drop(within);
}

static void send_on(void *value)
{
	(void)value;
	check(leat_signal(within.tx) == 1);
}

/* A release function may send, and so wake a thread that waits on another channel. */
static void dropping_may_send(void)
{
	leat_chan chan = leat_make_of(&(leat_type){ "sends on", sizeof(int), NULL, send_on }, capacity + 2);

	within = leat_make_of(&(leat_type){ "unit", 0, NULL, NULL }, 2);
	send_ints(chan.tx, 0, 2);
	leat_drop(chan);
	check(leat_len(within) == 2);
	leat_drop(within);
}

/* ------------------------------------------------------------------------------------------------ many at once -- */

static void send_until_over(void *of_party)
{
	party *self = of_party;
	int sent = 1;

	for (self->given = 0; sent == 1; self->given += sent) {
		owned value = own(self->number);

		sent = leat_send(self->on.tx, &value);
		if (sent == 0)
			disown(value);
	}
	leat_drop(self->on.tx);
}

static void take_a_few(void *of_party)
{
	party *self = of_party;

	for (int i = 0; i < EACH; i++) {
		owned value;

		if (i % 2) {
			check(leat_wait(self->on.rx) == 1);
			continue;
		}
		check(leat_recv(self->on.rx, &value) == 1);
		disown(value);
	}
	leat_drop(self->on.rx);
}

/* A queue holds the last end of another queue, which holds the last end of another, and so on. If each release called
 * the next one, a small stack would overflow. */
enum { NESTED = 5000 };

static void nested_release(void *rx)
{
	leat_drop(*(leat_rx *)rx);
	atomic_fetch_sub(&owned_alive, 1);
}

static const leat_type nested_type = { "nested", sizeof(leat_rx), NULL, nested_release };

static void drop_nested(void *of_rx)
{
	leat_drop(*(leat_rx *)of_rx);
}

static void streams_in_streams(void)
{
	leat_rx inner = leat_ended(0);

	for (int i = 0; i < NESTED; i++) {
		leat_chan outer = leat_make_of(&nested_type, 1);

		check(leat_send(outer.tx, &inner) == 1);
		atomic_fetch_add(&owned_alive, 1);
		leat_drop(outer.tx);
		inner = outer.rx;
	}
	check(leat_go(drop_nested, &inner) == 1 && leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&owned_alive) == 0);
}

static void the_last_receiver_leaves_many_senders(void)
{
	leat_chan chan = make_owned(capacity);
	party senders[THREADS], receivers[THREADS];
	long given = 0;

	for (int i = 0; i < THREADS; i++) {
		senders[i].on.tx = leat_dup(chan.tx);
		receivers[i].on.rx = leat_dup(chan.rx);
		senders[i].number = i;
		begin(&senders[i].behind, send_until_over, &senders[i]);
		begin(&receivers[i].behind, take_a_few, &receivers[i]);
	}
	leat_drop(chan);
	for (int i = 0; i < THREADS; i++) {
		must_return(&receivers[i].behind);
		must_return(&senders[i].behind);
		given += senders[i].given;
	}
	check(given >= (long)THREADS * EACH);
	check(atomic_load(&owned_alive) == 0);
}

/* A release that waits until it may go on. */
static atomic_int released, may_go_on;

static void release_slowly(void *value)
{
	(void)value;
	while (!atomic_load(&may_go_on))
		nap(1);
	atomic_fetch_add(&released, 1);
}

static void drop_receiver(void *of_chan)
{
	leat_drop(((leat_chan *)of_chan)->rx);
}

static void wait_until_gone(void *of_chan)
{
	leat_case gone[] = { LEAT_GONE(((leat_chan *)of_chan)->tx) };

	check(leat_select(gone, LEAT_NEVER) == 0 && gone[0].ok == 0);
	check(atomic_load(&released) == 3);
}

/* The receivers are gone when the queued values are released. Before that, sends end already, but leat_wait_gone goes
 * on waiting. */
static void gone_when_all_are_released(void)
{
	leat_chan chan = leat_make_of(&(leat_type){ "slow", sizeof(int), NULL, release_slowly }, 3);
	background dropper, watcher;

	atomic_store(&released, 0);
	atomic_store(&may_go_on, 0);
	send_ints(chan.tx, 0, 3);
	begin(&watcher, wait_until_gone, &chan);
	must_block(&watcher);
	begin(&dropper, drop_receiver, &chan);
	must_block(&dropper);
	must_block(&watcher);
	check(leat_closed(chan.tx) && leat_send(chan.tx, &(int){ 4 }) == 0);
	check(leat_wait_gone(chan.tx, LEAT_NOW) == -1 && errno == EAGAIN);
	atomic_store(&may_go_on, 1);
	must_return(&watcher);
	check(leat_wait_gone(chan.tx, LEAT_NOW) == 1);
	must_return(&dropper);
	leat_drop(chan.tx);
}

static leat_chan inner;

/* Drop the last receiver of another channel, and wait until it is gone. */
static void drop_inner(void *value)
{
	(void)value;
	leat_drop(inner.rx);
	check(leat_wait_gone(inner.tx, LEAT_NEVER) == 1);
	check(atomic_load(&released) == 2);
}

/* Inside a release, the values of another channel are put off; but not past a wait for that channel. */
static void a_release_may_wait_for_another_channel(void)
{
	leat_chan outer = leat_make_of(&(leat_type){ "outer", sizeof(int), NULL, drop_inner }, 1);

	inner = leat_make_of(&(leat_type){ "slow", sizeof(int), NULL, release_slowly }, 2);
	atomic_store(&released, 0);
	atomic_store(&may_go_on, 1);
	send_ints(inner.tx, 0, 2);
	send_ints(outer.tx, 0, 1);
	leat_drop(outer);
	check(atomic_load(&released) == 2);
	leat_drop(inner.tx);
}

int main(int argc, char **argv)
{
	return RUN(received_ones_are_the_receivers, refused_ones_stay_the_senders,
	           queued_ones_are_released_with_the_last_receiver, queued_ones_outlive_the_senders,
	           waiting_ones_stay_the_senders, discarded_ones_are_released, one_that_waits_is_discarded,
	           one_that_is_waited_for_is_discarded, batches_are_discarded, large_ones_are_discarded,
	           units_are_released_too, strings,
	           release_may_use_the_channel, dropping_may_send, streams_in_streams,
	           the_last_receiver_leaves_many_senders, gone_when_all_are_released,
	           a_release_may_wait_for_another_channel);
}
