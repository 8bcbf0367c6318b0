/* SPDX-License-Identifier: 0BSD
 *
 * reduce.c - leat_reduce folds a stream into one result in the thread of its caller. leat_scan sends the results on the
 * way, which are copies.
 */
#include "../test.h"

enum { MANY = 100 };

static const leat_rx nil;

static void must_be_over(leat_rx in, int cause)
{
	check(leat_wait(in) == 0 && leat_cause(in) == cause);
	leat_drop(in);
	must_be_clean();
}

/* Add up owned numbers. Odd sums are not sent on. A number below 0 is a failure. */
static int add(void *arg, void *result, const void *value)
{
	owned *sum = result;
	int number = *((const owned *)value)->number;

	(void)arg;
	if (number < 0)
		return -EDOM;
	*sum->number += number;
	return *sum->number % 2 == 0;
}

/* ----------------------------------------------------------------------------------------------------- reduce -- */

static int sum_of(leat_rx done, leat_rx in, int *cause)
{
	owned sum = own(1000);
	int result;

	*cause = leat_reduce(done, in, &sum, add, NULL);
	result = *sum.number;
	disown(sum);
	must_be_clean(); /* the input was dropped */
	return result;
}

static void all_values_are_folded(void)
{
	int cause;

	check(sum_of(nil, owned_numbers(0, MANY), &cause) == 1000 + MANY * (MANY - 1) / 2 && cause == 0);
	check(sum_of(nil, leat_take(nil, owned_numbers(0, MANY), 0), &cause) == 1000 && cause == 0);
}

static int see_thread(void *arg, void *result, const void *value)
{
	(void)value;
	*(int *)result += pthread_equal(*(pthread_t *)arg, pthread_self()) != 0;
	return 0;
}

static void it_is_the_caller_that_folds(void)
{
	pthread_t self = pthread_self();
	int times = 0;

	check(leat_reduce(nil, numbers(0, MANY), &times, see_thread, &self) == 0 && times == MANY);
}

static void it_tells_why_it_ended(void)
{
	leat_chan failing = leat_make_of(&owned_type, 1), done = leat_make_unit();
	owned five = own(5);
	int cause;

	check(leat_send(failing.tx, &five) == 1 && leat_drop_with(failing.tx, EIO) == 1);
	check(sum_of(nil, failing.rx, &cause) == 1005 && cause == EIO);
	check(sum_of(nil, owned_numbers(-1, MANY), &cause) == 1000 && cause == EDOM);
	check(leat_close(done.tx) == 1);
	check(sum_of(done.rx, owned_numbers(0, MANY), &cause) == 1000 && cause == ECANCELED);
	leat_drop(done);
}

struct waiting { leat_rx done, in; int cause; };

static void reduce_waiting(void *of_waiting)
{
	struct waiting *self = of_waiting;

	self->cause = leat_reduce(self->done, self->in, &(owned){ NULL }, add, NULL);
}

static void done_wakes_it(void)
{
	leat_chan silent = leat_make_of(&owned_type, capacity), done = leat_make_unit();
	struct waiting waiting = { done.rx, silent.rx, 0 };
	background behind;

	begin(&behind, reduce_waiting, &waiting);
	must_block(&behind);
	check(leat_close_with(done.tx, EPERM) == 1);
	must_return(&behind);
	check(waiting.cause == EPERM && leat_wait_gone(silent.tx, LEAT_NOW) == 1);
	leat_drop(silent.tx);
	leat_drop(done);
}

struct wide { _Alignas(64) int n; };

static int widen(void *arg, const void *in, void *out)
{
	(void)arg;
	((struct wide *)out)->n = *(const int *)in;
	return 1;
}

static int add_wide(void *arg, void *result, const void *value)
{
	*(uintptr_t *)arg |= (uintptr_t)value;
	*(int *)result += ((const struct wide *)value)->n;
	return 0;
}

static void values_are_aligned(void)
{
	uintptr_t addresses = 0;
	int sum = 0;

	for (int i = 0; i < 10; i++)
		check(leat_reduce(nil, leat_map(nil, numbers(0, 3), struct wide, widen, NULL), &sum, add_wide,
		                  &addresses) == 0);
	check(sum == 30 && addresses % 64 == 0);
}

static int leave(void *arg, void *result, const void *value)
{
	(void)arg;
	check(result != value);
	pthread_exit(NULL);
}

static void *reduce_and_leave(void *arg)
{
	(void)leat_reduce(nil, owned_numbers(0, MANY), NULL, leave, NULL);
	return arg; /* not reached */
}

static void fold_leaves(void)
{
	pthread_t thread;
	void *result;

	check(pthread_create(&thread, NULL, reduce_and_leave, &(int){ 1 }) == 0);
	check(pthread_join(thread, &result) == 0 && result == NULL);
	must_be_clean();
}

/* ------------------------------------------------------------------------------------------------------- scan -- */

static leat_rx sums(const leat_type *type, leat_rx in)
{
	owned first = own(0);
	leat_rx out = leat_scan_of(nil, in, type, &first, add, NULL);

	disown(first);
	return out;
}

/* Sums of 0 1 2 3 4 ...: 0 1 3 6 10 ... */
static void results_on_the_way(void)
{
	leat_rx out = sums(&owned_type, owned_numbers(0, MANY));

	for (int i = 0; i < MANY; i++)
		if (i * (i + 1) / 2 % 2 == 0)
			must_receive_owned(out, i * (i + 1) / 2);
	must_be_over(out, 0);
	must_be_over(sums(&owned_type, owned_numbers(-1, MANY)), EDOM);
}

static int multiply(void *arg, void *result, const void *value)
{
	(void)arg;
	*(long *)result *= *(const int *)value;
	return 1;
}

static void results_of_another_type(void)
{
	leat_rx out = leat_scan(nil, numbers(1, 20), long, &(long){ 1 }, multiply, NULL);
	long expected = 1, got;

	for (int i = 1; i <= 20; i++) {
		expected *= i;
		check(leat_recv(out, &got) == 1 && got == expected);
		if (expected > INT32_MAX / 100)
			break; /* a long may have 32 bits */
	}
	leat_drop(out);
}

static int copies;

static int copy_two(void *to, const void *from)
{
	return ++copies > 2 ? -ENOSPC : owned_copy(to, from);
}

static int no_copy(void *to, const void *from)
{
	return to == from ? 0 : -ENOSPC;
}

static void a_copy_fails(void)
{
	leat_type twice = { "twice", sizeof(owned), copy_two, owned_release };
	leat_type never = { "never", sizeof(owned), no_copy, owned_release };
	leat_rx out = sums(&never, owned_numbers(0, MANY));

	check(leat_never_started(out));
	must_be_over(out, ENOSPC);
	out = sums(&twice, owned_numbers(0, MANY));
	must_receive_owned(out, 0);
	must_be_over(out, ENOSPC);
}

int main(int argc, char **argv)
{
	return RUN(all_values_are_folded, it_is_the_caller_that_folds, values_are_aligned, it_tells_why_it_ended,
	           done_wakes_it, fold_leaves, results_on_the_way, results_of_another_type, a_copy_fails);
}
