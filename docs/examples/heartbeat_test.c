/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat_test - test a stage that takes its time to begin.
 *
 * A test that allows it one second fails on a slow day, although nothing is wrong. A test that first waits for a
 * pulse needs no guess. See heartbeat_interval_test.c for a test that has a time limit, too.
 * The book: P09, bad_concurrent_test.go (the bad test)
 * The book: P10, concurrent_test.go (the good test)
 * The book: P11, dowork_test.go (the stage)
 */
#include <leat.h>
#include <stdio.h>

static const int expected[] = { 0, 1, 2, 3, 5 };

/* The first value is two seconds late. */
static int slowly(void *of_next, void *out)
{
	size_t *next = of_next;

	if (*next == 0)
		leat_sleep(LEAT_S(2));
	*(int *)out = expected[*next % 5];
	return (*next)++ < 5;
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static const char *bad_test(leat_rx pulses, leat_rx results)
{
	int n;

	(void)pulses;
	for (int i = 0; i < 5; i++) {
		if (leat_recv_by(results, &n, leat_in(LEAT_S(1))) < 0)
			return "test timed out";
		if (n != expected[i])
			return "wrong value";
	}
	return "ok";
}

static const char *good_test(leat_rx pulses, leat_rx results)
{
	int i = 0;

	if (!leat_wait(pulses))
		return "no pulse";
	for (int n; leat_recv(results, &n) > 0; i++)
		if (n != expected[i])
			return "wrong value";
	return i == 5 ? "ok" : "too few values";
}

static void run(const char *name, const char *(*test)(leat_rx pulses, leat_rx results))
{
	leat_time began = leat_now();
	leat_chan done = leat_make_unit();
	size_t next = 0;
	leat_rx pulses, numbers = leat_repeat_fn(done.rx, int, slowly, &next);
	leat_rx results = leat_heartbeat(done.rx, numbers, int, same, NULL, 0, &pulses);
	const char *verdict = test(pulses, results);

	printf("%s: %s (%d.0 s)\n", name, verdict, (int)((leat_now() - began) / LEAT_S(1)));
	leat_drop(pulses);
	leat_drop(results);
	leat_drop(done.rx);
	(void)leat_wait_gone(done.tx, LEAT_NEVER); /* then nobody uses `next` any more */
	leat_drop(done.tx);
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	run("bad test", bad_test);
	run("good test", good_test);
	return 0;
}
