/* SPDX-License-Identifier: 0BSD
 *
 * typed - handles that know the type of their values: leat_rx_of, leat_tx_of, leat_typed, leat_get, leat_put.
 *
 * Readings go in and averages come out. Both have the size of a double, so a plain stream would take one for the other
 * without a word. With `struct reading now` for `double now` in main, the compiler warns of leat_get.
 */
#include <leat.h>
#include <stdio.h>

struct reading { int sensor; float celsius; };

typedef leat_rx_of(struct reading) reading_rx;
typedef leat_rx_of(double) average_rx;
typedef leat_tx_of(double) average_tx;

struct averaging { reading_rx in; average_tx out; };

/* The average of all readings until then, after each of them. */
static void average(void *arg)
{
	struct averaging *at = arg;
	double sum = 0;
	struct reading reading;

	for (int n = 1; leat_get(at->in, &reading) > 0; n++) {
		sum += (double)reading.celsius;
		if (leat_put(at->out, &(double){ sum / n }) <= 0)
			break;
	}
	leat_drop(at->in.rx);
	leat_drop(at->out.tx);
}

int main(void)
{
	leat_rx readings = leat_generator(LEAT_NIL, LEAT_VALUES(struct reading, { 1, 20.0f }, { 2, 22.0f }, { 1, 24.0f }));
	leat_chan averages = leat_make(double, 0);
	average_rx out = leat_typed(average_rx, averages.rx);
	struct averaging at = { leat_typed(reading_rx, readings), leat_typed(average_tx, averages.tx) };

	if (leat_go(average, &at) < 0)
		return 1;
	for (double now; leat_get(out, &now) > 0;)
		printf("%.1f\n", now);
	leat_drop(out.rx);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
