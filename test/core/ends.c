/* SPDX-License-Identifier: 0BSD
 *
 * ends.c - how a channel ends: by a close, or when its last sender or its last receiver leaves. Receivers then get the
 * values that are left, and after them zero for ever, with the cause of the end.
 */
#include "../test.h"

enum { WAITING = 4 };

static const leat_chan nil;

/* ------------------------------------------------------------------------------------------- close -- */

static void fifo_then_zero_for_ever(void)
{
	leat_chan chan = leat_make(int, capacity);

	send_ints(chan.tx, 0, capacity);
	check(leat_closed(chan) == 0);
	check(leat_close(chan.tx) == 1);
	check(leat_closed(chan) == 1 && leat_len(chan) == capacity);
	receive_ints(chan.rx, 0, capacity);
	for (int i = 0, n = 7; i < 3; i++, n = 7)
		check(leat_recv(chan.rx, &n) == 0 && n == 0);
	for (int i = 0, n = 7; i < 3; i++, n = 7)
		check(leat_recv_by(chan.rx, &n, LEAT_NOW) == 0 && n == 0);
	check(leat_wait(chan.rx) == 0 && leat_wait_by(chan.rx, LEAT_NOW) == 0);
	leat_drop(chan);
}

static void close_twice_and_nil(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n = 1;

	check(leat_close_with(chan.tx, EIO) == 1);
	check(leat_close(chan.tx) == 0);
	check(leat_close_with(chan.tx, EPIPE) == 0);
	check(leat_send(chan.tx, &n) == 0);
	check(leat_send_by(chan.tx, &n, LEAT_NOW) == 0);
	check(leat_cause(chan.rx) == EIO);
	errno = 0;
	check(leat_close(nil.tx) == -1 && errno == EINVAL);
	errno = 0;
	check(leat_close_with(nil.tx, EIO) == -1 && errno == EINVAL);
	errno = 0;
	check(leat_drop_with(nil.tx, EIO) == -1 && errno == EINVAL);
	leat_drop(chan);
}

static void close_wakes_all_receivers(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waiting[WAITING];

	for (int i = 0; i < WAITING; i++)
		begin_receive(&waiting[i], chan);
	for (int i = 0; i < WAITING; i++)
		must_block(&waiting[i].behind);
	check(leat_close(chan.tx) == 1);
	for (int i = 0; i < WAITING; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 0 && waiting[i].value == 0);
	}
	leat_drop(chan);
}

static void close_wakes_all_senders(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waiting[WAITING];
	int n = 7;

	send_ints(chan.tx, 0, capacity);
	for (int i = 0; i < WAITING; i++)
		begin_send(&waiting[i], chan, 1000 + i);
	for (int i = 0; i < WAITING; i++)
		must_block(&waiting[i].behind);
	check(leat_close(chan.tx) == 1);
	for (int i = 0; i < WAITING; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 0 && waiting[i].value == 1000 + i);
	}
	receive_ints(chan.rx, 0, capacity);
	check(leat_recv(chan.rx, &n) == 0 && n == 0);
	leat_drop(chan);
}

typedef struct {
	background behind;
	leat_tx tx;
	int result;
} closer;

static void close_it(void *of_closer)
{
	closer *self = of_closer;

	self->result = leat_close_with(self->tx, EPIPE);
	leat_drop(self->tx);
}

static void one_of_several_closes(void)
{
	for (int round = 0; round < 50; round++) {
		leat_chan chan = leat_make(int, capacity);
		closer closers[WAITING];
		int closed = 0;

		for (int i = 0; i < WAITING; i++) {
			closers[i].tx = leat_dup(chan.tx);
			begin(&closers[i].behind, close_it, &closers[i]);
		}
		check(leat_wait(chan.rx) == 0 && leat_cause(chan) == EPIPE);
		for (int i = 0; i < WAITING; i++) {
			must_return(&closers[i].behind);
			check(closers[i].result == 0 || closers[i].result == 1);
			closed += closers[i].result;
		}
		check(closed == 1);
		leat_drop(chan);
	}
}

/* -------------------------------------------------------------------------------- the last one leaves -- */

static void the_last_sender_dropped_closes(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_tx second = leat_dup(chan.tx), third = leat_dup(second);
	call waits;
	int n;

	send_ints(chan.tx, 0, capacity);
	leat_drop(chan.tx);
	leat_drop(third);
	check(leat_closed(chan.rx) == 0);
	receive_ints(chan.rx, 0, capacity);
	check(leat_recv_by(chan.rx, &n, LEAT_NOW) == -1 && errno == EAGAIN);
	begin_receive(&waits, (leat_chan){ { NULL }, chan.rx });
	must_block(&waits.behind);
	leat_drop(second);
	must_return(&waits.behind);
	check(waits.result == 0 && waits.value == 0);
	check(leat_closed(chan.rx) == 1 && leat_cause(chan.rx) == 0);
	leat_drop(chan.rx);
}

static void what_the_last_sender_left_is_received(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n;

	send_ints(chan.tx, 5, capacity);
	leat_drop(chan.tx);
	receive_ints(chan.rx, 5, capacity);
	check(leat_recv(chan.rx, &n) == 0);
	leat_drop(chan.rx);
}

static void the_last_receiver_dropped_ends_sends(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx second = leat_dup(chan.rx);
	call waiting[WAITING];

	send_ints(chan.tx, 0, capacity);
	for (int i = 0; i < WAITING; i++)
		begin_send(&waiting[i], (leat_chan){ chan.tx, { NULL } }, i);
	leat_drop(chan.rx);
	for (int i = 0; i < WAITING; i++)
		must_block(&waiting[i].behind);
	leat_drop(second);
	for (int i = 0; i < WAITING; i++) {
		must_return(&waiting[i].behind);
		check(waiting[i].result == 0 && waiting[i].value == i);
	}
	check(leat_send(chan.tx, &(int){ 1 }) == 0);
	check(leat_send_by(chan.tx, (&(int){ 1 }), LEAT_NOW) == 0);
	check(leat_send_n(chan.tx, ((int[]){ 1, 2 }), 2, LEAT_NEVER) == 0);
	check(leat_len(chan.tx) == 0);
	leat_drop(chan.tx);
}

/* One end is dropped while a thread at the other end is about to wait. That thread does not sleep for ever. */
static void leaving_at_any_moment(void)
{
	for (int round = 0; round < 200; round++) {
		leat_chan chan = leat_make(int, capacity);
		call late;

		send_ints(chan.tx, 0, round % 2 ? capacity : 0);
		if (round % 2)
			begin_send(&late, (leat_chan){ chan.tx, { NULL } }, 1);
		else
			begin_receive(&late, (leat_chan){ { NULL }, chan.rx });
		if (round % 4 < 2)
			sched_yield();
		leat_drop(round % 2 ? (leat_chan){ { NULL }, chan.rx } : (leat_chan){ chan.tx, { NULL } });
		must_return(&late.behind);
		check(late.result == 0);
		leat_drop(round % 2 ? (leat_chan){ chan.tx, { NULL } } : (leat_chan){ { NULL }, chan.rx });
	}
}

/* ------------------------------------------------------------------------------------------ causes -- */

static void without_receivers_it_is_closed(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_closed(chan.tx) == 0);
	leat_drop(chan.rx);
	check(leat_closed(chan.tx) == 1);
	leat_drop(chan.tx);
}

/* A cause that is no errno value becomes EINVAL. */
static void a_cause_is_an_errno_value(void)
{
	int absurd[] = { -EIO, 256, 1 << 20 };

	for (int i = 0; i < 3; i++) {
		leat_chan chan = leat_make(int, capacity);

		check(leat_close_with(chan.tx, absurd[i]) == 1 && leat_cause(chan) == EINVAL);
		leat_drop(chan);
	}
}

static void the_first_cause_stands(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_tx second = leat_dup(chan.tx), third = leat_dup(chan.tx);

	check(leat_cause(chan) == 0);
	check(leat_drop_with(second, 0) == 0 && leat_cause(chan) == 0);
	check(leat_drop_with(third, EPIPE) == 0);
	check(leat_cause(chan.rx) == EPIPE && leat_cause(chan.tx) == EPIPE);
	check(leat_closed(chan) == 0);
	check(leat_close_with(chan.tx, EIO) == 1);
	check(leat_cause(chan) == EPIPE);
	leat_drop(chan);
}

/* A natural end (cause 0) stays one: no cause can be added later. */
static void no_cause_after_the_end(void)
{
	leat_chan chan = leat_make(int, capacity);

	check(leat_close(chan.tx) == 1 && leat_cause(chan) == 0);
	check(leat_close_with(chan.tx, EIO) == 0 && leat_cause(chan) == 0);
	check(leat_drop_with(chan.tx, EPIPE) == 0);
	check(leat_cause(chan.rx) == 0);
	leat_drop(chan.rx);
}

static void one_of_several_senders_fails(void)
{
	leat_chan chan = leat_make(int, capacity + 2);
	leat_tx second = leat_dup(chan.tx);
	int n;

	send_ints(second, 0, 1);
	check(leat_drop_with(second, ENOSPC) == 0);
	check(leat_closed(chan) == 0);
	send_ints(chan.tx, 1, 1);
	check(leat_drop_with(chan.tx, 0) == 1);
	receive_ints(chan.rx, 0, 2);
	check(leat_recv(chan.rx, &n) == 0 && n == 0);
	check(leat_cause(chan.rx) == ENOSPC);
	leat_drop(chan.rx);
}

static void the_last_sender_fails(void)
{
	leat_chan chan = leat_make(int, capacity);
	call waits;

	begin_receive(&waits, (leat_chan){ { NULL }, chan.rx });
	must_block(&waits.behind);
	check(leat_drop_with(chan.tx, EIO) == 1);
	must_return(&waits.behind);
	check(waits.result == 0 && leat_cause(chan.rx) == EIO);
	leat_drop(chan.rx);
}

static void an_ended_stream(void)
{
	static const int causes[][2] = { { 0, 0 },     { EIO, EIO },       { ENOMEM, ENOMEM },    { 255, 255 },
	                                 { 256, EINVAL }, { -1, EINVAL }, { 1 << 20, EINVAL } };
	char small = 'x';
	long large[100] = { 1, [99] = 1 };

	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
		leat_rx rx = leat_ended(causes[i][0]), again = leat_dup(rx);

		check(leat_cause(rx) == causes[i][1] && leat_cause(again) == causes[i][1]);
		check(leat_closed(rx) == 1 && leat_len(rx) == 0 && leat_cap(rx) == 0 && !leat_is_nil(rx));
		check(leat_recv(rx, &small) == 0 && small == 0);
		check(leat_recv(rx, &large) == 0 && large[0] == 0 && large[99] == 0);
		check(leat_wait(rx) == 0);
		leat_drop(rx);
		leat_drop(rx);
		leat_drop(again);
		small = 'x';
		large[0] = large[99] = 1;
	}
}

/* ---------------------------------------------------------------------------------- waiting for the end -- */

typedef struct {
	background behind;
	leat_tx tx;
	int result;
} watcher;

static void wait_gone(void *of_watcher)
{
	watcher *self = of_watcher;

	self->result = leat_wait_gone(self->tx, LEAT_NEVER);
}

static void waiting_until_nobody_receives(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx second = leat_dup(chan.rx);
	watcher watchers[WAITING];

	for (int i = 0; i < WAITING; i++) {
		watchers[i].tx = chan.tx;
		begin(&watchers[i].behind, wait_gone, &watchers[i]);
	}
	check(leat_close_with(chan.tx, EIO) == 1);
	leat_drop(second);
	for (int i = 0; i < WAITING; i++)
		must_block(&watchers[i].behind);
	leat_drop(chan.rx);
	for (int i = 0; i < WAITING; i++) {
		must_return(&watchers[i].behind);
		check(watchers[i].result == 1);
	}
	check(leat_wait_gone(chan.tx, LEAT_NOW) == 1);
	leat_drop(chan.tx);
}

static void waiting_until_nobody_receives_in_vain(void)
{
	leat_chan chan = leat_make(int, capacity), failed = leat_make(int, (size_t)-1);
	leat_time until = leat_in(LEAT_MS(5));

	errno = 0;
	check(leat_wait_gone(chan.tx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_gone(chan.tx, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	check(leat_wait_gone(chan.tx, until) == -1 && errno == ETIMEDOUT);
	check(leat_wait_gone(nil.tx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_gone(nil.tx, leat_now()) == -1 && errno == ETIMEDOUT);
	check(leat_wait_gone(failed.tx, LEAT_NEVER) == 1);
	leat_drop(chan);
	leat_drop(failed);
}

static void wait_alone(void *of_rx)
{
	check(leat_wait_alone(*(leat_rx *)of_rx, LEAT_NEVER) == 1);
}

/* Closing, values and senders do not matter: only handles of the receiving end count. */
static void waiting_to_be_alone(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_rx second = leat_dup(chan.rx), third = leat_dup(chan.rx);
	background behind;

	begin(&behind, wait_alone, &chan.rx);
	must_block(&behind);
	leat_drop(third);
	check(leat_close_with(chan.tx, EIO) == 1);
	must_block(&behind);
	leat_drop(second);
	must_return(&behind);
	check(leat_wait_alone(chan.rx, LEAT_NOW) == 1);
	leat_drop(chan.tx);
	check(leat_wait_alone(chan.rx, LEAT_NEVER) == 1);
	leat_drop(chan.rx);
}

static void waiting_to_be_alone_in_vain(void)
{
	leat_chan chan = leat_make(int, capacity), failed = leat_make(int, (size_t)-1);
	leat_rx second = leat_dup(chan.rx);
	leat_time until = leat_in(LEAT_MS(5));

	errno = 0;
	check(leat_wait_alone(chan.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_alone(chan.rx, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	check(leat_wait_alone(nil.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_wait_alone(nil.rx, leat_now()) == -1 && errno == ETIMEDOUT);
	check(leat_wait_alone(failed.rx, LEAT_NEVER) == -1 && errno == EINVAL);
	leat_drop(second);
	leat_drop(chan);
	leat_drop(failed);
}

enum { HANDLES = 8, ROUNDS = 300 };

static atomic_int written;

static void drop_handle(void *of_rx)
{
	atomic_fetch_add_explicit(&written, 1, memory_order_relaxed);
	leat_drop(*(leat_rx *)of_rx);
}

/* Many handles are dropped at once. After the wait the channel can be freed, and all writes are visible. */
static void alone_when_many_leave_at_once(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		leat_chan chan = leat_make(int, capacity);
		background threads[HANDLES];

		atomic_store(&written, 0);
		for (int i = 0; i < HANDLES; i++)
			leat_dup(chan.rx);
		for (int i = 0; i < HANDLES; i++)
			begin(&threads[i], drop_handle, &chan.rx);
		check(leat_wait_alone(chan.rx, LEAT_NEVER) == 1);
		check(atomic_load_explicit(&written, memory_order_relaxed) == HANDLES);
		leat_drop(chan);
		for (int i = 0; i < HANDLES; i++)
			must_return(&threads[i]);
	}
}

static void gone_as_a_case(void)
{
	leat_chan chan = leat_make(int, capacity), other = leat_make(int, capacity);
	leat_case on[] = { LEAT_WAIT(other.rx), LEAT_GONE(chan.tx) };
	call unrelated;

	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	begin_receive(&unrelated, (leat_chan){ { NULL }, leat_dup(chan.rx) });
	must_block(&unrelated.behind);
	check(leat_select(on, leat_now()) == -1 && errno == ETIMEDOUT);
	leat_close(chan.tx);
	must_return(&unrelated.behind);
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(chan.rx);
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(unrelated.on.rx);
	on[1].ok = 1;
	check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 0);
	leat_drop(chan.tx);
	leat_drop(other);
}

int main(int argc, char **argv)
{
	return RUN(fifo_then_zero_for_ever, close_twice_and_nil, close_wakes_all_receivers, close_wakes_all_senders,
	           one_of_several_closes, the_last_sender_dropped_closes, what_the_last_sender_left_is_received,
	           the_last_receiver_dropped_ends_sends, leaving_at_any_moment, without_receivers_it_is_closed,
	           a_cause_is_an_errno_value,
	           the_first_cause_stands,
	           no_cause_after_the_end, one_of_several_senders_fails, the_last_sender_fails, an_ended_stream,
	           waiting_until_nobody_receives, waiting_until_nobody_receives_in_vain, gone_as_a_case,
	           waiting_to_be_alone, waiting_to_be_alone_in_vain, alone_when_many_leave_at_once);
}
