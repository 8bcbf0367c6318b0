/* SPDX-License-Identifier: 0BSD
 *
 * faults_select.c - Go promises that selects do not consume memory; here: a send, a receive and a select allocate
 * nothing at all, whatever the number of cases, asleep or not. An allocation would be told here: the first one fails,
 * and is counted.
 */
#include "../faults/faults.h"

enum { CASES = 300, VALUES = 500 };

typedef struct { leat_chan chan, idle; } ends;

/* By a select of many cases, or by a call. */
static void receive_all(void *of_ends)
{
	ends *self = of_ends;
	leat_case on[CASES];
	int n = -1;

	for (int i = 0; i < CASES; i++)
		on[i] = LEAT_RECV(i == CASES / 2 ? self->chan.rx : self->idle.rx, &n);
	for (int i = 0; i < VALUES; i++) {
		if (i % 3 == 0)
			check(leat_recv(self->chan.rx, &n) == 1);
		else
			check(leat_select(on, i % 2 ? LEAT_NEVER : leat_in(LEAT_S(90))) == CASES / 2);
		check(n == i);
	}
}

static void send_all(const ends *self)
{
	for (int i = 0; i < VALUES; i++) {
		leat_case on[] = { LEAT_WAIT(self->idle.rx), LEAT_SEND(self->chan.tx, &i) };

		if (i % 2)
			check(leat_send(self->chan.tx, &i) == 1);
		else
			check(leat_select(on, LEAT_NEVER) == 1);
	}
}

static void nothing_is_allocated(void)
{
	ends self = { leat_make(int, capacity), leat_make(int, capacity) };
	int before = atomic_load(&allocations.injected);
	background receiver;

	begin(&receiver, receive_all, &self);
	atomic_store(&allocations.left, 0);
	send_all(&self);
	must_return(&receiver);
	check(atomic_load(&allocations.injected) == before);
	leat_drop(self.chan);
	leat_drop(self.idle);
	check(leat_never_started(leat_make(int, capacity))); /* the next one that wants some gets none */
	check(atomic_load(&allocations.injected) == before + 1);
	atomic_store(&allocations.left, -1);
}

int main(int argc, char **argv)
{
	return RUN(nothing_is_allocated);
}
