/* SPDX-License-Identifier: 0BSD
 *
 * receive_ok - a receive also tells whether a value came: the result of leat_recv is the book's `ok`.
 *
 * It is 1 for a value that was sent, and 0 when the stream is over. Then the variable is zeroed: see receive_closed.
 * The book: P45, fig-chan-recv-multi-value.go
 */
#include <leat.h>
#include <stdio.h>

static void say(void *of_strings)
{
	leat_tx strings = *(leat_tx *)of_strings;
	const char *text = "Hello channels!";

	(void)leat_send(strings, &text); /* main receives, so it cannot fail */
	leat_drop(strings);
}

int main(void)
{
	leat_chan strings = leat_make(const char *, 0);
	const char *text;
	int ok;

	if (leat_go(say, &strings.tx) < 0)
		return 1;
	ok = leat_recv(strings.rx, &text);
	if (ok >= 0)
		printf("(%s): %s\n", ok ? "true" : "false", text);
	leat_drop(strings.rx);
	return leat_wait_all(LEAT_NEVER) < 0;
}
