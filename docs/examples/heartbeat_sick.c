/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat_sick - find a stuck worker by its missing pulses: no pulse comes while a value is in work.
 *
 * The worker has neither ended nor failed, so without pulses one would wait for ever. Here it is found after two
 * seconds.
 * The book: P12, fig-interval-heartbeat-misbehaving-goroutine.go
 */
#include <leat.h>
#include <stdio.h>

/* Work that ends only when main closes `rescue`. */
static int get_stuck(void *rescue, const void *in, void *out)
{
	(void)in;
	(void)out;
	(void)leat_wait(*(leat_rx *)rescue);
	return 0;
}

int main(void)
{
	leat_chan done = leat_make_unit(), rescue = leat_make_unit();
	leat_rx pulses, results;
	long count;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	results = leat_heartbeat(done.rx, leat_tick(LEAT_MS(2500)), long, get_stuck, &rescue.rx, LEAT_S(1), &pulses);
	while (leat_recv_by(pulses, &count, leat_in(LEAT_S(2))) > 0)
		printf("pulse\n");
	if (!leat_closed(pulses))
		printf("worker goroutine is not healthy!\n");

	leat_drop(done);
	leat_drop(rescue.tx);
	leat_drain(results); /* over: nothing uses `rescue` any more */
	leat_drop(rescue.rx);
	leat_drop(pulses);
	return 0;
}
