/* SPDX-License-Identifier: 0BSD
 *
 * select_ready.c - a select does one case that was really ready, and leaves the others as they were. crossbeam also has
 * `ready`, which tells which case is ready; the operation may then fail. Here choosing and doing are one step. So the
 * chosen operation has happened, whatever other threads do on the same channels.
 */
#include "../test.h"

enum { THREADS = 4, EACH = 1500 };

static void only_one_of_two(void)
{
	leat_chan one = leat_make(int, capacity + 1), other = leat_make(int, capacity + 1);
	int n = -1, m = -1;
	leat_case on[] = { LEAT_RECV(one.rx, &n), LEAT_RECV(other.rx, &m) };

	for (int i = 0; i < 200; i++, n = m = -1) {
		int chosen;

		check(leat_send(one.tx, &i) == 1 && leat_send(other.tx, &i) == 1);
		chosen = leat_select(on, LEAT_NEVER);
		check(on[chosen].ok == 1 && leat_len(one) + leat_len(other) == 1);
		check(n == (chosen == 0 ? i : -1) && m == (chosen == 1 ? i : -1));
		check(leat_select(on, LEAT_NOW) == !chosen && n == i && m == i);
		check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	}
	leat_drop(one);
	leat_drop(other);
}

/* Each select has one ready case: a send, a receive, or an end. */
static void the_only_one_that_is_ready(void)
{
	leat_chan full = leat_make(int, capacity), empty = leat_make(int, capacity);
	leat_chan roomy = leat_make(int, capacity + 1), ended = leat_make(int, capacity);
	int n = 7, got = -1;
	leat_case on[] = { LEAT_SEND(full.tx, &n), LEAT_RECV(empty.rx, &got), { 0 } };

	send_ints(full.tx, 0, capacity);
	leat_drop(ended.tx);
	check(leat_select(on, LEAT_NOW) == -1 && errno == EAGAIN);
	on[2] = LEAT_SEND(roomy.tx, &n);
	check(leat_select(on, LEAT_NEVER) == 2 && on[2].ok == 1);
	on[2] = LEAT_RECV(roomy.rx, &got);
	check(leat_select(on, LEAT_NEVER) == 2 && on[2].ok == 1 && got == 7);
	on[2] = LEAT_RECV(ended.rx, &got);
	check(leat_select(on, LEAT_NEVER) == 2 && on[2].ok == 0 && got == 0);
	on[2] = LEAT_GONE(roomy.tx);
	check(leat_select(on, LEAT_NOW) == -1);
	leat_drop(roomy.rx);
	check(leat_select(on, LEAT_NEVER) == 2 && on[2].ok == 0);
	check(leat_len(full) == capacity && leat_len(empty) == 0);
	leat_drop(roomy.tx);
	leat_drop(ended.rx);
	leat_drop(full);
	leat_drop(empty);
}

typedef struct {
	background behind;
	leat_chan full, empty;
	int chosen, ok, got;
} chooser;

static void choose(void *of_chooser)
{
	chooser *self = of_chooser;
	int n = (int)capacity;
	leat_case on[] = { LEAT_SEND(self->full.tx, &n), LEAT_RECV(self->empty.rx, &self->got) };

	self->chosen = leat_select(on, LEAT_NEVER);
	self->ok = on[self->chosen].ok;
}

/* A case that becomes ready wakes the select. The other operation has not happened, and will not. */
static void unblocked_by_either(void)
{
	for (int which = 0; which < 2; which++) {
		chooser self = { .full = leat_make(int, capacity), .empty = leat_make(int, capacity), .got = -1 };
		int n;

		send_ints(self.full.tx, 0, capacity);
		begin(&self.behind, choose, &self);
		must_block(&self.behind);
		if (which == 0)
			receive_ints(self.full.rx, 0, capacity + 1);
		else
			send_ints(self.empty.tx, 5, 1);
		must_return(&self.behind);
		check(self.chosen == which && self.ok == 1 && self.got == (which ? 5 : -1));
		check(leat_len(self.full) == (which ? capacity : 0) && leat_len(self.empty) == 0);
		check(which || leat_recv_by(self.full.rx, &n, LEAT_NOW) == -1);
		check(leat_send_by(self.empty.tx, &which, LEAT_NOW) == (capacity ? 1 : -1));
		leat_drop(self.full);
		leat_drop(self.empty);
	}
}

static leat_chan chans[2];
static atomic_int arrived[THREADS * EACH];

static void send_to_either(void *of_number)
{
	int number = *(int *)of_number, value;
	leat_case on[] = { LEAT_SEND(chans[0].tx, &value), LEAT_SEND(chans[1].tx, &value) };

	for (int i = 0; i < EACH; i++) {
		int chosen;

		value = number * EACH + i;
		chosen = leat_select(on, LEAT_NEVER);
		check(chosen >= 0 && on[chosen].ok == 1);
	}
}

/* Both places are overwritten before each select. A place into which the select did not receive must stay so. The
 * channels have another order than in the selects of the senders. That must not matter. */
static void receive_from_either(void *nothing)
{
	int values[2];
	leat_case on[] = { LEAT_RECV(chans[1].rx, &values[0]), LEAT_RECV(chans[0].rx, &values[1]) };

	(void)nothing;
	for (int i = 0; i < EACH; i++) {
		int chosen;

		values[0] = values[1] = -1;
		chosen = leat_select(on, LEAT_NEVER);
		check(chosen >= 0 && on[chosen].ok == 1 && values[chosen] >= 0 && values[!chosen] == -1);
		atomic_fetch_add(&arrived[values[chosen]], 1);
	}
}

static void what_was_chosen_has_happened_once(void)
{
	background threads[2 * THREADS];
	int numbers_of[THREADS];

	chans[0] = leat_make(int, capacity);
	chans[1] = leat_make(int, capacity);
	for (int i = 0; i < THREADS; i++) {
		numbers_of[i] = i;
		begin(&threads[2 * i], send_to_either, &numbers_of[i]);
		begin(&threads[2 * i + 1], receive_from_either, NULL);
	}
	for (int i = 0; i < 2 * THREADS; i++)
		must_return(&threads[i]);
	for (int i = 0; i < THREADS * EACH; i++)
		check(atomic_exchange(&arrived[i], 0) == 1);
	check(leat_len(chans[0]) == 0 && leat_len(chans[1]) == 0);
	leat_drop(chans[0]);
	leat_drop(chans[1]);
}

int main(int argc, char **argv)
{
	return RUN(only_one_of_two, the_only_one_that_is_ready, unblocked_by_either, what_was_chosen_has_happened_once);
}
