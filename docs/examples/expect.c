/* SPDX-License-Identifier: 0BSD
 *
 * expect - the function of a stage reads its values through a void pointer. leat_expect checks that they have its type.
 *
 * The same stage gets doubles, and then, by mistake, ints. With ints it ends before it reads any.
 */
#include <leat.h>
#include <stdio.h>

static int halve(void *arg, const void *in, void *out)
{
	const double *value = in;

	(void)arg;
	*(double *)out = *value / 2;
	return 1;
}

static void print_halves(leat_rx in)
{
	leat_rx halves = leat_map(LEAT_NIL, leat_expect(in, double), double, halve, NULL);

	for (double half; leat_recv(halves, &half) > 0;)
		printf("%g ", half);
	printf("- %s\n", leat_strerror(leat_cause(halves)));
	leat_drop(halves);
}

int main(void)
{
	print_halves(leat_generator(LEAT_NIL, LEAT_VALUES(double, 1, 2, 3)));
	print_halves(leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)));
	return 0;
}
