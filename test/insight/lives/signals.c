/* SPDX-License-Identifier: 0BSD
 *
 * signals - main waits for a signal, which another process sends after a while.
 */
#include "../insight.h"

#include <signal.h>
#include <unistd.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx signals = leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1));
	char command[64];
	int number;

	(void)snprintf(command, sizeof command, "(sleep 0.5; kill -USR1 %ld) &", (long)getpid());
	must(system(command) == 0);
	must(leat_recv(signals, &number) > 0 && number == SIGUSR1);
	(void)leat_close(done.tx);
	must(leat_drain(signals) == ECANCELED && leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(done);
	return 0;
}
