/* SPDX-License-Identifier: 0BSD
 *
 * cancel_one - a value that is sent through done stops one listener, the first that receives it. Closing done stops
 * all others, and everything that gets done later.
 *
 * The clock is fake, and runs when all threads sleep. If a second passes, no other listener has stopped.
 */
#include <leat.h>
#include <stdio.h>

enum { LISTENERS = 3 };

static void listen(void *done)
{
	(void)leat_wait(*(leat_rx *)done);
}

static void say_who_has_stopped(void)
{
	leat_sleep(LEAT_S(1));
	printf("%d of %d have stopped\n", LISTENERS - (int)leat_live(), LISTENERS);
}

int main(void)
{
	leat_chan done = leat_make_unit();

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (int i = 0; i < LISTENERS; i++)
		if (leat_go(listen, &done.rx) < 0)
			return 1;
	say_who_has_stopped();
	(void)leat_signal(done.tx);
	say_who_has_stopped();
	(void)leat_close(done.tx);
	say_who_has_stopped();
	leat_drop(done);
	return 0;
}
