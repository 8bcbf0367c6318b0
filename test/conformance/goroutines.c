/* SPDX-License-Identifier: 0BSD
 *
 * goroutines.c - Go promises that ten thousand goroutines in a row pass a value on. Here two hundred threads do. They
 * are threads of the kernel, each with a stack (leat_stack_size) and an entry in the tables of the kernel.
 */
#include "go.h"

enum { LINKS = 200, VALUES = 3 };

typedef struct { leat_rx right; leat_tx left; } handing;

/* Pass all values from right to left, each increased by one. */
static void pass_on(void *of_handing)
{
	handing *self = of_handing;

	for (int n; leat_recv(self->right, &n) > 0;) {
		n++;
		check(leat_send(self->left, &n) == 1);
	}
	leat_drop(self->right);
	leat_drop(self->left);
}

static void a_value_goes_through_all(void)
{
	static handing links[LINKS];
	leat_chan chan = leat_make(int, capacity);
	leat_rx leftmost = chan.rx;

	for (int i = 0; i < LINKS; i++) {
		leat_tx left = chan.tx;

		chan = leat_make(int, capacity);
		links[i] = (handing){ chan.rx, left };
		start(pass_on, &links[i]);
	}
	check(leat_live() == LINKS);
	for (int i = 0, n; i < VALUES; i++) {
		check(leat_send(chan.tx, &i) == 1);
		check(leat_recv(leftmost, &n) == 1 && n == i + LINKS);
	}
	leat_drop(chan.tx);
	check(leat_wait(leftmost) == 0);
	join();
	leat_drop(leftmost);
}

int main(int argc, char **argv)
{
	return RUN(a_value_goes_through_all);
}
