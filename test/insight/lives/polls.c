/* SPDX-License-Identifier: 0BSD
 *
 * polls - main waits in leat_poll for a descriptor, and another thread of leat watches `done` for it.
 */
#include "../insight.h"

#include <poll.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	FILE *slow = popen("sleep 0.5; echo ready", "r");

	must(slow && leat_poll(fileno(slow), POLLIN, done.rx, LEAT_NEVER) > 0 && pclose(slow) == 0);
	must(leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(done);
	return 0;
}
