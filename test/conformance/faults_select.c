/* SPDX-License-Identifier: 0BSD
 *
 * faults_select.c - Go promises that selects do not consume memory. Here, sends, receives and selects allocate nothing
 * at all, with any number of cases, whether they sleep or not. The first allocation would fail, and it would be
 * counted.
 */
#include "../faults/faults.h"

enum { CASES = 300, VALUES = 500 };

typedef struct { leat_chan chan, idle; } ends;

/* Receive all, with a select of many cases or with a plain call. */
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
	check(leat_never_started(leat_make(int, capacity))); /* an allocation would fail now */
	check(atomic_load(&allocations.injected) == before + 1);
	atomic_store(&allocations.left, -1);
}

int main(int argc, char **argv)
{
	return RUN(nothing_is_allocated);
}
