/* SPDX-License-Identifier: 0BSD
 *
 * fib_channels - the book's fork and join on threads and channels: each call is a thread that sends its result.
 *
 * Here each fork is a thread, which is much for one addition. forkjoin.c does the same without starting threads.
 */
#include <leat.h>
#include <stdio.h>

struct fib {
	int n;
	leat_tx result;
};

static int receive(leat_rx from)
{
	int value;
	int received = leat_recv(from, &value) > 0;

	leat_drop(from);
	return received ? value : 0;
}

static leat_rx start(struct fib *fib);

static void fib(void *arg)
{
	struct fib self = *(struct fib *)arg, less[] = { { self.n - 1, { NULL } }, { self.n - 2, { NULL } } };
	int result = 1;

	if (self.n > 2) {
		leat_rx one_less = start(&less[0]), two_less = start(&less[1]);

		result = receive(one_less) + receive(two_less);
	}
	(void)leat_send(self.result, &result); /* if nobody is left to receive, nobody wants the result */
	leat_drop(self.result);
}

/* *self must stay valid until the result has come. */
static leat_rx start(struct fib *self)
{
	leat_chan result = leat_make(int, 0);

	self->result = result.tx;
	if (leat_go(fib, self) < 0)
		(void)leat_drop_with(result.tx, errno);
	return result.rx;
}

int main(void)
{
	struct fib four = { 4, { NULL } };

	printf("fib(4) = %d\n", receive(start(&four)));
	return leat_wait_all(LEAT_NEVER) < 0;
}
