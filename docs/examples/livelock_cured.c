/* SPDX-License-Identifier: 0BSD
 *
 * livelock_cured - the cure for livelock_retry.c: both workers take the two locks in the same order.
 *
 * Then the second worker waits for the first. The lines of the book's workers are mixed. This program prints those of
 * each worker together, and how long it took. The clock is fake and runs by itself.
 * The book: P76, livelock-example-fix.go
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
	char told[300];
};

static struct value a = { .name = "a" }, b = { .name = "b" };

static void tell(struct worker *self, const char *what, const char *value)
{
	size_t length = strlen(self->told);

	(void)snprintf(self->told + length, sizeof self->told - length, "%s: %s lock on %s\n", self->name, what, value);
}

static void acquire(struct worker *self, struct value *value)
{
	tell(self, "acquiring", value->name);
	leat_mutex_lock(&value->lock);
	leat_sleep(LEAT_S(1));
}

static void release(struct worker *self, struct value *value)
{
	tell(self, "releasing", value->name);
	leat_mutex_unlock(&value->lock);
}

static void print_sum(void *of_worker)
{
	struct worker *self = of_worker;
	int sum;

	acquire(self, &a);
	acquire(self, &b);
	sum = a.value + b.value;
	release(self, &a);
	release(self, &b);
	(void)snprintf(self->told + strlen(self->told), sizeof self->told - strlen(self->told), "sum: %d\n", sum);
}

int main(void)
{
	static struct worker first = { .name = "first" }, second = { .name = "second" };
	leat_time begun;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	begun = leat_now();
	if (leat_go(print_sum, &first) < 0 || leat_go(print_sum, &second) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%s%safter %d s\n", first.told, second.told, (int)((leat_now() - begun) / LEAT_S(1)));
	return 0;
}
