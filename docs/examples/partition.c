/* SPDX-License-Identifier: 0BSD
 *
 * partition - good measurements to one reader, bad ones to another: leat_partition.
 *
 * The next value follows when the output of this one has it. So the reader of the bad ones is a thread of its own.
 */
#include <leat.h>
#include <stdio.h>

enum { GOOD, BAD };

static int kind_of(void *arg, const void *in)
{
	const int *celsius = in;

	(void)arg;
	return *celsius < -50 || *celsius > 60 ? BAD : GOOD;
}

static int count(void *arg, const void *in)
{
	(void)in;
	return ++*(int *)arg;
}

static void count_all(void *of_rx)
{
	int bad = 0, cause = leat_each(LEAT_NIL, *(leat_rx *)of_rx, 1, count, &bad);

	printf("%d bad ones, %s\n", bad, cause ? leat_strerror(cause) : "no error");
}

int main(void)
{
	leat_rx measured = leat_generator(LEAT_NIL, LEAT_VALUES(int, 21, 22, 999, 20, -273, 19, 999)), out[2];
	int cause;

	(void)leat_partition(LEAT_NIL, measured, out, 2, kind_of, NULL); /* if it fails, the outputs say so */
	if (leat_go(count_all, &out[BAD]) < 0)
		return 1;
	for (int celsius; leat_recv(out[GOOD], &celsius) > 0;)
		printf("%d\n", celsius);
	cause = leat_cause(out[GOOD]);
	leat_drop(out[GOOD]);
	return leat_wait_all(LEAT_NEVER) == 1 && !cause ? 0 : 1;
}
