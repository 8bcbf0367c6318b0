/* SPDX-License-Identifier: 0BSD
 *
 * cleanup - release things on every way out of a block: LEAT_DEFER, LEAT_DROP_LATER, LEAT_UNLOCK_LATER.
 *
 * In Go, defer f(x) calls f when the function returns, the last one first, and also when it panics. These macros call at
 * the end of the block, and not at a panic, which ends the program. They need gcc or clang. Elsewhere, release at a
 * label at the end of the function.
 */
#include <leat.h>
#include <stdio.h>

static leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);
static int balance = 100;

static void say(void *text)
{
	printf("%s\n", (const char *)text);
}

/* Unlocks before both returns. */
static int withdraw(int amount)
{
	leat_mutex_lock(&mutex);
	LEAT_UNLOCK_LATER(&mutex);
	if (amount > balance)
		return 0;
	balance -= amount;
	return 1;
}

/* The generator ends early, because its only reader drops the stream. */
static int first_above(int limit)
{
	leat_rx numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 3, 8, 12, 20, 31));
	LEAT_DROP_LATER(numbers);

	for (int n; leat_recv(numbers, &n) > 0;)
		if (n > limit)
			return n;
	return -1;
}

static void in_order(void)
{
	LEAT_DEFER(say, "deferred first, called last");
	LEAT_DEFER(say, "deferred last, called first");
	for (int i = 0; i < 2; i++) {
		LEAT_DEFER(say, "at the end of each round");
		printf("round %d\n", i);
	}
}

int main(void)
{
	int first = withdraw(70), second = withdraw(70), third = withdraw(30);

	printf("withdrawn: %d, %d, %d; left: %d\n", first, second, third, balance);
	printf("above 10: %d\n", first_above(10));
	printf("above 100: %d\n", first_above(100));
	in_order();
	return leat_wait_all(LEAT_NEVER) < 0;
}
