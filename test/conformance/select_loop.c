/* SPDX-License-Identifier: 0BSD
 *
 * select_loop.c - threads send and receive in one loop until all is done. No two of them wait for each other for ever,
 * even if nothing can be queued. Each leaves when both of its channels have ended. After crossbeam's stress_mixed and
 * loop_try, with its loops that do not wait.
 */
#include "../test.h"

enum { COUNT = 2000, RING = 3, TURNS = 300 };

typedef struct {
	background behind;
	leat_tx out;
	leat_rx in;
	int sent, received;
} party;

/* Send COUNT values and receive all that come in, in any order. */
static void both_ways_until_over(party *self)
{
	int value = 0, got;
	leat_case on[] = { LEAT_SEND(self->out, &value), LEAT_RECV(self->in, &got) };
	int open = 2;

	self->sent = self->received = 0;
	while (open > 0) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen == 0 || chosen == 1);
		if (chosen == 0) {
			check(on[0].ok == 1);
			self->sent++;
			value++;
		} else if (on[1].ok) {
			check(got == self->received++);
		}
		if ((chosen == 0 && self->sent == COUNT) || !on[chosen].ok) {
			open--;
			if (chosen == 0)
				leat_drop(self->out);
			on[chosen] = (leat_case){ 0 };
		}
	}
	leat_drop(self->in);
	check(self->sent == COUNT && self->received == COUNT);
}

static void exchange(void *of_party)
{
	both_ways_until_over(of_party);
}

static void two_in_opposite_directions(void)
{
	leat_chan there = leat_make(int, capacity), back = leat_make(int, capacity);
	party one = { .out = there.tx, .in = back.rx }, other = { .out = back.tx, .in = there.rx };

	begin(&one.behind, exchange, &one);
	both_ways_until_over(&other);
	must_return(&one.behind);
}

static void a_circle(void)
{
	leat_chan chans[RING];
	party parties[RING];

	for (int i = 0; i < RING; i++)
		chans[i] = leat_make(int, capacity);
	for (int i = 0; i < RING; i++) {
		parties[i] = (party){ .out = chans[i].tx, .in = chans[(i + 1) % RING].rx };
		begin(&parties[i].behind, exchange, &parties[i]);
	}
	for (int i = 0; i < RING; i++)
		must_return(&parties[i].behind);
}

/* Three threads. One offers values, one asks for values, and both never wait. The third meets either of them, and then
 * tells both to stop. */
typedef struct {
	leat_chan offered, asked, end;
	int sent, got;
} meeting;

static void offer(void *of_meeting)
{
	meeting *self = of_meeting;
	int one = 1;
	leat_case gives[] = { LEAT_SEND(self->offered.tx, &one) }, ends[] = { LEAT_WAIT(self->end.rx) };

	while ((self->sent = leat_select(gives, LEAT_NOW) == 0) == 0 && leat_select(ends, LEAT_NOW) < 0)
		sched_yield();
	check(!self->sent || gives[0].ok == 1);
}

static void ask(void *of_meeting)
{
	meeting *self = of_meeting;
	int n = 0;
	leat_case ends[] = { LEAT_WAIT(self->end.rx) };

	while ((self->got = leat_recv_by(self->asked.rx, &n, LEAT_NOW)) < 0 && leat_select(ends, LEAT_NOW) < 0)
		sched_yield();
	check(self->got < 0 || (self->got == 1 && n == 2));
}

static void meet_one(void)
{
	meeting self = { .offered = leat_make(int, 0), .asked = leat_make(int, 0), .end = leat_make_unit() };
	background others[2];
	int n = 0, two = 2, chosen;
	leat_case on[] = { LEAT_RECV(self.offered.rx, &n), LEAT_SEND(self.asked.tx, &two) };

	begin(&others[0], offer, &self);
	begin(&others[1], ask, &self);
	chosen = leat_select(on, LEAT_NEVER);
	check(on[chosen].ok == 1 && n == (chosen == 0));
	leat_drop(self.end.tx);
	must_return(&others[0]);
	must_return(&others[1]);
	check(self.sent == (chosen == 0) && (self.got == 1) == (chosen == 1));
	leat_drop(self.end.rx);
	leat_drop(self.offered);
	leat_drop(self.asked);
}

/* They meet, although only one of them waits. */
static void loops_that_never_wait(void)
{
	for (int i = 0; i < TURNS / 10; i++)
		meet_one();
}

int main(int argc, char **argv)
{
	return RUN(two_in_opposite_directions, a_circle, loops_that_never_wait);
}
