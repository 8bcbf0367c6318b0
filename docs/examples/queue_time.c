/* SPDX-License-Identifier: 0BSD
 *
 * queue_time - what a queue changes, and what it does not.
 *
 * Ten connections a second are accepted, and each takes a second to be served. All ten take a bit more than ten
 * seconds, with a queue or without: the slowest stage decides. But with a queue all are accepted within a second.
 * Without one, the last connection waits for nearly all others.
 *
 * The clock is fake and runs by itself.
 */
#include <leat.h>
#include <stdio.h>

enum { CONNECTIONS = 10 };

struct accepting { leat_time start, last; int count; };

static void pass(leat_time duration)
{
	leat_sleep(duration);
}

static int accept_connection(void *of_accepting, void *out)
{
	struct accepting *accepting = of_accepting;

	if (accepting->count == CONNECTIONS)
		return 0;
	pass(LEAT_MS(100));
	accepting->last = leat_now() - accepting->start;
	*(int *)out = accepting->count++;
	return 1;
}

static int serve(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	pass(LEAT_S(1));
	return 0;
}

static int ten_connections(const char *how, size_t room)
{
	struct accepting accepting = { leat_now(), 0, 0 };
	leat_rx never = LEAT_NIL;
	leat_rx connections = leat_buffer(leat_repeat_fn(never, int, accept_connection, &accepting), room);
	int cause = leat_each(never, connections, 1, serve, NULL);

	if (cause)
		fprintf(stderr, "queue_time: %s\n", leat_strerror(cause));
	if (leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	printf("%s: all accepted after %.1f s, all served after %.1f s\n", how, (double)accepting.last / 1e9,
	       (double)(leat_now() - accepting.start) / 1e9);
	return cause;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return ten_connections("without a queue", 0) != 0 || ten_connections("with a queue", CONNECTIONS) != 0;
}
