/* SPDX-License-Identifier: 0BSD
 *
 * same_channel.c - which handles belong to the same channel, for each kind of channel: a duplicate does, and a handle
 * of another such channel does not. After crossbeam's same_channel. There all `never` channels are the same, and here
 * all nil ones are. leat_same takes either end. Streams that failed with the same cause are the same, too.
 */
#include "../test.h"

static void must_differ(leat_rx one, leat_rx other)
{
	leat_rx again = leat_dup(one);

	check(leat_same(one, one) && leat_same(one, again) && leat_same(again, one));
	check(!leat_same(one, other) && !leat_same(other, again));
	leat_drop(one);
	check(!leat_same(again, other));
	leat_drop(again);
	leat_drop(other);
}

static void like_ones_are_not_the_same(void)
{
	must_differ(leat_after(LEAT_MS(50)), leat_after(LEAT_MS(50)));
	must_differ(leat_at(0), leat_at(0));
	must_differ(leat_tick(LEAT_MS(50)), leat_tick(LEAT_MS(50)));
	must_differ(leat_tick(LEAT_MS(50)), leat_tick(LEAT_MS(100)));
	must_differ(leat_tick(LEAT_MS(50)), leat_after(LEAT_MS(50)));
	must_differ(numbers(0, 1), numbers(0, 1));
	must_differ(leat_ended(EIO), leat_ended(EPIPE));
}

static void both_ends(void)
{
	leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity), more = leat_dup(one);

	check(leat_same(one.tx, one.rx) && leat_same(one.tx, more.tx) && leat_same(more.rx, one.tx));
	check(leat_same(one, more) && leat_same(one, more.tx));
	check(!leat_same(one.tx, other.tx) && !leat_same(one.rx, other.rx) && !leat_same(one.tx, other.rx));
	leat_drop(more);
	leat_drop(one.tx);
	check(!leat_same(one.rx, other.rx));
	leat_drop(one.rx);
	leat_drop(other);
}

/* A handle still belongs to its channel after it was sent, and after the channel got more room. */
static void wherever_it_goes(void)
{
	leat_chan inner = leat_make(int, capacity), outer = leat_make_of(&leat_rx_type, capacity + 1);
	leat_rx moved;

	check(leat_send(outer.tx, &inner.rx) == 1 && leat_recv(outer.rx, &moved) == 1);
	check(leat_same(moved, inner.tx));
	moved = leat_buffer(moved, capacity + 5);
	check(leat_same(moved, inner.tx));
	leat_drop(moved);
	leat_drop(inner.tx);
	leat_drop(outer);
}

static void nil_and_failed(void)
{
	leat_chan nil = { { NULL }, { NULL } }, failed = leat_make(int, -1), chan = leat_make(int, capacity);
	leat_rx ended = leat_ended(EINVAL);

	check(leat_same(nil.rx, nil.rx) && leat_same(nil.tx, nil.rx));
	check(!leat_same(nil, chan) && !leat_same(nil, ended));
	check(leat_same(failed, ended) && !leat_same(failed, chan));
	leat_drop(chan);
	leat_drop(failed);
	leat_drop(ended);
}

int main(int argc, char **argv)
{
	return RUN(like_ones_are_not_the_same, both_ends, wherever_it_goes, nil_and_failed);
}
