/* SPDX-License-Identifier: 0BSD
 *
 * wait_gone - main waits until a generator has dropped its `done`, and still keeps the output of the generator. The
 * generator waits for main to receive.
 */
#include "../insight.h"

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3));

	leat_name(done, "done");
	leat_drop(done.rx);
	(void)leat_wait_gone(done.tx, LEAT_NEVER);
	leat_drop(numbers);
	return 1;
}

/* status: 2
 * report: main waits to see all receivers leave done; done is held by generator
 * report: generator waits to send to generator.out; generator.out is held by main
 */
