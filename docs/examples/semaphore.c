/* SPDX-License-Identifier: 0BSD
 *
 * semaphore - a bridge bears ten tons: leat_semaphore.
 *
 * First come, first served. So the lorry gets across, although there is always room for the car that comes after it.
 *
 * The vehicles come a second after each other. The clock is fake and jumps when all threads sleep.
 */
#include <leat.h>
#include <stdio.h>

static leat_semaphore bridge = LEAT_SEMAPHORE(10);
static leat_time begun;

struct vehicle { const char *name; long tons; leat_time comes, takes; };

static void sleep_until(leat_time t)
{
	leat_rx over = leat_at(t);

	(void)leat_wait(over); /* 0: the stream carries nothing */
	leat_drop(over);
}

static void cross(void *of_vehicle)
{
	const struct vehicle *self = of_vehicle;
	leat_rx never = LEAT_NIL;

	sleep_until(begun + self->comes);
	if (leat_semaphore_acquire(&bridge, self->tons, never, leat_in(LEAT_S(20))) < 0) {
		printf("%2d s: %s turns back: %s\n", (int)((leat_now() - begun) / LEAT_S(1)), self->name,
		       errno == EINVAL ? "the bridge does not bear it" : "it took too long");
		return;
	}
	printf("%2d s: %s drives on\n", (int)((leat_now() - begun) / LEAT_S(1)), self->name);
	sleep_until(leat_in(self->takes));
	leat_semaphore_release(&bridge, self->tons);
}

int main(void)
{
	struct vehicle vehicles[] = {
		{ "a van", 3, LEAT_S(0), LEAT_S(10) },    { "a lorry", 8, LEAT_S(1), LEAT_S(11) },
		{ "a car", 3, LEAT_S(2), LEAT_S(4) },     { "a crane", 40, LEAT_S(3), LEAT_S(60) },
		{ "a bus", 9, LEAT_S(4), LEAT_S(10) },
	};
	leat_waitgroup all = { 0 };
	int failed = 0;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	begun = leat_now();
	for (size_t i = 0; i < sizeof vehicles / sizeof *vehicles; i++)
		failed |= leat_waitgroup_go(&all, cross, &vehicles[i]) < 0;
	if (failed)
		fprintf(stderr, "semaphore: %s\n", leat_strerror(errno));
	(void)leat_waitgroup_wait(&all, LEAT_NEVER); /* this cannot fail */
	return failed;
}
