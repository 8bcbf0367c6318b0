/* SPDX-License-Identifier: 0BSD
 *
 * livelock - two people meet in a hallway: both are busy, and neither gets on.
 *
 * Each steps aside to let the other one pass, to the left and to the right, always to the same side as the other. A
 * condition that is broadcast every millisecond sets the beat, so each sees the other's step. The clock is fake and
 * runs by itself. The book's two print in either order. Here main prints the lines of both, Alice's first.
 * The book: P01, fig-livelock-hallway.go
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct person {
	const char *name;
	char told[200];
};

static leat_mutex lock;
static leat_cond cadence;
static atomic_int left, right;

static void beat_time(void *done)
{
	while (leat_sleep_or(*(const leat_rx *)done, LEAT_MS(1)))
		leat_cond_broadcast(&cadence);
}

static void take_step(void)
{
	leat_mutex_lock(&lock);
	(void)leat_cond_wait(&cadence, leat_mutex_locker(&lock), LEAT_NIL, LEAT_NEVER);
	leat_mutex_unlock(&lock);
}

static int try_side(struct person *self, const char *name, atomic_int *side)
{
	strcat(strcat(self->told, " "), name);
	atomic_fetch_add(side, 1);
	take_step();
	if (atomic_load(side) == 1) {
		strcat(self->told, ". Success!");
		return 1;
	}
	take_step();
	atomic_fetch_sub(side, 1);
	return 0;
}

static void walk(void *of_person)
{
	struct person *self = of_person;

	strcat(strcpy(self->told, self->name), " is trying to scoot:");
	for (int i = 0; i < 5; i++)
		if (try_side(self, "left", &left) || try_side(self, "right", &right))
			return;
	strcat(strcat(strcat(self->told, "\n"), self->name), " tosses her hands up in exasperation!");
}

int main(void)
{
	static struct person alice = { .name = "Alice" }, barbara = { .name = "Barbara" };
	static leat_rx done;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	done = leat_after(LEAT_MS(25));
	if (leat_go(walk, &alice) < 0 || leat_go(walk, &barbara) < 0 || leat_go(beat_time, &done) < 0 ||
	    leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%s\n%s\n", alice.told, barbara.told);
	leat_drop(done);
	return 0;
}
