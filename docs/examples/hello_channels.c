/* SPDX-License-Identifier: 0BSD
 *
 * hello_channels - a thread sends one value, and main waits for it: leat_recv.
 *
 * main needs no other way to wait. It prints what the thread has sent, whichever of the two comes first.
 * The book: P48, fig-simple-chan.go
 */
#include <leat.h>
#include <stdio.h>

static leat_chan strings;

static void say(void *text)
{
	(void)leat_send(strings.tx, (const char **)text); /* main receives, so it cannot fail */
}

int main(void)
{
	const char *text = "Hello channels!", *heard;

	strings = leat_make(const char *, 0);
	if (leat_go(say, &text) < 0)
		return 1;
	if (leat_recv(strings.rx, &heard) > 0)
		printf("%s\n", heard);
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	leat_drop(strings); /* the thread has used this sending end, too */
	return 0;
}
