/* SPDX-License-Identifier: 0BSD
 *
 * broadcast - the button of the book: a click tells all who have subscribed.
 *
 * There the subscribers wait on a condition, and one that is not waiting yet misses the click, though it has said
 * that it runs. Here one that has subscribed gets every click from then on, whether or not it is ready. What it has
 * to say it sends: so the lines come in one order.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

/* For each click: what the subscriber does. */
static int react(void *arg, const void *click, void *out)
{
	(void)click;
	*(const char **)out = arg;
	return 1;
}

static leat_rx subscribe(leat_broadcast *button, leat_rx done, char *what)
{
	leat_rx clicks = leat_subscribe(button, 1, LEAT_BLOCK);

	return leat_map(done, clicks, const char *, react, what);
}

int main(void)
{
	static char mouse[] = "Mouse clicked.", window[] = "Maximizing window.",
	            dialogue[] = "Displaying annoying dialogue box!";
	leat_broadcast *button = leat_broadcast_make(int);
	leat_chan done = leat_make_unit();
	leat_rx said[] = { subscribe(button, done.rx, mouse), subscribe(button, done.rx, window),
	                   subscribe(button, done.rx, dialogue) };
	int click = 1, cause = 0;

	if (leat_publish(button, &click, done.rx, LEAT_NEVER) < 0)
		cause = errno;
	leat_broadcast_drop(button); /* there will be no more */
	for (int i = 0; i < 3; i++) {
		for (const char *line; leat_recv(said[i], &line) > 0;)
			puts(line);
		cause = leat_cause(said[i]) ? leat_cause(said[i]) : cause;
		leat_drop(said[i]);
	}
	leat_drop(done);
	if (cause)
		fprintf(stderr, "broadcast: %s\n", strerror(cause));
	return cause != 0;
}
