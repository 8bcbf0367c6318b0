/* SPDX-License-Identifier: 0BSD
 *
 * bridge_early - send a stream before there is anything in it. Its receiver waits for the values as for those of any
 * other stream.
 *
 * leat_bridge makes one stream of ten, each of which holds one number.
 * The book: P40, fig-bridge-channel.go
 */
#include <leat.h>
#include <stdio.h>

static void send_streams(void *of_streams)
{
	leat_tx streams = *(leat_tx *)of_streams;

	for (int i = 0; i < 10; i++) {
		leat_chan one = leat_make(int, 1);

		if (leat_send(streams, &one.rx) <= 0)
			leat_drop(one.rx); /* the send failed, so the stream is still ours */
		(void)leat_send(one.tx, &i); /* 0: nobody receives; the next call says so too */
		leat_drop(one.tx);
	}
	leat_drop(streams);
}

int main(void)
{
	leat_rx never = LEAT_NIL, numbers;
	leat_chan streams = leat_make_of(&leat_rx_type, 0);
	int cause;

	if (leat_go(send_streams, &streams.tx) < 0)
		(void)leat_drop_with(streams.tx, errno);
	numbers = leat_bridge(never, streams.rx, int);
	for (int n; leat_recv(numbers, &n) > 0;)
		printf("%d ", n);
	printf("\n");

	cause = leat_cause(numbers);
	if (cause)
		fprintf(stderr, "bridge_early: %s\n", leat_strerror(cause));
	leat_drop(numbers);
	return leat_wait_all(LEAT_NEVER) < 0 || cause;
}
