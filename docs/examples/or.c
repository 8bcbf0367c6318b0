/* SPDX-License-Identifier: 0BSD
 *
 * or - a stream that is over as soon as one of several is: leat_or.
 *
 * Several reasons to stop become one, which serves as done.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_time begin = leat_now();
	leat_chan asked = leat_make_unit(); /* a thread could close this, but none does */
	leat_rx soon = leat_after(LEAT_MS(10)), late = leat_after(LEAT_S(3600));
	leat_rx stop = leat_or(LEAT_RXS(leat_dup(asked.rx), soon, late)); /* leat_or takes the handles */
	leat_rx work = leat_repeat(stop, LEAT_VALUES(int, 1));
	int cause = leat_drain(work); /* only `stop` ends this stream */

	if (cause != ETIMEDOUT)
		fprintf(stderr, "or: %s\n", leat_strerror(cause));
	else if (leat_now() - begin < LEAT_S(3600))
		printf("it stopped at the first deadline\n");
	leat_drop(stop);
	leat_drop(asked);
	return cause != ETIMEDOUT;
}
