/* SPDX-License-Identifier: 0BSD
 *
 * hang_tee - wrong on purpose: one output of a tee is read to its end before the other.
 *
 * The tee sends a value to both outputs before it takes the next one. So it waits for a reader of the second output,
 * and that reader waits for the first output to end. The cure: read both at the same time, or give the second one room
 * (leat_buffer).
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 */
#include <leat.h>
#include <stdio.h>

static void print_all(const char *title, leat_rx numbers)
{
	for (int n; leat_recv(numbers, &n) > 0;) {
		printf("%s: %d\n", title, n);
		fflush(stdout);
	}
	leat_drop(numbers);
}

int main(void)
{
	leat_rx out[2];

	if (leat_tee(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)), out, 2) < 0)
		return 1;
	print_all("first", out[0]);
	print_all("second", out[1]);
	return 0;
}
