/* SPDX-License-Identifier: 0BSD
 *
 * select_stress.c - Go promises that many plain operations and selects on the same channels lose nothing and do not
 * deadlock. The same holds here. Each value is counted.
 */
#include "go.h"

enum { CHANS = 4, EACH = 500 };

static leat_chan chans[CHANS];
static atomic_int seen[CHANS][2 * EACH];

static void make_all(void)
{
	chans[0] = leat_make(int, capacity);
	chans[1] = leat_make(int, 0);
	chans[2] = leat_make(int, 2);
	chans[3] = leat_make(int, capacity + 1);
}

static void note(size_t channel, int value)
{
	check(value >= 0 && value < 2 * EACH);
	atomic_fetch_add(&seen[channel][value], 1);
}

static void send_on_one(void *of_chan)
{
	const leat_chan *chan = of_chan;

	send_ints(chan->tx, 0, EACH);
}

static void receive_from_one(void *of_chan)
{
	const leat_chan *chan = of_chan;

	for (int i = 0, n; i < EACH; i++) {
		check(leat_recv(chan->rx, &n) == 1);
		note((size_t)(chan - chans), n);
	}
}

/* Send EACH values on each channel, in the order in which the select chooses. The cases are not in the order of the
 * channels. */
static void send_on_all(void *unused)
{
	static const size_t order[CHANS] = { 3, 2, 0, 1 };
	int next[CHANS] = { EACH, EACH, EACH, EACH };
	leat_case on[CHANS];

	(void)unused;
	for (size_t i = 0; i < CHANS; i++)
		on[i] = LEAT_SEND(chans[order[i]].tx, &next[i]);
	for (int i = 0; i < CHANS * EACH; i++) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1);
		if (++next[chosen] == 2 * EACH)
			on[chosen].ch = NULL;
	}
}

static void receive_from_all(void *unused)
{
	int n, count[CHANS] = { 0 };
	leat_case on[CHANS];

	(void)unused;
	for (size_t i = 0; i < CHANS; i++)
		on[i] = LEAT_RECV(chans[i].rx, &n);
	for (int i = 0; i < CHANS * EACH; i++) {
		int chosen = leat_select(on, LEAT_NEVER);

		check(chosen >= 0 && on[chosen].ok == 1);
		note((size_t)chosen, n);
		if (++count[chosen] == EACH)
			on[chosen].ch = NULL;
	}
}

static void plain_ones_and_selects(void)
{
	make_all();
	for (size_t i = 0; i < CHANS; i++) {
		start(send_on_one, &chans[i]);
		start(receive_from_one, &chans[i]);
	}
	start(send_on_all, NULL);
	start(receive_from_all, NULL);
	join();
	for (size_t i = 0; i < CHANS; i++) {
		must_all_be(1, seen[i], 2 * EACH);
		check(leat_len(chans[i]) == 0);
		leat_drop(chans[i]);
	}
}

int main(int argc, char **argv)
{
	return RUN(plain_ones_and_selects);
}
