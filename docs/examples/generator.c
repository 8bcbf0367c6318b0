/* SPDX-License-Identifier: 0BSD
 *
 * generator - turn values at hand into a stream: leat_generator.
 *
 * LEAT_VALUES stands for three arguments: size, address and count. You can pass those of an array instead.
 */
#include <leat.h>
#include <stdio.h>

struct point { int x, y; };

int main(void)
{
	int primes[] = { 2, 3, 5, 7 };
	leat_chan done = leat_make_unit();
	leat_rx points = leat_generator(done.rx, LEAT_VALUES(struct point, { 1, 2 }, { 3, 4 }));
	leat_rx numbers = leat_generator(done.rx, sizeof *primes, primes, sizeof primes / sizeof *primes);
	int cause;

	for (struct point p; leat_recv(points, &p) > 0;)
		printf("(%d, %d)\n", p.x, p.y);
	for (int n; leat_recv(numbers, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(points) ? leat_cause(points) : leat_cause(numbers);
	if (cause)
		fprintf(stderr, "generator: %s\n", leat_strerror(cause));
	leat_drop(points);
	leat_drop(numbers);
	leat_drop(done);
	return cause != 0;
}
