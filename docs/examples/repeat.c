/* SPDX-License-Identifier: 0BSD
 *
 * repeat - the same values again and again: leat_repeat, with leat_take to stop it.
 * The book: P32, fig-take-and-repeat-pipeline.go (the first line)
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx ones = leat_take(done.rx, leat_repeat(done.rx, LEAT_VALUES(int, 1)), 10);
	leat_rx sounds = leat_repeat(done.rx, LEAT_VALUES(const char *, "tick", "tock"));
	leat_rx five = leat_take(done.rx, sounds, 5);
	int cause;

	for (int one; leat_recv(ones, &one) > 0;)
		printf("%d ", one);
	printf("\n");
	for (const char *sound; leat_recv(five, &sound) > 0;)
		printf("%s\n", sound);

	cause = leat_cause(ones) ? leat_cause(ones) : leat_cause(five);
	if (cause)
		fprintf(stderr, "repeat: %s\n", leat_strerror(cause));
	leat_drop(ones);
	leat_drop(five);
	leat_drop(done);
	return cause != 0;
}
