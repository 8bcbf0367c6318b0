/* SPDX-License-Identifier: 0BSD
 *
 * handles.c - handles of channels: how they are made (or not), duplicated and dropped by many threads, asked about, and
 * sent over channels. Also how a channel gets more room.
 */
#include "../test.h"

#include <stdbool.h>

enum { THREADS = 8, TURNS = 4000, GROWN = 1500 };

static const leat_chan nil;

/* These tests want allocations to fail. By default, the allocators of the sanitizers would end the program instead. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* -------------------------------------------------------------------------------------------- make -- */

static void is_over(leat_chan chan, int cause)
{
	int n = 7;

	check(!leat_is_nil(chan.tx) && !leat_is_nil(chan.rx));
	check(leat_never_started(chan) == 1 && leat_never_started(chan.tx) == 1 && leat_never_started(chan.rx) == 1);
	check(leat_cause(chan) == cause && leat_cause(chan.tx) == cause && leat_cause(chan.rx) == cause);
	check(leat_closed(chan) == 1);
	check(leat_send(chan.tx, &n) == 0);
	check(leat_recv(chan.rx, &n) == 0 && n == 0);
	check(leat_send(chan.tx, &(char[3]){ 0 }) == 0);
	check(leat_close_with(chan.tx, EIO) == 0 && leat_cause(chan) == cause);
	check(leat_drop_with(leat_dup(chan.tx), EIO) == 0 && leat_cause(chan) == cause);
	check(leat_wait_gone(chan.tx, LEAT_NEVER) == 1);
	leat_drop(leat_dup(chan));
	leat_drop(chan);
}

static void absurd_sizes(void)
{
	leat_type huge = { "huge", (size_t)-1, NULL, NULL }, large = { "large", (size_t)PTRDIFF_MAX, NULL, NULL };
	leat_type unit = { "unit", 0, NULL, NULL };

	is_over(leat_make(int, (size_t)-1), EINVAL);
	is_over(leat_make(int, -1), EINVAL);
	is_over(leat_make(char, (size_t)PTRDIFF_MAX + 1), EINVAL);
	is_over(leat_make(int, (size_t)PTRDIFF_MAX / sizeof(int) + 1), EINVAL);
	is_over(leat_make(int, SIZE_MAX / sizeof(int) + 2), EINVAL);
	is_over(leat_make_of(&huge, 1), EINVAL);
	is_over(leat_make_of(&huge, 0), EINVAL);
	is_over(leat_make_of(&large, 2), EINVAL);
	is_over(leat_make_of(&unit, (size_t)-1), EINVAL);
	is_over(leat_make_of(NULL, capacity), EINVAL);
}

/* A 32-bit address space may have room for a few of them, so keep making them until one fails. */
static void make_until_none_is_left(size_t size, size_t cap)
{
	leat_chan made = leat_make_of(&(leat_type){ "much", size, NULL, NULL }, cap);

	if (leat_never_started(made)) {
		is_over(made, ENOMEM);
	} else {
		make_until_none_is_left(size, cap);
		leat_drop(made);
	}
}

static void more_than_there_is(void)
{
	make_until_none_is_left(1, (size_t)PTRDIFF_MAX / 2);
	make_until_none_is_left(sizeof(int), (size_t)PTRDIFF_MAX / 2 / sizeof(int));
	make_until_none_is_left(sizeof(long), (size_t)PTRDIFF_MAX / 4 / sizeof(long));
}

/* The channel copies the fields of the type, so the type may go. */
static void the_type_may_go(void)
{
	leat_type type = owned_type;
	leat_chan chan = leat_make_of(&type, capacity + 1);
	owned value = own(1);

	memset(&type, 0xff, sizeof type);
	check(leat_send(chan.tx, &value) == 1);
	check(leat_type_of(chan).size == sizeof(owned) && leat_type_of(chan).copy == owned_copy);
	check(leat_type_of(chan.tx).release == owned_release && leat_type_of(chan.rx).release == owned_release);
	leat_drop(chan);
	check(atomic_load(&owned_alive) == 0);
}

/* ------------------------------------------------------------------------------------------ inspection -- */

static void asked_about_what_is_queued(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (size_t i = 0; i <= capacity; i++) {
		check(leat_len(chan) == i && leat_len(chan.tx) == i && leat_len(chan.rx) == i);
		check(leat_cap(chan) == capacity && leat_cap(chan.tx) == capacity && leat_cap(chan.rx) == capacity);
		if (i < capacity)
			send_ints(chan.tx, (int)i, 1);
	}
	for (size_t i = capacity; i > 0; i--) {
		check(leat_len(chan) == i);
		receive_ints(chan.rx, (int)(capacity - i), 1);
	}
	check(leat_len(chan) == 0);
	leat_drop(chan);
}

static void asked_about_what_they_are(void)
{
	leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity);
	leat_rx again = leat_dup(one.rx);
	leat_type type = leat_type_of(one.rx);

	check(type.size == sizeof(int) && strcmp(type.name, "int") == 0 && !type.copy && !type.release);
	check(leat_same(one, one) && leat_same(one.tx, one.rx) && leat_same(one, again) && leat_same(again, one.tx));
	check(!leat_same(one, other) && !leat_same(one.tx, other.rx) && !leat_same(one, nil));
	check(!leat_is_nil(one) && !leat_is_nil(one.tx) && !leat_is_nil(one.rx));
	check(!leat_never_started(one) && !leat_closed(one) && !leat_closed(one.tx) && leat_cause(one) == 0);
	leat_drop(one);
	check(leat_closed(again) == 1 && leat_never_started(again) == 0);
	leat_drop(again);
	leat_drop(other);
}

static void asked_about_nil(void)
{
	leat_type type = leat_type_of(nil);

	check(leat_is_nil(nil) && leat_is_nil(nil.tx) && leat_is_nil(nil.rx) && leat_same(nil.tx, nil.rx));
	check(leat_len(nil) == 0 && leat_cap(nil.tx) == 0 && leat_closed(nil.rx) == 0 && leat_never_started(nil) == 0);
	check(leat_cause(nil) == EINVAL && leat_cause(nil.tx) == EINVAL);
	check(type.name == NULL && type.size == 0 && !type.copy && !type.release);
	check(leat_is_nil(leat_dup(nil)) && leat_is_nil(leat_dup(nil.tx)) && leat_is_nil(leat_dup(nil.rx)));
	leat_drop(nil);
	leat_drop(nil.tx);
	leat_drop(nil.rx);
}

static void asked_about_an_ended_stream(void)
{
	leat_rx ended = leat_ended(EIO), other = leat_ended(EPIPE);
	leat_type type = leat_type_of(ended);

	check(leat_never_started(ended) == 1 && !leat_is_nil(ended));
	check(type.name == NULL && type.size == 0 && !type.copy && !type.release);
	check(leat_same(ended, leat_dup(ended)) && !leat_same(ended, other));
	leat_drop(ended);
	leat_drop(other);
}

/* -------------------------------------------------------------------------------------- dup and drop -- */

typedef struct {
	background behind;
	leat_chan own;
} party;

static void dup_and_drop(void *of_party)
{
	party *self = of_party;

	for (int i = 0; i < TURNS; i++) {
		leat_chan more = leat_dup(self->own);

		check(leat_same(more.tx, self->own.rx));
		leat_drop(self->own);
		self->own = more;
	}
	leat_drop(self->own);
}

static void each_counts(void)
{
	leat_chan chan = leat_make(int, capacity);
	party parties[THREADS];
	int n;

	for (int i = 0; i < THREADS; i++) {
		parties[i].own = leat_dup(chan);
		begin(&parties[i].behind, dup_and_drop, &parties[i]);
	}
	for (int i = 0; i < THREADS; i++)
		must_return(&parties[i].behind);
	check(leat_closed(chan) == 0);
	check(leat_wait_gone(chan.tx, LEAT_NOW) == -1);
	leat_drop(chan.tx);
	check(leat_closed(chan.rx) == 1 && leat_recv(chan.rx, &n) == 0);
	leat_drop(chan.rx);
}

static atomic_int closers;

static void drop_sender(void *of_party)
{
	party *self = of_party;

	atomic_fetch_add(&closers, leat_drop_with(self->own.tx, EPIPE));
}

static void drop_receiver(void *of_party)
{
	party *self = of_party;

	leat_drop(self->own.rx);
}

/* The thread that drops the last handle of one end closes the channel, or empties it. The thread that drops the last
 * handle of all frees it. */
static void all_drop_at_once(void)
{
	for (int round = 0; round < 60; round++) {
		leat_chan chan = leat_make_of(&owned_type, capacity + 1);
		owned value = own(round);
		party parties[THREADS];

		atomic_store(&closers, 0);
		check(leat_send(chan.tx, &value) == 1);
		for (int i = 0; i < THREADS; i++)
			parties[i].own = i % 2 ? parties[i - 1].own : i ? leat_dup(chan) : chan;
		for (int i = 0; i < THREADS; i++)
			begin(&parties[i].behind, i % 2 ? drop_sender : drop_receiver, &parties[i]);
		for (int i = 0; i < THREADS; i++)
			must_return(&parties[i].behind);
		check(atomic_load(&closers) == 1 && atomic_load(&owned_alive) == 0);
	}
}

/* ---------------------------------------------------------------------------- channels that carry channels -- */

static void square_it(void *of_requests)
{
	leat_rx requests = *(leat_rx *)of_requests;

	for (leat_tx answer; leat_recv(requests, &answer) > 0; leat_drop(answer))
		for (int i = 0; i < 3; i++)
			check(leat_send(answer, &(int){ i * i }) == 1);
	leat_drop(requests);
}

/* Each request is the sending end of the channel that wants the answer. */
static void a_sending_end_is_sent(void)
{
	leat_chan requests = leat_make_of(&leat_tx_type, capacity);
	background serves;

	begin(&serves, square_it, &requests.rx);
	for (int round = 0; round < 100; round++) {
		leat_chan answers = leat_make(int, capacity);
		int sum = 0, n;

		check(leat_send(requests.tx, &answers.tx) == 1);
		for (; leat_recv(answers.rx, &n) > 0;)
			sum += n;
		check(sum == 5 && leat_cause(answers.rx) == 0);
		leat_drop(answers.rx);
	}
	leat_drop(requests.tx);
	must_return(&serves);
}

static void a_queued_handle_is_alive(void)
{
	leat_chan outer = leat_make_of(&leat_tx_type, capacity + 1), inner = leat_make(int, capacity + 1);
	leat_tx moved;

	check(leat_send(outer.tx, &inner.tx) == 1);
	check(leat_closed(inner.rx) == 0);
	check(leat_recv(outer.rx, &moved) == 1 && leat_same(moved, inner.rx));
	send_ints(moved, 3, 1);
	check(leat_send(outer.tx, &moved) == 1);
	receive_ints(inner.rx, 3, 1);
	check(leat_closed(inner.rx) == 0);
	leat_drop(outer);
	check(leat_closed(inner.rx) == 1);
	leat_drop(inner.rx);
}

/* Dropping the outermost channel releases the one in it, and so on inwards. */
static void streams_of_streams_are_released(void)
{
	leat_chan innermost = leat_make_of(&owned_type, capacity + 1);
	leat_rx carried = innermost.rx;
	owned value = own(1);
	leat_tx watched = innermost.tx;

	check(leat_send(watched, &value) == 1);
	for (int depth = 0; depth < 10; depth++) {
		leat_chan around = leat_make_of(&leat_rx_type, capacity + 1);

		check(leat_send(around.tx, &carried) == 1);
		leat_drop(around.tx);
		carried = around.rx;
	}
	check(leat_wait_gone(watched, LEAT_NOW) == -1 && atomic_load(&owned_alive) == 1);
	leat_drop(carried);
	check(leat_wait_gone(watched, LEAT_NOW) == 1 && atomic_load(&owned_alive) == 0);
	leat_drop(watched);
}

static void a_discarded_handle_is_dropped(void)
{
	leat_chan outer = leat_make_of(&leat_rx_type, capacity + 2), inner = leat_make(int, capacity + 1);
	leat_rx none = LEAT_NIL;

	check(leat_send(outer.tx, &inner.rx) == 1);
	check(leat_send(outer.tx, &none) == 1);
	check(leat_wait(outer.rx) == 1);
	check(leat_wait_gone(inner.tx, LEAT_NOW) == 1);
	check(leat_wait(outer.rx) == 1);
	leat_drop(outer);
	leat_drop(inner.tx);
}

static void ready_made_types_copy(void)
{
	leat_chan chan = leat_make(int, capacity + 1), copy = nil;
	char word[] = "word", *words[] = { word, NULL }, *copied[2];

	check(leat_rx_type.copy(&copy.rx, &chan.rx) == 0 && leat_tx_type.copy(&copy.tx, &chan.tx) == 0);
	check(leat_same(copy, chan));
	leat_drop(chan);
	send_ints(copy.tx, 1, 1);
	receive_ints(copy.rx, 1, 1);
	leat_rx_type.release(&copy.rx);
	check(leat_send(copy.tx, &(int){ 1 }) == 0);
	leat_tx_type.release(&copy.tx);
	check(leat_string_type.copy(&copied[0], &words[0]) == 0 && leat_string_type.copy(&copied[1], &words[1]) == 0);
	check(copied[0] != word && strcmp(copied[0], "word") == 0 && copied[1] == NULL);
	leat_string_type.release(&copied[0]);
	leat_string_type.release(&copied[1]);
}

/* ----------------------------------------------------------------------------------------- more room -- */

static void more_room_for_what_is_queued(void)
{
	for (size_t offset = 0; offset <= capacity; offset += capacity / 3 + 1) {
		leat_chan chan = leat_make(int, capacity);
		leat_rx same;

		send_ints(chan.tx, 0, capacity);
		receive_ints(chan.rx, 0, offset);
		send_ints(chan.tx, (int)capacity, offset);
		same = leat_buffer(chan.rx, capacity + 10);
		check(leat_same(same, chan) && !leat_never_started(same));
		check(leat_cap(same) == capacity + 10 && leat_len(same) == capacity);
		send_ints(chan.tx, (int)(capacity + offset), 10);
		check(leat_send_by(chan.tx, (&(int){ 0 }), LEAT_NOW) == -1);
		receive_ints(same, (int)offset, capacity + 10);
		leat_drop(chan);
	}
}

static void never_less_room(void)
{
	leat_chan chan = leat_make(int, capacity);
	size_t smaller[] = { 0, capacity / 2, capacity };

	send_ints(chan.tx, 0, capacity);
	for (size_t i = 0; i < 3; i++) {
		check(leat_same(leat_buffer(chan.rx, smaller[i]), chan));
		check(leat_cap(chan) == capacity && leat_len(chan) == capacity && !leat_never_started(chan.rx));
	}
	receive_ints(chan.rx, 0, capacity);
	leat_drop(chan);
}

/* There is now room for all four waiting senders, so all four return. */
static void more_room_lets_senders_in(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waiting[4];
	int sum = 0;

	send_ints(chan.tx, 0, capacity);
	for (int i = 0; i < 4; i++)
		begin_send(&waiting[i], chan, 1 << i);
	for (int i = 0; i < 4; i++)
		must_block(&waiting[i].behind);
	check(leat_same(leat_buffer(chan.rx, capacity + 4), chan));
	for (int i = 0; i < 4; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 1);
	}
	check(leat_len(chan) == capacity + 4);
	receive_ints(chan.rx, 0, capacity);
	for (int i = 0, n; i < 4; i++, sum += n)
		check(leat_recv(chan.rx, &n) == 1);
	check(sum == 15);
	leat_drop(chan);
}

static void no_room_to_be_had(void)
{
	leat_chan one = leat_make_of(&owned_type, capacity + 1), other = leat_make(int, capacity);
	leat_chan half = leat_make(char, PTRDIFF_MAX); /* takes half of a 32-bit address space; elsewhere it fails at
	                                                * once */
	owned value = own(1);
	leat_rx failed;

	check(leat_send(one.tx, &value) == 1);
	failed = leat_buffer(one.rx, (size_t)-1);
	check(leat_never_started(failed) == 1 && leat_cause(failed) == EINVAL);
	check(leat_wait_gone(one.tx, LEAT_NOW) == 1 && atomic_load(&owned_alive) == 0);
	failed = leat_buffer(other.rx, (size_t)PTRDIFF_MAX / sizeof(int));
	check(leat_never_started(failed) == 1 && leat_cause(failed) == ENOMEM);
	check(leat_wait_gone(other.tx, LEAT_NOW) == 1);
	failed = leat_buffer(nil.rx, 10);
	check(leat_never_started(failed) == 1 && leat_cause(failed) == EINVAL);
	leat_drop(one.tx);
	leat_drop(other.tx);
	leat_drop(half);
}

static void what_has_ended_stays_so(void)
{
	leat_chan closed = leat_make(int, capacity);
	leat_rx ended = leat_ended(EIO);
	int n;

	send_ints(closed.tx, 0, capacity);
	check(leat_drop_with(closed.tx, EPIPE) == 1);
	check(leat_same(leat_buffer(ended, 10), ended) && leat_cause(ended) == EIO);
	check(leat_same(leat_buffer(ended, (size_t)-1), ended));
	check(leat_same(leat_buffer(closed.rx, capacity + 5), closed.rx));
	receive_ints(closed.rx, 0, capacity);
	check(leat_recv(closed.rx, &n) == 0 && leat_cause(closed.rx) == EPIPE);
	leat_drop(closed.rx);
}

static void units_and_timers_queue_too(void)
{
	leat_chan units = leat_make_unit();
	leat_rx past = leat_buffer(leat_at(leat_now()), 10), ticks = leat_buffer(leat_tick(LEAT_S(3600)), 10);
	leat_chan until = leat_make_until(leat_in(LEAT_S(3600)), 0);

	check(leat_same(leat_buffer(units.rx, 3), units) && leat_cap(units) == 3);
	for (int i = 0; i < 3; i++)
		check(leat_signal(units.tx) == 1);
	check(leat_len(units) == 3);
	check(leat_wait(past) == 0 && leat_cause(past) == ETIMEDOUT && leat_cap(past) == 10);
	check(leat_wait_by(ticks, LEAT_NOW) == -1 && leat_cap(ticks) == 10);
	check(leat_same(leat_buffer(until.rx, 2), until) && leat_cap(until) == 2);
	check(leat_signal(until.tx) == 1 && leat_signal(until.tx) == 1 && leat_len(until) == 2);
	leat_drop(until);
	leat_drop(units);
	leat_drop(past);
	leat_drop(ticks);
}

typedef struct {
	leat_rx rx;
	atomic_bool over;
} grower;

static void grow(void *of_grower)
{
	grower *self = of_grower;

	for (size_t n = 1; n < GROWN; n++)
		check(leat_same(leat_buffer(self->rx, capacity + n), self->rx));
	atomic_store(&self->over, true);
	leat_drop(self->rx);
}

/* The channel always holds a value while it grows, so a receive that does not wait must find one. */
static void grows_while_it_is_used(void)
{
	leat_chan chan = leat_make(int, capacity + 2);
	grower grows = { .rx = leat_dup(chan.rx) };
	background behind;
	int next = 0;

	send_ints(chan.tx, 0, 2);
	begin(&behind, grow, &grows);
	for (; !atomic_load(&grows.over); next++) {
		int n;

		check(leat_recv_by(chan.rx, &n, LEAT_NOW) == 1);
		check(n == next);
		check(leat_send_by(chan.tx, (&(int){ n + 2 }), LEAT_NOW) == 1);
	}
	must_return(&behind);
	receive_ints(chan.rx, next, 2);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(absurd_sizes, more_than_there_is, the_type_may_go, asked_about_what_is_queued,
	           asked_about_what_they_are, asked_about_nil, asked_about_an_ended_stream, each_counts,
	           all_drop_at_once, a_sending_end_is_sent, a_queued_handle_is_alive, streams_of_streams_are_released,
	           a_discarded_handle_is_dropped, ready_made_types_copy, more_room_for_what_is_queued, never_less_room,
	           more_room_lets_senders_in, no_room_to_be_had, what_has_ended_stays_so, units_and_timers_queue_too,
	           grows_while_it_is_used);
}
