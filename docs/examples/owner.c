/* SPDX-License-Identifier: 0BSD
 *
 * owner - the function that makes a channel writes and closes it, and gives only the receiving end away.
 *
 * Then nobody else can send, and nobody can close the channel twice. The consumer only has to know that the stream
 * may end.
 * The book: P21, fig-confinement-ownership.go
 * The book: P44, fig-chan-ownership.go
 */
#include <leat.h>
#include <stdio.h>

static void produce(void *results)
{
	leat_tx out = *(leat_tx *)results;

	for (int i = 0; i <= 5; i++)
		(void)leat_send(out, &i); /* 0: nobody receives; the next send says so too */
	leat_drop(out);
}

/* The sending end never leaves these two functions. */
static leat_rx own_channel(void)
{
	leat_chan chan = leat_make(int, 5);

	if (leat_go_copy(produce, &chan.tx) < 0)
		(void)leat_drop_with(chan.tx, errno);
	return chan.rx;
}

int main(void)
{
	leat_rx results = own_channel();

	for (int result; leat_recv(results, &result) > 0;)
		printf("Received: %d\n", result);
	printf("Done receiving!\n");
	leat_drop(results);
	return leat_wait_all(LEAT_NEVER) < 0;
}
