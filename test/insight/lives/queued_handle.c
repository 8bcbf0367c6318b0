/* SPDX-License-Identifier: 0BSD
 *
 * queued_handle - the only sending end of a channel is in the queue of another one. A stage, which is still at work on
 * the value before it, will take it out and send. Main holds no handle of either, and waits.
 */
#include "../insight.h"

static int answer(void *arg, const void *in)
{
	(void)arg;
	compute();
	(void)leat_send(*(const leat_tx *)in, &(int){ 42 });
	return 0;
}

static void serve(void *requests)
{
	must(leat_each(LEAT_NIL, *(leat_rx *)requests, 1, answer, NULL) == 0);
}

int main(void)
{
	leat_chan requests = leat_make_of(&leat_tx_type, 2), first = leat_make(int, 1), second = leat_make(int, 1);

	start(serve, &requests.rx);
	must(leat_send(requests.tx, &first.tx) > 0 && leat_send(requests.tx, &second.tx) > 0);
	leat_drop(requests.tx);
	must(leat_drain(second.rx) == 0 && leat_drain(first.rx) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
