/* SPDX-License-Identifier: 0BSD
 *
 * livelock_retry - two polite workers need two locks, and block each other without blocking: livelock.
 *
 * A worker that finds the second lock taken releases the first and tries again. Both do so in the same beat, so
 * neither ever has both locks. If each rests for a random time before it tries again, they fall out of step.
 * (livelock_cured.c is another cure.) The clock is fake and runs by itself.
 *
 * The book has the first run only, and the lines of its workers are mixed. Here those of each worker are together.
 * The book: P77, livelock-example.go
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

struct value {
	const char *name;
	leat_mutex lock;
	int value;
};

struct worker {
	const char *name;
	struct value *one, *two;
	unsigned random;
	leat_time most_rest;
	char told[1000]; /* printed at the end, so that the lines of one are together */
};

static struct value a = { .name = "a" }, b = { .name = "b" };

static void tell(struct worker *self, const char *what, const char *value, const char *more)
{
	size_t length = strlen(self->told);

	(void)snprintf(self->told + length, sizeof self->told - length, "%s: %s%s%s\n", self->name, what, value, more);
}

static void sleep_for(leat_time duration)
{
	leat_sleep(duration);
}

static void release_both(struct worker *self)
{
	char sum[20];

	(void)snprintf(sum, sizeof sum, "%d", self->one->value + self->two->value);
	leat_mutex_unlock(&self->one->lock);
	tell(self, "releasing lock on ", self->one->name, "");
	leat_mutex_unlock(&self->two->lock);
	tell(self, "releasing lock on ", self->two->name, "");
	tell(self, "sum: ", sum, "");
}

static int has_both(struct worker *self)
{
	tell(self, "acquiring lock on ", self->one->name, "");
	leat_mutex_lock(&self->one->lock);
	sleep_for(LEAT_S(1));
	if (leat_mutex_lock_by(&self->two->lock, LEAT_NOW) > 0)
		return 1;
	sleep_for(LEAT_S(1));
	tell(self, "releasing lock on ", self->one->name, "");
	leat_mutex_unlock(&self->one->lock);
	return 0;
}

static void be_polite(void *of_worker)
{
	struct worker *self = of_worker;

	for (int i = 0; i < 5; i++) {
		if (has_both(self)) {
			release_both(self);
			return;
		}
		tell(self, self->two->name, " locked, retrying", "");
		self->random = self->random * 1664525 + 1013904223;
		sleep_for(self->most_rest / 65536 * (self->random >> 16));
	}
	tell(self, "canceling goroutine...", "", "");
}

static int run(const char *how, leat_time most_rest)
{
	struct worker first = { "first", &a, &b, 1, most_rest, "" }, second = { "second", &b, &a, 9, most_rest, "" };
	leat_time begun = leat_now();

	if (leat_go(be_polite, &first) < 0 || leat_go(be_polite, &second) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	printf("%s: %d s\n%s%s", how, (int)((leat_now() - begun) / LEAT_S(1)), first.told, second.told);
	return 1;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return run("in step", 0) < 0 || run("out of step", LEAT_S(4)) < 0;
}
