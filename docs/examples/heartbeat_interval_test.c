/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat_interval_test - a test that starts its time limit again at each pulse.
 *
 * The worker begins two seconds late, and the test is as patient as its first pulse needs. After that, two seconds
 * without a pulse and without a result are too long. So the test may take any time, but a worker that is stuck is
 * found after two seconds. The worker beats once a second, while it waits for its reader.
 * The book: P15, interval_concurrent_test.go
 */
#include <leat.h>
#include <stdio.h>

#define TIMEOUT LEAT_S(2)

static const int numbers[] = { 0, 1, 2, 3, 5 };
enum { COUNT = sizeof numbers / sizeof *numbers };

struct work { leat_rx done; leat_tx pulses, results; };

/* Send one result, and pulses until it is received. Returns 0 if nobody wants it. */
static int send_and_beat(const struct work *work, leat_rx tick, int number)
{
	enum { DONE, TICK, RESULT };
	leat_time now;
	leat_case on[] = { [DONE] = LEAT_WAIT(work->done), [TICK] = LEAT_RECV(tick, &now),
	                   [RESULT] = LEAT_SEND(work->results, &number) };
	int chosen;

	while ((chosen = leat_select(on, LEAT_NEVER)) == TICK)
		(void)leat_send_by(work->pulses, &number, LEAT_NOW); /* nobody has to listen */
	return chosen == RESULT && on[RESULT].ok;
}

static void do_work(void *of_work)
{
	const struct work *work = of_work;
	leat_rx tick;

	leat_sleep(LEAT_S(2)); /* something delays the beginning */
	tick = leat_tick(TIMEOUT / 2);
	for (int i = 0; i < COUNT && send_and_beat(work, tick, numbers[i]); i++)
		;
	leat_drop(tick);
	leat_drop(work->pulses);
	leat_drop(work->results);
}

static const char *test(leat_rx pulses, leat_rx results)
{
	enum { PULSE, RESULT };
	int n, i = 0;
	leat_case on[] = { [PULSE] = LEAT_WAIT(pulses), [RESULT] = LEAT_RECV(results, &n) };

	if (!leat_wait(pulses)) /* the first pulse, whenever it comes */
		return "FAIL: no pulse";
	for (int chosen; (chosen = leat_select(on, leat_in(TIMEOUT))) >= 0;) {
		if (chosen == RESULT && !on[RESULT].ok)
			return i == COUNT ? "PASS" : "FAIL: too few results";
		if (chosen == RESULT && n != numbers[i++])
			return "FAIL: wrong result";
		if (!on[chosen].ok)
			on[chosen].ch = NULL; /* the worker has ended: the last results may still come */
	}
	return "FAIL: test timed out";
}

int main(void)
{
	leat_chan done = leat_make_unit(), pulses = leat_make(int, 1), results = leat_make(int, 0);
	struct work work = { done.rx, pulses.tx, results.tx };
	leat_time began;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	began = leat_now();
	if (leat_go(do_work, &work) < 0)
		return 1;
	printf("%s", test(pulses.rx, results.rx));
	printf(" (%.1f s)\n", (double)(leat_now() - began) / 1e9);
	leat_drop(done.tx);
	leat_drop(pulses.rx);
	leat_drop(results.rx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	leat_drop(done.rx); /* the worker has used this end */
	return 0;
}
