/* SPDX-License-Identifier: 0BSD
 *
 * merge_sorted - make one sorted stream of several sorted streams: leat_merge_sorted.
 *
 * Three machines have written what happened on them, each in the order of time.
 */
#include <leat.h>
#include <stdio.h>

struct event { int at; const char *what; };

static int by_time(void *arg, const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	(void)arg;
	return (left->at > right->at) - (left->at < right->at);
}

int main(void)
{
	static const struct event door[] = { { 1, "door opens" }, { 9, "door closes" } };
	static const struct event lamp[] = { { 2, "light on" }, { 8, "light off" }, { 9, "lamp sleeps" } };
	static const struct event oven[] = { { 4, "oven on" } };
	leat_chan done = leat_make_unit();
	leat_rx events = leat_merge_sorted(done.rx, LEAT_RXS(
		leat_generator(done.rx, sizeof *door, door, sizeof door / sizeof *door),
		leat_generator(done.rx, sizeof *lamp, lamp, sizeof lamp / sizeof *lamp),
		leat_generator(done.rx, sizeof *oven, oven, sizeof oven / sizeof *oven)), by_time, NULL);
	int cause;

	for (struct event event; leat_recv(events, &event) > 0;)
		printf("%d %s\n", event.at, event.what);

	cause = leat_cause(events);
	if (cause)
		fprintf(stderr, "merge_sorted: %s\n", leat_strerror(cause));
	leat_drop(events);
	leat_drop(done);
	return cause != 0;
}
