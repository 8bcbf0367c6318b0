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

struct reader { leat_rx in; int count, cause; };

static void count_all(void *of_reader)
{
	struct reader *self = of_reader;

	self->cause = leat_each(LEAT_NIL, self->in, 1, count, &self->count);
}

int main(void)
{
	leat_rx measured = leat_generator(LEAT_NIL, LEAT_VALUES(int, 21, 22, 999, 20, -273, 19, 999)), out[2];
	struct reader bad = { 0 };
	int cause;

	(void)leat_partition(LEAT_NIL, measured, out, 2, kind_of, NULL); /* if it fails, the outputs say so */
	bad.in = out[BAD];
	if (leat_go(count_all, &bad) < 0)
		return 1;
	for (int celsius; leat_recv(out[GOOD], &celsius) > 0;)
		printf("%d\n", celsius);
	cause = leat_cause(out[GOOD]);
	leat_drop(out[GOOD]);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%d bad ones\n", bad.count);
	return cause || bad.cause;
}
