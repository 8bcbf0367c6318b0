/* SPDX-License-Identifier: 0BSD
 *
 * corners.c - rare uses that leat.h describes. A channel without receivers is closed. Channels hold their own ends. The
 * thread of a handle has ended. A select has no cases. A function takes long to return.
 */
#include "../test.h"

static const leat_rx nil;

/* ---------------------------------------------------------------------------------------------- the end, twice -- */

/* A channel without receivers is not closed yet. It can still be closed once, with a cause. */
static void closing_without_receivers_is_told_once(void)
{
	leat_chan closed = leat_make(int, capacity), dropped = leat_make(int, capacity);

	leat_drop(closed.rx);
	check(leat_closed(closed.tx) == 1 && leat_cause(closed.tx) == 0);
	check(leat_close_with(closed.tx, EIO) == 1 && leat_cause(closed.tx) == EIO);
	check(leat_close(closed.tx) == 0 && leat_cause(closed.tx) == EIO);
	leat_drop(closed.tx);
	leat_drop(dropped.rx);
	check(leat_drop_with(dropped.tx, EIO) == 1);
}

static void closing_after_its_time_is_too_late(void)
{
	leat_chan timer = leat_make_until(leat_now(), 0);

	check(leat_close_with(timer.tx, EIO) == 0 && leat_cause(timer) == ETIMEDOUT);
	leat_drop(timer);
}

/* -------------------------------------------------------------------------------------------- whose handle it is -- */

static void a_copy_of_the_struct_is_the_same_handle(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_tx copy = chan.tx, another = leat_dup(chan.tx);

	leat_drop(copy);
	check(leat_closed(chan.rx) == 0);
	leat_drop(another);
	check(leat_closed(chan.rx) == 1);
	leat_drop(chan.rx);
}

static leat_chan left;

static void make_and_send(void *arg)
{
	(void)arg;
	left = leat_make_of(&owned_type, capacity + 1);
	for (int i = 0; i <= (int)capacity; i++) {
		owned value = own(i);

		check(leat_send(left.tx, &value) == 1);
	}
}

static void handles_outlive_the_thread_that_made_them(void)
{
	background maker;

	begin(&maker, make_and_send, NULL);
	must_return(&maker);
	check(leat_closed(left.rx) == 0 && leat_len(left) == capacity + 1);
	must_receive_owned(left.rx, 0);
	leat_drop(left);
}

/* ------------------------------------------------------------------------------------ in circles, and in turn -- */

/* A value that holds a sending end of the channel through which it is sent. */
struct circle { leat_tx back; owned owned; };

static void circle_release(void *value)
{
	struct circle *circle = value;

	leat_drop(circle->back);
	disown(circle->owned);
}

/* The last sending end is dropped by a release function, while the channel is being emptied. */
static void a_channel_may_queue_its_own_sender(void)
{
	leat_type type = { "circle", sizeof(struct circle), NULL, circle_release };
	leat_chan chan = leat_make_of(&type, capacity + 2);
	struct circle one = { leat_dup(chan.tx), own(1) }, other = { chan.tx, own(2) };

	check(leat_send(chan.tx, &one) == 1 && leat_send(chan.tx, &other) == 1);
	check(leat_closed(chan.rx) == 0);
	leat_drop(chan.rx);
	check(atomic_load(&owned_alive) == 0);
}

/* Each value is a handle of the next channel. `events` keeps the order of what happens. */
static char events[8];

static void note(char event)
{
	size_t length = strlen(events);

	check(length + 1 < sizeof events);
	events[length] = event;
}

static void inner_release(void *value)
{
	(void)value;
	note('i');
}

static void outer_release(void *value)
{
	note('(');
	leat_drop(*(leat_rx *)value);
	note(')');
}

static void what_a_release_drops_is_released_after_it(void)
{
	leat_chan inner = leat_make_of(&(leat_type){ "inner", sizeof(int), NULL, inner_release }, 1);
	leat_chan outer = leat_make_of(&(leat_type){ "outer", sizeof(leat_rx), NULL, outer_release }, 2);

	memset(events, 0, sizeof events);
	check(leat_send(inner.tx, &(int){ 1 }) == 1);
	check(leat_send(outer.tx, &inner.rx) == 1 && leat_send(outer.tx, &nil) == 1);
	leat_drop(inner.tx);
	leat_drop(outer);
	check(strcmp(events, "()()i") == 0);
}

/* --------------------------------------------------------------------------------------- nothing, and too long -- */

static void a_select_of_nothing_has_its_deadline(void)
{
	leat_time soon = leat_in(LEAT_MS(2));

	check(leat_select_n(NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_select_first_n(NULL, 0, soon) == -1 && errno == ETIMEDOUT && leat_now() >= soon);
	check(leat_select_n(NULL, -1, LEAT_NEVER) == -1 && errno == EINVAL);
}

/* A duration that is given as a deadline means a time soon after the machine was started. Values that are ready are
 * still taken. */
static void a_duration_is_a_deadline_long_past(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int n = 0;

	check(leat_recv_by(chan.rx, &n, LEAT_MS(1)) == -1 && errno == ETIMEDOUT);
	check(leat_send_by(chan.tx, &n, LEAT_MS(1)) == 1);
	check(leat_recv_by(chan.rx, &n, LEAT_MS(1)) == 1);
	leat_drop(chan);
}

static leat_chan begun, gate;

static int wait_for_gate(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	check(leat_signal(begun.tx) == 1);
	check(leat_wait(gate.rx) == 0);
	return 1;
}

/* leat does not interrupt a function. When the function returns, its stage sees that done is over and emits nothing
 * more. */
static void a_function_that_blocks_is_waited_for(void)
{
	leat_chan done = leat_make_unit();
	leat_rx out;
	int n;

	begun = leat_make_unit();
	gate = leat_make_unit();
	out = leat_map(done.rx, leat_repeat(done.rx, LEAT_VALUES(int, 1)), int, wait_for_gate, NULL);
	leat_drop(done.rx);
	check(leat_wait(begun.rx) == 1);
	leat_close(done.tx);
	check(leat_wait_gone(done.tx, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	check(leat_wait_all(LEAT_NOW) == -1 && errno == EAGAIN);
	leat_close(gate.tx);
	check(leat_recv(out, &n) == 0 && leat_cause(out) == ECANCELED);
	check(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(out);
	leat_drop(done.tx);
	leat_drop(begun);
	leat_drop(gate);
}

int main(int argc, char **argv)
{
	return RUN(closing_without_receivers_is_told_once, closing_after_its_time_is_too_late,
	           a_copy_of_the_struct_is_the_same_handle, handles_outlive_the_thread_that_made_them,
	           a_channel_may_queue_its_own_sender, what_a_release_drops_is_released_after_it,
	           a_select_of_nothing_has_its_deadline, a_duration_is_a_deadline_long_past,
	           a_function_that_blocks_is_waited_for);
}
