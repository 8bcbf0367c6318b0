/* SPDX-License-Identifier: 0BSD
 *
 * timer_moved - the time of a timer is taken away. Main waits for it, until another thread sets a new time.
 */
#include "../insight.h"

static void set_again(void *timer)
{
	nap();
	must(leat_reset(*(leat_rx *)timer, leat_in(a_while() / 2)) > 0);
}

int main(void)
{
	leat_rx timer = leat_after(LEAT_S(3600));

	must(leat_reset(timer, LEAT_NEVER) > 0);
	start(set_again, &timer);
	must(leat_wait(timer) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(timer);
	return 0;
}
