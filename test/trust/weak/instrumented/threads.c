/* SPDX-License-Identifier: 0BSD
 *
 * threads.c - started functions. A thread that has waited for them, or that counts none, sees what they wrote.
 */
#include "../system.h"

#include "leat.h"

static int written[2];

static void begin(void)
{
	written[0] = written[1] = 0;
}

static void write_one(void *at)
{
	*(int *)at = 1;
}

static void start(int i)
{
	expect(leat_go(write_one, &written[i]) == 1);
}

static void wait_for_all(void)
{
	expect(leat_wait_all(LEAT_NEVER) == 1);
	expect(leat_live() == 0);
}

static void start_and_wait(void)
{
	start(0);
	wait_for_all();
	expect(written[0] == 1);
}

static void start_two_and_wait(void)
{
	start(0);
	start(1);
	wait_for_all();
	expect(written[0] == 1 && written[1] == 1);
	leat_trim();
}

/* The second function may run in the thread of the first. */
static void start_twice(void)
{
	start_and_wait();
	written[0] = 0;
	start_and_wait();
	leat_trim();
}

/* Few looks, because a thread that only looks keeps the others waiting. */
static void start_and_look(void)
{
	start(0);
	for (int looks = 0; looks < 3 && leat_live() > 0; looks++)
		leat_sleep(1);
	if (leat_live() == 0)
		expect(written[0] == 1);
	wait_for_all();
}

static void start_one(void)
{
	start(1);
}

static void start_one_and_trim(void)
{
	start(0);
	leat_trim();
}

/* The library keeps the id of the last thread that has ended. The next schedule must not find it. */
static void none_is_left(void)
{
	expect(leat_live() == 0);
	leat_trim();
}

const scenario thread_scenarios[] = {
	{ "threads: one is waited for", begin, { start_and_wait }, none_is_left },
	{ "threads: two are waited for", begin, { start_two_and_wait }, none_is_left },
	{ "threads: used again", begin, { start_twice }, none_is_left },
	{ "threads: counted", begin, { start_and_look }, none_is_left },
	{ "threads: two start", begin, { start_one, start_one_and_trim }, none_is_left },
	{ NULL, NULL, { NULL }, NULL },
};
