/* SPDX-License-Identifier: 0BSD
 *
 * fake_clock - a fake clock runs, and jumps from deadline to deadline. A ward beats three times and is then silent. Main
 * waits without a deadline, so that no time can come any more.
 */
#include "../insight.h"

static void beat(void *pulse)
{
	leat_tx out = *(leat_tx *)pulse;

	for (int i = 0; i < 3; i++) {
		leat_sleep(LEAT_S(3600));
		(void)leat_signal(out);
	}
}

int main(void)
{
	leat_chan pulse = leat_make_unit();

	leat_name(pulse, "pulse");
	must(leat_clock_fake() > 0 && leat_clock_run() > 0);
	start(beat, &pulse.tx);
	while (leat_wait(pulse.rx) > 0)
		;
	return 1;
}

/* status: 2
 * report: main waits to receive from pulse; pulse is held by main
 */
