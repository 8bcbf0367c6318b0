/* SPDX-License-Identifier: 0BSD
 *
 * broadcast - a click on a button tells all subscribers: leat_broadcast.
 *
 * In the book the subscribers wait on a condition. One that does not wait yet misses the click, although it has said
 * that it runs. Here a subscriber gets every click after it has subscribed, ready or not. The subscribers send their
 * lines to main, which prints them in one order.
 */
#include <leat.h>
#include <stdio.h>

/* The subscriber calls this for each click. */
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
	leat_broadcast_drop(button); /* there will be no more clicks */
	for (int i = 0; i < 3; i++) {
		for (const char *line; leat_recv(said[i], &line) > 0;)
			puts(line);
		cause = leat_cause(said[i]) ? leat_cause(said[i]) : cause;
		leat_drop(said[i]);
	}
	leat_drop(done);
	if (cause)
		fprintf(stderr, "broadcast: %s\n", leat_strerror(cause));
	return cause != 0;
}
