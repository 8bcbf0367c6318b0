/* SPDX-License-Identifier: 0BSD
 *
 * nested_selects.c - a select inside the code that another select chose, on the same channels and with the same array.
 * Also a select in the function of a stage, and in a release function that a select calls. After crossbeam's nesting
 * tests. The array belongs to the caller, and is free again as soon as the select has returned.
 */
#include "../test.h"

/* Four selects are nested. They use the two ends of one channel in turn. */
static void on_the_same_channel(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	int out = 0, in = -1;
	leat_case sends[] = { LEAT_SEND(chan.tx, &out) }, receives[] = { LEAT_RECV(chan.rx, &in) };
	int deep = 0;

	if (leat_select(sends, LEAT_NEVER) == 0 && ++deep)
		if (leat_select(receives, LEAT_NEVER) == 0 && in == 0 && ++deep) {
			leat_case again[] = { LEAT_SEND(chan.tx, &(int){ 1 }) };

			if (leat_select(again, LEAT_NEVER) == 0 && ++deep)
				if (leat_select(receives, LEAT_NOW) == 0 && in == 1)
					deep++;
		}
	check(deep == 4 && leat_len(chan) == 0);
	leat_drop(chan);
}

typedef struct {
	background behind;
	leat_rx in;
	leat_tx out;
	leat_rx done;
} relay;

/* The usual way to pass values on: wait for a value, then send it, both unless done. */
static void pass_on(void *of_relay)
{
	relay *self = of_relay;
	int n;
	leat_case takes[] = { LEAT_WAIT(self->done), LEAT_RECV(self->in, &n) };

	while (leat_select(takes, LEAT_NEVER) == 1 && takes[1].ok) {
		leat_case gives[] = { LEAT_WAIT(self->done), LEAT_SEND(self->out, &n) };

		if (leat_select(gives, LEAT_NEVER) == 0)
			break;
		check(gives[1].ok == 1);
	}
	leat_drop(self->in);
	leat_drop(self->out);
}

static void take_then_give(void)
{
	leat_chan out = leat_make(int, capacity), done = leat_make_unit();
	relay self = { .in = numbers(0, 500), .out = out.tx, .done = done.rx };

	begin(&self.behind, pass_on, &self);
	must_yield(out.rx, 0, 1, 500);
	must_return(&self.behind);
	leat_drop(done);
}

/* done comes while the inner select sleeps. The inner select returns, and the outer one does not run again. */
static void ended_inside(void)
{
	leat_chan in = leat_make(int, capacity + 1), out = leat_make(int, 0), done = leat_make_unit();
	relay self = { .in = in.rx, .out = out.tx, .done = done.rx };
	int n;

	send_ints(in.tx, 0, 1);
	begin(&self.behind, pass_on, &self);
	must_block(&self.behind);
	leat_drop(done.tx);
	must_return(&self.behind);
	check(leat_recv(out.rx, &n) == 0 && leat_closed(in.tx) == 1);
	leat_drop(in.tx);
	leat_drop(out.rx);
	leat_drop(done.rx);
}

/* A stage waits in a select, and so does its function. */
static int add_one_of(void *of_rx, const void *in, void *out)
{
	int n = 0;
	leat_case on[] = { LEAT_RECV(*(leat_rx *)of_rx, &n), { 0 } };

	if (leat_select(on, LEAT_NEVER) != 0 || !on[0].ok)
		return -EIO;
	*(int *)out = *(const int *)in + n;
	return 1;
}

static void inside_a_stage(void)
{
	leat_rx nobody = LEAT_NIL, others = numbers(0, 200);

	must_yield(leat_map(nobody, numbers(0, 200), int, add_one_of, &others), 0, 2, 400);
	leat_drop(others);
}

/* A select discards a value, whose release function is a select that discards a value. */
static leat_chan levels[3];
static int released;

static void release_and_discard_next(void *of_level)
{
	int next = *(int *)of_level + 1;

	released++;
	if (next < 3) {
		leat_case on[] = { LEAT_WAIT(levels[next].rx) };

		check(leat_select(on, LEAT_NOW) == 0 && on[0].ok == 1);
	}
}

static void inside_a_release(void)
{
	leat_type type = { "level", sizeof(int), NULL, release_and_discard_next };

	released = 0;
	for (int i = 0; i < 3; i++) {
		levels[i] = leat_make_of(&type, capacity + 1);
		check(leat_send(levels[i].tx, &i) == 1);
	}
	{
		leat_case on[] = { { 0 }, LEAT_WAIT(levels[0].rx) };

		check(leat_select(on, LEAT_NEVER) == 1 && on[1].ok == 1);
	}
	check(released == 3);
	for (int i = 0; i < 3; i++)
		leat_drop(levels[i]);
	check(released == 3);
}

int main(int argc, char **argv)
{
	return RUN(on_the_same_channel, take_then_give, ended_inside, inside_a_stage, inside_a_release);
}
