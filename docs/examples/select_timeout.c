/* SPDX-License-Identifier: 0BSD
 *
 * select_timeout - a select that gives up after a second: the last argument of leat_select is its deadline.
 *
 * Go needs a case for that, with a channel of time.After. In leat such a case would be LEAT_READY(timer), where `timer`
 * comes from leat_after. The clock is fake and runs by itself, so the second takes no time.
 * The book: P61, fig-select-timeouts.go
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_rx c = LEAT_NIL;
	leat_case on[] = { LEAT_WAIT(c) };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	if (leat_select(on, leat_in(LEAT_S(1))) < 0 && errno == ETIMEDOUT)
		printf("Timed out.\n");
	return 0;
}
