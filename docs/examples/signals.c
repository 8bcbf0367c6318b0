/* SPDX-License-Identifier: 0BSD
 *
 * signals - receive the signals of the process as a stream: leat_signals.
 *
 * A case in the main select is all that a program needs to end tidily. It may call anything there, because it is not
 * in a signal handler. This program sends the signals to itself.
 */
#include <leat.h>
#include <signal.h>
#include <stdio.h>

/* Returns 0, or why the signal was not caught. */
static int catch_one(leat_rx signals, int number)
{
	int caught;

	if (raise(number) != 0)
		return errno;
	if (leat_recv(signals, &caught) <= 0)
		return leat_cause(signals);
	printf("%s\n", caught == SIGINT ? "SIGINT" : caught == SIGTERM ? "SIGTERM" : "another");
	return 0;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx signals = leat_signals(done.rx, LEAT_SIGNALS(SIGINT, SIGTERM));
	int cause = leat_cause(signals);

	if (!cause)
		cause = catch_one(signals, SIGTERM);
	if (!cause)
		cause = catch_one(signals, SIGINT);
	if (cause)
		fprintf(stderr, "signals: %s\n", leat_strerror(cause));
	leat_drop(signals); /* from now on SIGINT has its former action */
	leat_drop(done);
	return cause != 0;
}
