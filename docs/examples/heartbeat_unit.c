/* SPDX-License-Identifier: 0BSD
 *
 * heartbeat_unit - with interval 0 a stage pulses when each unit of work begins.
 *
 * The last pulse is kept until it is received, and is sent before the result. So a reader that looks at the pulses
 * first finds pulses and results in turn.
 * The book: P14, fig-work-unit-pulse.go
 */
#include <leat.h>
#include <stdio.h>

static int do_work(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

int main(void)
{
	enum { PULSE, RESULT };
	leat_chan done = leat_make_unit();
	leat_rx pulses, numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 7, 7, 9, 1, 8, 5, 0, 6, 0));
	leat_rx results = leat_heartbeat(done.rx, numbers, int, do_work, NULL, 0, &pulses);
	long begun;
	int number, cause;
	leat_case on[] = { [PULSE] = LEAT_RECV(pulses, &begun), [RESULT] = LEAT_RECV(results, &number) };

	for (int chosen; (chosen = leat_select_first(on, LEAT_NEVER)) >= 0 && on[chosen].ok;) {
		if (chosen == PULSE)
			printf("pulse\n");
		else
			printf("results %d\n", number);
	}

	cause = leat_cause(results);
	if (cause)
		fprintf(stderr, "heartbeat_unit: %s\n", leat_strerror(cause));
	leat_drop(pulses);
	leat_drop(results);
	leat_drop(done);
	return cause != 0;
}
