/* SPDX-License-Identifier: 0BSD
 *
 * cancel_one - stop one of several stages, then all others. A value that is sent through `stop` goes to one stage,
 * because a receive takes it. The end of `done` goes to all, because no stage takes anything from done.
 *
 * The clock is fake, and runs when all threads sleep. If a second passes, no other stage has stopped.
 */
#include <leat.h>
#include <stdio.h>

enum { LISTENERS = 3 };

static void listen(leat_stage *stage, void *stop)
{
	leat_case on[] = { LEAT_WAIT(*(leat_rx *)stop) };

	(void)leat_stage_select(stage, on, 1, LEAT_NEVER); /* 0: stopped; -1: done has come */
}

static leat_rx start_listener(leat_rx done, leat_rx *stop)
{
	return leat_stage_start(&(leat_plan){
		.name = "listener", .done = done, .type = LEAT_TYPE(int), .body = listen, .arg = stop });
}

static void say_how_many_have_stopped(void)
{
	leat_sleep(LEAT_S(1));
	printf("%d of %d have stopped\n", LISTENERS - (int)leat_live(), LISTENERS);
}

int main(void)
{
	leat_chan done = leat_make_unit(), stop = leat_make_unit();
	leat_rx out[LISTENERS];

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (int i = 0; i < LISTENERS; i++)
		out[i] = start_listener(done.rx, &stop.rx);
	say_how_many_have_stopped();
	(void)leat_signal(stop.tx);
	say_how_many_have_stopped();
	(void)leat_close(done.tx);
	say_how_many_have_stopped();
	for (int i = 0; i < LISTENERS; i++)
		leat_drop(out[i]);
	leat_drop(stop);
	leat_drop(done);
	return 0;
}
