/* SPDX-License-Identifier: 0BSD
 *
 * take - the first n values: leat_take.
 *
 * Then leat_take drops its input, and the stage before it stops too. That stage would have gone on for ever, and
 * nobody has closed done.
 */
#include <leat.h>
#include <stdio.h>

static int count_up(void *last, void *out)
{
	*(int *)out = ++*(int *)last;
	return 1;
}

int main(void)
{
	int last = 0, cause;
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_repeat_fn(done.rx, int, count_up, &last);
	leat_rx three = leat_take(done.rx, numbers, 3);

	for (int n; leat_recv(three, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(three);
	if (cause)
		fprintf(stderr, "take: %s\n", leat_strerror(cause));
	if (leat_wait_all(LEAT_NEVER) == 1)
		printf("%zu stages run\n", leat_live());
	leat_drop(three);
	leat_drop(done);
	return cause != 0;
}
