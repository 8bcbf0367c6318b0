/* SPDX-License-Identifier: 0BSD
 *
 * timer_done - a pipeline waits for an input that nobody sends. Its `done` is a stream that time ends.
 */
#include "../insight.h"

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	leat_rx done = leat_after(a_while());
	leat_rx copies = leat_map(done, leat_take(done, numbers.rx, 3), int, same, NULL);

	must(leat_drain(copies) == ETIMEDOUT && leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(done);
	leat_drop(numbers.tx);
	return 0;
}
