/* SPDX-License-Identifier: 0BSD
 *
 * or_done - read a stream until done: leat_or_done.
 *
 * This is for a loop over somebody else's stream, which does not end when we want it to.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_chan elsewhere = leat_make(int, 3);
	leat_rx numbers = leat_or_done(done.rx, elsewhere.rx);
	int cause;

	for (int n = 1; n <= 3; n++)
		(void)leat_send(elsewhere.tx, &n); /* there is room for them; then nothing comes, not even an end */
	for (int n; leat_recv(numbers, &n) > 0;) {
		printf("%d\n", n);
		if (n == 3)
			leat_close(done.tx); /* enough: without it the loop would wait for ever */
	}
	cause = leat_cause(numbers);
	if (cause == ECANCELED)
		printf("done\n");
	else
		fprintf(stderr, "or_done: %s\n", leat_strerror(cause));
	leat_drop(numbers);
	leat_drop(elsewhere.tx);
	leat_drop(done);
	return cause != ECANCELED;
}
