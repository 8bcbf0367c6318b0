/* SPDX-License-Identifier: 0BSD
 *
 * lock_order - two threads need the same two locks, and take them in opposite order. Each might hold one and wait for
 * the other for ever.
 *
 * A deadlock needs four things: locks that exclude, threads that hold a lock while they wait, locks that nobody takes
 * away, and a circle of waiting threads. There are two ways out. Take the locks in one order, such as by address:
 * then there is no circle. Or do not hold a lock while you wait. Only try the second lock; if it is taken, release
 * the first and wait for the second.
 */
#include <leat.h>
#include <stdint.h>
#include <stdio.h>

struct value {
	leat_mutex lock;
	int value;
};

static struct value a, b;
static int sums[2];

static void lock_by_address(struct value *one, struct value *two)
{
	struct value *first = (uintptr_t)one < (uintptr_t)two ? one : two;

	leat_mutex_lock(&first->lock);
	leat_sleep(LEAT_S(2));
	leat_mutex_lock(first == one ? &two->lock : &one->lock);
}

static void lock_by_trying(struct value *one, struct value *two)
{
	leat_mutex_lock(&one->lock);
	leat_sleep(LEAT_S(2));
	while (leat_mutex_lock_by(&two->lock, LEAT_NOW) < 0) {
		struct value *wanted = two;

		leat_mutex_unlock(&one->lock);
		leat_mutex_lock(&wanted->lock);
		two = one;
		one = wanted;
	}
}

static void (*lock_both)(struct value *one, struct value *two);

static int sum_of(struct value *one, struct value *two)
{
	int sum;

	lock_both(one, two);
	sum = one->value + two->value;
	leat_mutex_unlock(&two->lock);
	leat_mutex_unlock(&one->lock);
	return sum;
}

static void a_then_b(void *sum)
{
	*(int *)sum = sum_of(&a, &b);
}

static void b_then_a(void *sum)
{
	*(int *)sum = sum_of(&b, &a);
}

static int print_sums(const char *how, void (*lock)(struct value *one, struct value *two))
{
	lock_both = lock;
	if (leat_go(a_then_b, &sums[0]) < 0 || leat_go(b_then_a, &sums[1]) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	printf("%s: sum=%d sum=%d\n", how, sums[0], sums[1]);
	return 1;
}

int main(void)
{
	a.value = 1;
	b.value = 2;
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return print_sums("in one order", lock_by_address) < 0 || print_sums("by trying", lock_by_trying) < 0;
}
