/* SPDX-License-Identifier: 0BSD
 *
 * confinement_by_habit - only one function reads the array, and all others read the stream that it makes. But nothing
 * enforces that: it is a habit.
 *
 * The habit holds until somebody is in a hurry. confinement.c and owner.c leave no other way.
 * The book: P20, fig-confinement-ad-hoc.go
 */
#include <leat.h>
#include <stdio.h>

static int data[4];

static leat_rx loop_data(leat_rx done)
{
	return leat_generator(done, sizeof *data, data, sizeof data / sizeof *data);
}

int main(void)
{
	leat_rx never = LEAT_NIL, handled = loop_data(never);
	int cause;

	for (int number; leat_recv(handled, &number) > 0;)
		printf("%d\n", number);
	cause = leat_cause(handled);
	if (cause)
		fprintf(stderr, "confinement_by_habit: %s\n", leat_strerror(cause));
	leat_drop(handled);
	return leat_wait_all(LEAT_NEVER) < 0 || cause;
}
