/* SPDX-License-Identifier: 0BSD
 *
 * resources - open connections in advance and share them: leat_resources.
 *
 * Opening one takes a second. The clock is fake and runs when all threads sleep.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECTIONS = 10, CLIENTS = 20, REQUESTS = 1000 };

static atomic_int opened;

static int connect_to_service(void *arg, void **connection)
{
	leat_rx connected = leat_after(LEAT_S(1));

	(void)arg;
	(void)leat_wait(connected); /* the stream carries nothing: it is over in a second */
	leat_drop(connected);
	*connection = malloc(1);
	if (!*connection)
		return -ENOMEM;
	atomic_fetch_add(&opened, 1);
	return 0;
}

static void disconnect(void *arg, void *connection)
{
	(void)arg;
	free(connection);
}

/* All clients call this at once. The eleventh waits until a connection comes back. */
static int request(void *connections, const void *in)
{
	void *connection;

	(void)in;
	if (leat_resources_get(connections, &connection, LEAT_NIL, LEAT_NEVER) < 0)
		return -errno;
	leat_resources_put(connections, connection);
	return 0;
}

/* All clients send requests, with `warm` connections opened in advance. Returns 0 or the cause. */
static int serve(size_t warm)
{
	leat_resources_plan plan = { CONNECTIONS, warm, connect_to_service, disconnect, NULL };
	leat_rx nobody = LEAT_NIL;
	leat_rx requests;
	leat_time begun = leat_now(), ready, end;
	leat_resources *connections = leat_resources_make(&plan);
	int cause = errno;

	if (!connections)
		return cause;
	ready = leat_now();
	requests = leat_take(nobody, leat_repeat(nobody, LEAT_VALUES(int, 1)), REQUESTS);
	cause = leat_each(nobody, requests, CLIENTS, request, connections);
	end = leat_now();
	printf("%zu connections after %d s, %d requests in %d s, %d connections opened\n", warm,
	       (int)((ready - begun) / LEAT_S(1)), REQUESTS, (int)((end - ready) / LEAT_S(1)),
	       atomic_exchange(&opened, 0));
	leat_resources_drop(connections);
	return cause;
}

int main(void)
{
	int cause;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	cause = serve(0);
	if (cause == 0)
		cause = serve(CONNECTIONS);
	leat_clock_real();
	return cause != 0;
}
