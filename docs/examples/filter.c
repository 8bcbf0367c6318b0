/* SPDX-License-Identifier: 0BSD
 *
 * filter - keep only the values that a function wants: leat_filter.
 *
 * The last argument of leat_filter is passed to the function.
 */
#include <leat.h>
#include <stdio.h>

static int divides(void *divisor, const void *in)
{
	return *(const int *)in % *(const int *)divisor == 0;
}

int main(void)
{
	int three = 3; /* the stage borrows it, so it must outlive the stage */
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 3, 4, 6, 8, 9));
	leat_rx threes = leat_filter(done.rx, numbers, divides, &three);
	int cause;

	for (int n; leat_recv(threes, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(threes);
	if (cause)
		fprintf(stderr, "filter: %s\n", leat_strerror(cause));
	leat_drop(threes);
	leat_drop(done);
	return cause != 0;
}
