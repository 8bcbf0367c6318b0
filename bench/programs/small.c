/* SPDX-License-Identifier: 0BSD
 *
 * small.c - a pipeline of five stages over ten values. The whole process is measured, so this is what a small tool pays
 * for its start, its threads and its end.
 */
#include <leat.h>
#include <stdio.h>

static int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static int add_one(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in + 1;
	return 1;
}

int main(void)
{
	leat_rx done = LEAT_NIL;
	leat_rx numbers = leat_generator(done, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
	int number;

	numbers = leat_buffer(numbers, 128);
	numbers = leat_map(done, numbers, int, twice, NULL);
	numbers = leat_map(done, numbers, int, add_one, NULL);
	numbers = leat_map(done, numbers, int, twice, NULL);
	numbers = leat_map(done, numbers, int, add_one, NULL);
	while (leat_recv(numbers, &number) > 0)
		printf("%d\n", number);
	if (leat_cause(numbers)) {
		fprintf(stderr, "small: %s\n", leat_strerror(leat_cause(numbers)));
		return 1;
	}
	leat_drop(numbers);
	return 0;
}
