/* SPDX-License-Identifier: 0BSD
 *
 * or - over as soon as one of several streams is: leat_or. Reasons to stop become one, which serves as done.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	leat_time begin = leat_now();
	leat_chan asked = leat_make_unit(); /* somebody could close this; nobody will */
	leat_rx soon = leat_after(LEAT_MS(10)), late = leat_after(LEAT_S(3600));
	leat_rx stop = leat_or(LEAT_RXS(leat_dup(asked.rx), soon, late)); /* takes what it is given */
	leat_rx work = leat_repeat(stop, LEAT_VALUES(int, 1));
	int cause = leat_drain(work); /* an endless stream, but for stop */

	if (cause != ETIMEDOUT)
		fprintf(stderr, "or: %s\n", strerror(cause));
	else if (leat_now() - begin < LEAT_S(3600))
		printf("it stopped at the first deadline\n");
	leat_drop(stop);
	leat_drop(asked);
	return cause != ETIMEDOUT;
}
