/* SPDX-License-Identifier: 0BSD
 *
 * after_func - main waits for a channel that a call closes when the time has come. Only the thread that waits for the
 * time makes that call.
 */
#include "../insight.h"

static void close_it(void *done)
{
	(void)leat_close(*(leat_tx *)done);
}

int main(void)
{
	leat_chan done = leat_make_unit();

	must(leat_after_func(leat_after(a_while()), close_it, &done.tx, NULL) > 0);
	must(leat_wait(done.rx) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(done);
	return 0;
}
