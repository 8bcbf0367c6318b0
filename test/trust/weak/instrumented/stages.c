/* SPDX-License-Identifier: 0BSD
 *
 * stages.c - a stage in a thread of its own, and timers. The thread that receives the results of a stage, or its end,
 * sees what the function of the stage wrote.
 */
#include "../system.h"

#include "leat.h"

enum { SOON = 10 };

static leat_chan numbers, done;
static int calls, payload;

static void begin(void)
{
	numbers = leat_make(int, 1);
	done = leat_make_unit();
	calls = payload = 0;
}

static void end(void)
{
	leat_drop(numbers.tx);
	leat_drop(done);
	leat_trim();
}

static int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	calls++; /* the stage alone calls this */
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static leat_rx start(void)
{
	return leat_map(done.rx, numbers.rx, int, twice, NULL);
}

static void send_two(void)
{
	for (int i = 1; i <= 2; i++)
		if (leat_send(numbers.tx, &i) < 1)
			return;
	leat_close(numbers.tx);
}

/* The thread that starts the stage receives all results. */
static void receive_all(void)
{
	leat_rx results = start();
	int value = 0, sum = 0;

	while (leat_recv(results, &value) > 0)
		sum += value;
	expect(sum == 6 && calls == 2 && leat_cause(results) == 0);
	leat_drop(results);
}

static void receive_one_and_leave(void)
{
	leat_rx results = start();
	int value = 0;

	expect(leat_recv(results, &value) == 1 && value == 2);
	leat_drop(results);
}

/* done may come at any time. The end of the stage is seen in all cases. */
static void receive_until_done(void)
{
	leat_rx results = start();

	while (leat_wait(results) > 0)
		;
	expect(calls <= 2);
	if (leat_cause(results) == ECANCELED)
		expect(payload == 1);
	leat_drop(results);
}

static void say_done(void)
{
	payload = 1;
	leat_close(done.tx);
}

/* -------------------------------------------------------------------------------------------------- timers -- */

static leat_rx timer, second;

static void begin_timer(void)
{
	timer = leat_after(SOON);
	second = leat_dup(timer);
}

static void begin_tick(void)
{
	timer = leat_tick(SOON);
	second = leat_dup(timer);
}

static void end_timer(void)
{
	leat_drop(timer);
	leat_drop(second);
}

static void wait_for_timer(void)
{
	expect(leat_wait(timer) == 0 && leat_closed(timer) && leat_cause(timer) == ETIMEDOUT);
}

static void wait_for_second(void)
{
	expect(leat_wait(second) == 0 && leat_cause(second) == ETIMEDOUT);
}

static void ask_timer(void)
{
	if (leat_closed(second))
		expect(leat_cause(second) == ETIMEDOUT);
}

static void reset_timer(void)
{
	expect(leat_reset(second, leat_in(2 * SOON)) >= 0);
}

static void receive_tick(void)
{
	leat_time due;

	expect(leat_recv(timer, &due) == 1 && due <= leat_now());
}

static void receive_second_tick(void)
{
	leat_time due;

	expect(leat_recv_by(second, &due, leat_in(3 * SOON)) == 1 || errno == ETIMEDOUT);
}

const scenario stage_scenarios[] = {
	{ "stage: all values", begin, { receive_all, send_two }, end },
	{ "stage: its consumer leaves", begin, { receive_one_and_leave, send_two }, end },
	{ "stage: done", begin, { receive_until_done, send_two, say_done }, end },
	{ "timer: two wait", begin_timer, { wait_for_timer, wait_for_second }, end_timer },
	{ "timer: asked", begin_timer, { wait_for_timer, ask_timer }, end_timer },
	{ "timer: moved", begin_timer, { wait_for_timer, reset_timer }, end_timer },
	{ "timer: ticks", begin_tick, { receive_tick, receive_second_tick, receive_second_tick }, end_timer },
	{ NULL, NULL, { NULL }, NULL },
};
