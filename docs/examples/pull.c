/* SPDX-License-Identifier: 0BSD
 *
 * pull - nothing flows unless a reader pulls.
 *
 * A source without end makes one value for each that is taken. It makes one more, which it has at hand when leat_take
 * has had enough.
 *
 * The reader rests for a second after each value, by a fake clock that runs by itself. So the source gets as far as
 * it can.
 */
#include <leat.h>
#include <stdio.h>

static int one(void *made, void *out)
{
	++*(int *)made;
	*(int *)out = 1;
	return 1;
}

static void rest(void)
{
	leat_sleep(LEAT_S(1));
}

int main(void)
{
	int made = 0, taken = 0, cause;
	leat_rx never = LEAT_NIL, ten;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	ten = leat_take(never, leat_repeat_fn(never, int, one, &made), 10);
	for (int n; leat_recv(ten, &n) > 0; taken++) {
		printf("%d ", n);
		rest();
	}
	cause = leat_cause(ten);
	if (cause)
		fprintf(stderr, "pull: %s\n", leat_strerror(cause));
	leat_drop(ten);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("\ntaken %d, generated %d\n", taken, made);
	return cause != 0;
}
