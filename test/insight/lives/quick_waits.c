/* SPDX-License-Identifier: 0BSD
 *
 * quick_waits - two threads hand a ball to and fro. At every look both may be asleep, but never in the same wait.
 */
#include "../insight.h"

static leat_chan here, there;

static void answer(void *arg)
{
	(void)arg;
	for (int ball; leat_recv(there.rx, &ball) > 0 && leat_send(here.tx, &ball) > 0;)
		;
}

int main(void)
{
	leat_time end = leat_in(2 * a_while());
	int ball = 0;

	here = leat_make(int, 0);
	there = leat_make(int, 0);
	start(answer, NULL);
	while (leat_now() < end)
		must(leat_send(there.tx, &ball) > 0 && leat_recv(here.rx, &ball) > 0);
	(void)leat_close(there.tx);
	must(leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(here);
	leat_drop(there);
	return 0;
}
