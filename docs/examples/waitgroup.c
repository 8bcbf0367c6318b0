/* SPDX-License-Identifier: 0BSD
 *
 * waitgroup - wait until all work that was begun is done: leat_waitgroup.
 *
 * Each piece of work is added before it begins; inside it that could be too late. After the wait, main can read what
 * the work wrote before it was done.
 *
 * The book's sleepers may speak in any order. Here they speak in turn: the clock is fake, and jumps when all threads
 * sleep.
 * The book: P75, fig-wait-group.go
 */
#include <leat.h>
#include <stdio.h>

struct sleeper { const char *name; leat_time nap; char says[40]; };

static void sleep_for(leat_time nap)
{
	leat_rx over = leat_after(nap);

	(void)leat_wait(over); /* 0: the stream carries nothing */
	leat_drop(over);
}

static void fall_asleep(void *of_sleeper)
{
	struct sleeper *self = of_sleeper;

	snprintf(self->says, sizeof self->says, "%s goroutine sleeping...", self->name);
	sleep_for(self->nap);
}

int main(void)
{
	struct sleeper sleepers[] = { { "1st", LEAT_S(1), "" }, { "2nd", LEAT_S(2), "" } };
	leat_waitgroup group = { 0 };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (int i = 0; i < 2; i++)
		if (leat_waitgroup_go(&group, fall_asleep, &sleepers[i]) < 0)
			snprintf(sleepers[i].says, sizeof sleepers[i].says, "waitgroup: %s", leat_strerror(errno));
	if (leat_waitgroup_wait(&group, LEAT_NEVER) < 0)
		return 1;
	for (int i = 0; i < 2; i++)
		printf("%s\n", sleepers[i].says);
	printf("All goroutines complete.\n");
	return 0;
}
