/* SPDX-License-Identifier: 0BSD
 *
 * clock_runs - the clock is fake and jumps to the next deadline whenever all threads sleep: ten days, hour by hour.
 * Main naps now and then, so that the clock stands still.
 */
#include "../insight.h"

static void send_each_hour(void *hours)
{
	leat_tx out = *(leat_tx *)hours;

	for (int i = 0; i < 240; i++) {
		leat_sleep(LEAT_S(3600));
		(void)leat_send(out, &i);
	}
	leat_drop(out);
}

int main(void)
{
	leat_chan hours = leat_make(int, 0);

	must(leat_clock_fake() > 0 && leat_clock_run() > 0);
	start(send_each_hour, &hours.tx);
	for (int hour; leat_recv(hours.rx, &hour) > 0;)
		if (hour % 100 == 0)
			nap();
	must(leat_wait_all(LEAT_NEVER) > 0);
	leat_clock_real();
	leat_drop(hours.rx);
	return 0;
}
