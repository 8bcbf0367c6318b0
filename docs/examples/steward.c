/* SPDX-License-Identifier: 0BSD
 *
 * steward - restart a ward that has stopped pulsing: leat_steward.
 *
 * A ward that never pulses is taken for unhealthy after four seconds, and started again. The old ward halts before
 * the new one says hello. After nine seconds both steward and ward are stopped. The book's log has the time of day, and
 * its program takes nine seconds. Here the clock is fake, and the times are those since the start.
 * The book: P07, fig-example-steward-usage.go
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

static leat_time began;

static void say(void *who, const char *what)
{
	printf("00:00:%02d %s%s\n", (int)((leat_now() - began) / LEAT_S(1)), (const char *)who, what);
}

static void irresponsible_body(leat_stage *stage, void *arg)
{
	(void)arg;
	while (leat_running(stage))
		(void)leat_stage_select(stage, NULL, 0, LEAT_NEVER); /* wait until done */
	say("ward: ", "I am halting.");
}

/* A ward: something that works until `done`, and the stream of its pulses. */
static leat_rx irresponsible(leat_rx done, leat_time interval, void *arg)
{
	(void)interval;
	(void)arg;
	say("ward: ", "Hello, I'm irresponsible!");
	return leat_stage_start(&(leat_plan){
		.name = "irresponsible",
		.done = done,
		.type = LEAT_TYPE(int),
		.body = irresponsible_body,
	});
}

static void halt(void *done)
{
	say("main: ", "halting steward and ward.");
	leat_drop(*(leat_tx *)done);
}

int main(void)
{
	leat_stewardship plan = { .ward = irresponsible, .timeout = LEAT_S(4), .restarts = -1, .grace = LEAT_S(1),
	                          .log = say, .log_arg = "steward: " };
	leat_chan done = leat_make_unit();
	leat_rx pulses;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	began = leat_now();
	if (leat_after_func(leat_after(LEAT_S(9)), halt, &done.tx, NULL) < 0)
		return 1;
	pulses = leat_steward(done.rx, LEAT_S(4), &plan);
	while (leat_wait(pulses) > 0)
		;
	say("", "Done");
	leat_drop(pulses);
	leat_drop(done.rx);
	return 0;
}
