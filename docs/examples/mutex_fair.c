/* SPDX-License-Identifier: 0BSD
 *
 * mutex_fair - how the modes of leat_mutex share a lock between a greedy worker and a polite one.
 *
 * The greedy worker holds the lock for three milliseconds, the polite one releases it after each. A barging mutex may
 * starve either. An adaptive mutex (the default) is handed to a worker that has waited for a millisecond, and a
 * hand-off mutex always. Then the workers take turns, and neither waits longer than the other one's turn. The program
 * runs for a second of a fake clock.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>

static leat_mutex shared;
static leat_time end;

typedef struct {
	int loops, turns;
} worker;

static void work_with_lock(worker *self, leat_time duration)
{
	leat_mutex_lock(&shared);
	leat_sleep(duration);
	leat_mutex_unlock(&shared);
	self->turns++;
}

static void greedy_worker(void *self)
{
	for (; leat_now() < end; ((worker *)self)->loops++)
		work_with_lock(self, LEAT_MS(3));
}

static void polite_worker(void *self)
{
	for (; leat_now() < end; ((worker *)self)->loops++)
		for (int i = 0; i < 3; i++)
			work_with_lock(self, LEAT_MS(1));
}

static int compete(int mode, const char *name)
{
	worker polite = { 0, 0 }, greedy = { 0, 0 };
	leat_mutex_stats stats;

	shared = (leat_mutex)LEAT_MUTEX(mode);
	end = leat_in(LEAT_S(1));
	if (leat_go(polite_worker, &polite) < 0 || leat_go(greedy_worker, &greedy) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	stats = leat_mutex_stats_of(&shared);
	printf("%s: handed on %s.\n", name, stats.handoffs ? "to who waits" : "to nobody");
	if (mode == LEAT_BARGING)
		return 1;
	printf("Polite and greedy worker were able to lock it %s.\n",
	       abs(polite.turns - greedy.turns) <= 3 ? "as often as each other" : "more or less often than each other");
	printf("Nobody has waited for more than %d ms.\n", (int)(stats.longest_wait / LEAT_MS(1)));
	return 1;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0 || compete(LEAT_BARGING, "barging") < 0 ||
	    compete(LEAT_ADAPTIVE, "adaptive") < 0 || compete(LEAT_HANDOFF, "hand-off") < 0)
		return 1;
	return 0;
}
