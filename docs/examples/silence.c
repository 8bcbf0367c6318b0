/* SPDX-License-Identifier: 0BSD
 *
 * silence - two ways to lose patience: a deadline for each wait, and a deadline for the whole loop.
 *
 * If the deadline is computed again for each wait, it limits the silence. Something comes every second here, so two
 * seconds of silence never pass. If the deadline is computed once, before the loop, it limits the whole.
 *
 * The clock is fake and runs by itself.
 */
#include <leat.h>
#include <stdio.h>

/* Sends five values, one each second; then nothing, not even an end. */
static void speak_for_five_seconds(void *of_out)
{
	leat_tx out = *(leat_tx *)of_out;

	for (int i = 1; i <= 5; i++) {
		leat_sleep(LEAT_S(1));
		if (leat_send(out, &i) <= 0)
			return; /* nobody listens any more */
	}
}

static int listen(const char *how, leat_time deadline)
{
	leat_time start = leat_now();
	leat_chan chan = leat_make(int, 0);
	int heard = 0, n;

	if (leat_go(speak_for_five_seconds, &chan.tx) < 0)
		return -1;
	while (leat_recv_by(chan.rx, &n, deadline ? deadline : leat_in(LEAT_S(2))) > 0)
		heard = n;
	printf("%s: heard %d, gave up after %.1f s\n", how, heard, (double)(leat_now() - start) / 1e9);
	leat_drop(chan.rx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	leat_drop(chan.tx);
	return 0;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return listen("two seconds of silence", 0) < 0 || listen("two and a half in all", leat_in(LEAT_MS(2500))) < 0;
}
