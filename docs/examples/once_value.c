/* SPDX-License-Identifier: 0BSD
 *
 * once_value - a value that is computed when it is first needed, by one thread for all: leat_once_value.
 */
#include <leat.h>
#include <stdio.h>

enum { READERS = 10 };

static leat_once_value squares_once;

static int compute_squares(void *arg, void **value)
{
	static int squares[10];

	(void)arg;
	printf("computing\n");
	for (int i = 0; i < 10; i++)
		squares[i] = i * i;
	*value = squares;
	return 0;
}

static void read_squares(void *of_sum)
{
	void *squares;

	if (leat_once_value_get(&squares_once, compute_squares, NULL, &squares) > 0)
		*(int *)of_sum = ((const int *)squares)[9];
}

int main(void)
{
	leat_waitgroup readers = { 0 };
	int nines[READERS] = { 0 }, sum = 0;

	for (int i = 0; i < READERS; i++)
		if (leat_waitgroup_go(&readers, read_squares, &nines[i]) < 0)
			return 1;
	(void)leat_waitgroup_wait(&readers, LEAT_NEVER); /* 1, as there is no deadline */
	for (int i = 0; i < READERS; i++)
		sum += nines[i];
	printf("ten times 81 is %d\n", sum);
	return 0;
}
