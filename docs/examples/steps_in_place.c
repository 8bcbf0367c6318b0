/* SPDX-License-Identifier: 0BSD
 *
 * steps_in_place - leave values out and change them where they lie, between steps: LEAT_FILTER, LEAT_UPDATE.
 *
 * An event is large, and each step changes little of it. So only the first step writes a whole event. The filter and
 * the update work on that one, and no step copies it.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

struct event { int status; char url[200]; };

/* Makes an event of "200 /index.html?user=7". */
static int parse(void *arg, const void *in, void *out)
{
	struct event *event = out;

	(void)arg;
	memset(event, 0, sizeof *event);
	return sscanf(*(const char *const *)in, "%d %199s", &event->status, event->url) == 2 ? 1 : -EINVAL;
}

static int is_error(void *arg, const void *in)
{
	(void)arg;
	return ((const struct event *)in)->status >= 400;
}

/* Removes from the address what the user has typed. */
static int hide_query(void *arg, void *value)
{
	struct event *event = value;

	(void)arg;
	event->url[strcspn(event->url, "?")] = '\0';
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx lines = leat_generator(done.rx, LEAT_VALUES(const char *, "200 /index.html", "404 /search?name=poe",
	                                                    "301 /", "500 /order?card=4111"));
	leat_rx errors = leat_steps(done.rx, leat_buffer(lines, 128), struct event, LEAT_STEPS({ parse, NULL },
	                            LEAT_FILTER(is_error, NULL), LEAT_UPDATE(hide_query, NULL)));
	int cause;

	for (struct event event; leat_recv(errors, &event) > 0;)
		printf("%d %s\n", event.status, event.url);

	cause = leat_cause(errors);
	if (cause)
		fprintf(stderr, "steps_in_place: %s\n", leat_strerror(cause));
	leat_drop(errors);
	leat_drop(done);
	return cause != 0;
}
