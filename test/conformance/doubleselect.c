/* SPDX-License-Identifier: 0BSD
 *
 * doubleselect.c - Go promises that a select does exactly one of its cases, even if partners come to several of them at
 * once. The same holds here.
 */
#include "go.h"

enum { WAYS = 4, VALUES = 1500 };

static leat_chan make_ways(leat_chan *ways)
{
	for (int i = 0; i < WAYS; i++)
		ways[i] = leat_make(int, capacity);
	return leat_make(int, capacity);
}

static void drop_ways(leat_chan *ways, leat_chan last)
{
	for (int i = 0; i < WAYS; i++)
		leat_drop(ways[i]);
	leat_drop(last);
}

/* ------------------------------------------------------------------------------------------------ sending -- */

/* Send each number by one of four channels. */
static void scatter(void *of_ways)
{
	leat_chan *ways = of_ways;
	int n;
	leat_case on[] = { LEAT_SEND(ways[0].tx, &n), LEAT_SEND(ways[1].tx, &n), LEAT_SEND(ways[2].tx, &n),
		           LEAT_SEND(ways[3].tx, &n) };

	for (n = 0; n < VALUES; n++) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1);
	}
	for (int i = 0; i < WAYS; i++)
		check(leat_close(ways[i].tx) == 1);
}

typedef struct { leat_rx in; leat_tx out; } way;

static void forward(void *of_way)
{
	way *self = of_way;

	for (int n; leat_recv(self->in, &n) > 0;)
		check(leat_send(self->out, &n) == 1);
	leat_drop(self->out);
}

static void a_value_offered_four_times_goes_once(void)
{
	leat_chan chans[WAYS], all = make_ways(chans);
	way ways[WAYS];
	static atomic_int seen[VALUES];
	int count = 0;

	start(scatter, chans);
	for (int i = 0; i < WAYS; i++) {
		ways[i] = (way){ chans[i].rx, leat_dup(all.tx) };
		start(forward, &ways[i]);
	}
	leat_drop(all.tx);
	for (int n; leat_recv(all.rx, &n) > 0; count++)
		atomic_fetch_add(&seen[n], 1);
	check(count == VALUES);
	must_all_be(1, seen, VALUES);
	join();
	drop_ways(chans, (leat_chan){ { NULL }, all.rx });
}

/* ---------------------------------------------------------------------------------------------- receiving -- */

/* The chosen case has got the next value of its channel, and the other cases got nothing. */
static void must_have_one(const leat_case *on, const int *in, int chosen, int *next)
{
	check(chosen >= 0 && on[chosen].ok == 1);
	for (int i = 0; i < WAYS; i++)
		check(in[i] == (i == chosen ? next[i] : -1));
	next[chosen]++;
}

static void of_four_that_come_one_is_taken(void)
{
	leat_chan chans[WAYS], unused = make_ways(chans);
	flow flows[WAYS];
	int in[WAYS], next[WAYS] = { 0 };
	leat_case on[WAYS];

	for (int i = 0; i < WAYS; i++) {
		flows[i] = (flow){ chans[i].tx, 0, VALUES / WAYS };
		on[i] = LEAT_RECV(chans[i].rx, &in[i]);
		start(send_flow, &flows[i]);
	}
	for (int i = 0; i < VALUES / WAYS * WAYS; i++) {
		in[0] = in[1] = in[2] = in[3] = -1;
		must_have_one(on, in, leat_select(on, LEAT_NEVER), next);
	}
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	join();
	drop_ways(chans, unused);
}

int main(int argc, char **argv)
{
	return RUN(a_value_offered_four_times_goes_once, of_four_that_come_one_is_taken);
}
