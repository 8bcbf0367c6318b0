/* SPDX-License-Identifier: 0BSD
 *
 * select_many.c - Go promises that a select of up to 65536 cases finds the ready one. The same holds here for any
 * number of cases on different channels, because the array belongs to the caller.
 */
#include "go.h"

enum { MANY = 200 };

static leat_chan chans[MANY];
static int in[MANY], out[MANY];

/* Cases that receive from, or send to, each channel. None is ready. */
static void make_idle(leat_case *on, int sends)
{
	for (int i = 0; i < MANY; i++) {
		chans[i] = leat_make(int, capacity);
		if (sends)
			fill(chans[i]);
		in[i] = -1;
		out[i] = i;
		on[i] = sends ? LEAT_SEND(chans[i].tx, &out[i]) : LEAT_RECV(chans[i].rx, &in[i]);
	}
	check(leat_select_n(on, MANY, LEAT_NOW) == -1 && errno == EAGAIN);
}

static void drop_all(void)
{
	for (int i = 0; i < MANY; i++)
		leat_drop(chans[i]);
}

/* The channel is ready with a value, or with its end if it has no room for a value. */
static void the_one_that_is_ready_is_found(void)
{
	static leat_case on[MANY];

	make_idle(on, 0);
	for (int i = 0; i < MANY; i++) {
		check((capacity ? leat_send(chans[i].tx, &i) : leat_close(chans[i].tx)) == 1);
		check(leat_select(on, i % 2 ? LEAT_NEVER : LEAT_NOW) == i);
		check(on[i].ok == (capacity > 0) && in[i] == (capacity ? i : 0));
		on[i].ch = NULL;
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	}
	drop_all();
}

/* ------------------------------------------------------------------------------------------------- asleep -- */

typedef struct { leat_case *on; atomic_int chosen[MANY]; } selecting;

/* The select chooses each case in the order in which they become ready. A chosen case is switched off. */
static void select_all(void *of_selecting)
{
	selecting *self = of_selecting;

	for (int i = 0; i < MANY; i++) {
		int chosen = leat_select_n(self->on, MANY, LEAT_NEVER);

		check(chosen >= 0 && self->on[chosen].ok == 1);
		atomic_store(&self->chosen[i], chosen);
		self->on[chosen].ch = NULL;
	}
}

/* An order that differs much from that of the array. */
static int nth(int i)
{
	return i * 77 % MANY;
}

static void wake_by_each(int sends)
{
	static leat_case on[MANY];
	static selecting self;

	clock_runs();
	make_idle(on, sends);
	self.on = on;
	start(select_all, &self);
	for (int i = 0, n; i < MANY; i++) {
		leat_chan chan = chans[nth(i)];

		until_all_sleep();
		check((sends ? leat_recv(chan.rx, &n) : leat_send(chan.tx, &out[nth(i)])) == 1);
	}
	join();
	leat_clock_real();
	for (int i = 0; i < MANY; i++)
		check(atomic_load(&self.chosen[i]) == nth(i));
}

static void asleep_it_is_woken_to_receive(void)
{
	wake_by_each(0);
	for (int i = 0; i < MANY; i++)
		check(in[i] == i && leat_len(chans[i]) == 0);
	drop_all();
}

static void asleep_it_is_woken_to_send(void)
{
	wake_by_each(1);
	for (int i = 0; i < MANY; i++) {
		for (size_t left = capacity; left > 0; left--) {
			int n;

			check(leat_recv_by(chans[i].rx, &n, LEAT_NOW) == 1);
			check(left > 1 || n == i);
		}
		check(leat_len(chans[i]) == 0);
	}
	drop_all();
}

int main(int argc, char **argv)
{
	return RUN(the_one_that_is_ready_is_found, asleep_it_is_woken_to_receive, asleep_it_is_woken_to_send);
}
