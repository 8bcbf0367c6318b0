/* SPDX-License-Identifier: 0BSD
 *
 * bridge - make one stream out of a stream of streams, one after the other: leat_bridge.
 *
 * leat_rx_type lets a channel carry receiving ends. A send of a receiving end gives it away.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_chan streams = leat_make_of(&leat_rx_type, 3);
	leat_rx numbers = leat_bridge(done.rx, streams.rx, int);
	int cause;

	for (int ten = 10; ten <= 30; ten += 10) {
		leat_rx stream = leat_generator(done.rx, LEAT_VALUES(int, ten, ten + 1));

		if (leat_send(streams.tx, &stream) <= 0)
			leat_drop(stream); /* the send failed, so the stream is still ours: the bridge has ended */
	}
	leat_drop(streams.tx);
	for (int n; leat_recv(numbers, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(numbers);
	if (cause)
		fprintf(stderr, "bridge: %s\n", leat_strerror(cause));
	leat_drop(numbers);
	leat_drop(done);
	return cause != 0;
}
