/* SPDX-License-Identifier: 0BSD
 *
 * window - look at each value together with those before it: leat_window.
 *
 * The mean of the last three temperatures. With a step of 1 each window shares two values with the one before. The last
 * window could be shorter, if fewer than three values came in all.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx celsius = leat_generator(done.rx, LEAT_VALUES(int, 18, 18, 21, 24, 24, 18));
	leat_rx windows = leat_window(done.rx, celsius, 3, 1);
	int cause;

	for (leat_batched *window; leat_recv(windows, &window) > 0; leat_batched_free(window)) {
		const int *values = window->values;
		int sum = 0;

		for (size_t i = 0; i < window->count; i++)
			sum += values[i];
		printf("%d\n", sum / (int)window->count);
	}

	cause = leat_cause(windows);
	if (cause)
		fprintf(stderr, "window: %s\n", leat_strerror(cause));
	leat_drop(windows);
	leat_drop(done);
	return cause != 0;
}
