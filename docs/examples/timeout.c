/* SPDX-License-Identifier: 0BSD
 *
 * timeout - two ways to limit a wait: leat_recv_by for one call, leat_after for a whole pipeline.
 *
 * leat_recv_by takes a deadline. leat_after is over at its time, and so serves as done.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

static int one_call(void)
{
	leat_chan silent = leat_make(int, 0);
	int n, result = leat_recv_by(silent.rx, &n, leat_in(LEAT_MS(10)));
	int cause = result < 0 ? errno : leat_cause(silent.rx);

	if (cause == ETIMEDOUT)
		printf("nothing came within 10 ms\n");
	leat_drop(silent);
	return cause;
}

static int whole_pipeline(void)
{
	leat_rx done = leat_after(LEAT_MS(10));
	leat_rx endless = leat_repeat(done, LEAT_VALUES(int, 1, 2, 3));
	int cause = leat_drain(endless);

	if (cause == ETIMEDOUT)
		printf("the pipeline stopped after 10 ms\n");
	leat_drop(done);
	return cause;
}

int main(void)
{
	int causes[] = { one_call(), whole_pipeline() }, failed = 0;

	for (int i = 0; i < 2; i++) {
		if (causes[i] == ETIMEDOUT)
			continue;
		fprintf(stderr, "timeout: %s\n", leat_strerror(causes[i]));
		failed = 1;
	}
	return failed;
}
