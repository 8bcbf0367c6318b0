/* SPDX-License-Identifier: 0BSD
 *
 * clock_moved - the clock is fake and stands still. A thread waits for a deadline, which comes when main moves the
 * clock.
 */
#include "../insight.h"

static void sleep_an_hour(void *arg)
{
	(void)arg;
	leat_sleep(LEAT_S(3600));
}

int main(void)
{
	must(leat_clock_fake() > 0);
	start(sleep_an_hour, NULL);
	while (leat_live() > 0) {
		(void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
		must(leat_clock_advance(LEAT_S(10)) > 0);
	}
	must(leat_wait_all(LEAT_NEVER) > 0);
	leat_clock_real();
	return 0;
}
