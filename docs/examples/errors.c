/* SPDX-License-Identifier: 0BSD
 *
 * errors - a cause travels to the end of the pipeline, where leat_cause tells it: one check for all stages.
 *
 * A function fails with -errno. Values that came before are still delivered. The stages before it stop.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>

static int parse(void *arg, const void *in, void *out)
{
	const char *text = *(const char *const *)in;
	char *end;
	long number = strtol(text, &end, 10);

	(void)arg;
	if (end == text || *end)
		return -EDOM;
	*(long *)out = number;
	return 1;
}

static int is_positive(void *arg, const void *in)
{
	(void)arg;
	return *(const long *)in > 0;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx texts = leat_generator(done.rx, LEAT_VALUES(const char *, "3", "-1", "4", "pi", "5"));
	leat_rx parsed = leat_map(done.rx, texts, long, parse, NULL);
	leat_rx numbers = leat_filter(done.rx, parsed, is_positive, NULL);
	int cause;

	for (long n; leat_recv(numbers, &n) > 0;)
		printf("%ld\n", n);

	cause = leat_cause(numbers); /* 0 would be a natural end */
	printf("%s\n", cause == EDOM ? "and then something that is no number" : "no error?");
	leat_drop(numbers);
	leat_drop(done);
	return cause != EDOM;
}
